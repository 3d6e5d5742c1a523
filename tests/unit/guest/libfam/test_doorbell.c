/* SPDX-License-Identifier: MIT */

/* test_doorbell.c - Waiting for words, mutexes, conditions and barriers
 *
 * Nodes are processes here, whose doorbells are eventfds.
 */

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>

#include "doorbell.h"
#include "shared.h"

enum {
	NODES = 4,
	TURNS = 2000,
	LONG_MS = 20000, /* no wake-up may be lost: nobody looks before */
};

/* In shared memory. */
struct layout {
	struct fam_word word, other;
	struct fam_mutex mutex;
	struct fam_cond cond;
	struct fam_barrier barrier;
	int64_t counter;
	int64_t passed;
};

static struct shared shared;
static int eventfds[NODES + 1]; /* by number */

static struct layout *layout(const struct shared *s)
{
	return (struct layout *)s->p;
}

/* ---- a doorbell --------------------------------------------------------------- */

static int ring(struct fam_doorbell *bell, const uint32_t *numbers, size_t n,
		uint32_t vector)
{
	const uint64_t one = 1;

	assert_true(vector < bell->vectors);
	for (size_t i = 0; i < n; i++)
		if (numbers[i] <= NODES)
			(void)!write(eventfds[numbers[i]], &one, sizeof(one));
	return 0;
}

static int sleep_for(struct fam_doorbell *bell, uint32_t vector, int ms)
{
	struct pollfd p = { .fd = eventfds[bell->number], .events = POLLIN };
	uint64_t n;

	(void)vector;
	return poll(&p, 1, ms) == 1 && read(p.fd, &n, sizeof(n)) > 0;
}

static int break_down(struct fam_doorbell *bell, uint32_t vector, int ms)
{
	(void)bell;
	(void)vector;
	(void)ms;
	return -ENODEV;
}

static const struct doorbell_ops ops = { ring, sleep_for };
static const struct doorbell_ops broken_ops = { ring, break_down };

static struct fam_doorbell bell_of(uint32_t number)
{
	return (struct fam_doorbell){ .ops = &ops,
				      .fd = -1,
				      .number = number,
				      .vectors = 2,
				      .look_ms = LONG_MS };
}

static int set_up(void **state)
{
	(void)state;
	shared_open(&shared);
	for (int i = 0; i <= NODES; i++)
		eventfds[i] = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	shared_close(&shared);
	for (int i = 0; i <= NODES; i++)
		(void)close(eventfds[i]);
	return 0;
}

/* Node @number does it; it has to end with 0. */
static pid_t node(uint32_t number,
		  int (*work)(struct layout *l, struct fam_doorbell *bell))
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		struct fam_doorbell bell = bell_of(number);
		int r = work(layout(&shared), &bell);

		_exit(r ? r : bell.stats.late != 0);
	}
	return pid;
}

static struct fam_robust_self self_of(const struct fam_doorbell *bell)
{
	return (struct fam_robust_self){ .node = bell->number,
					 .id = (uint32_t)getpid() };
}

/* ---- words ----------------------------------------------------------------------- */

static void until_it_changes(void **state)
{
	struct fam_doorbell bell = bell_of(1);
	struct layout *l = layout(&shared);

	(void)state;
	assert_int_equal(fam_wait(&bell, &l->word, 1, -1), 0);
	assert_int_equal(fam_wait(&bell, &l->word, 0, 0), -ETIMEDOUT);
	assert_int_equal(fam_wait(&bell, &l->word, 0, 20), -ETIMEDOUT);
	assert_int_equal(fam_wait(NULL, &l->word, 0, 5), -ETIMEDOUT);
	assert_int_equal(fam_wait(NULL, &l->word, 1, -1), 0);
	assert_int_equal(bell.stats.sleeps, 1);
	assert_int_equal(bell.stats.late, 0);
}

static void wake_without_waiter(void **state)
{
	struct fam_doorbell bell = bell_of(1), waiter = bell_of(2);
	struct layout *l = layout(&shared);

	(void)state;
	assert_int_equal(fam_wake(NULL, &l->word), 0);
	assert_int_equal(fam_wake(&bell, &l->word), 0);
	assert_int_equal(bell.stats.rings, 0);
	/* One who has given up costs one ring. */
	assert_int_equal(fam_wait(&waiter, &l->word, 0, 1), -ETIMEDOUT);
	assert_int_equal(fam_wake(&bell, &l->word), 1);
	assert_int_equal(fam_wake(&bell, &l->word), 0);
	assert_int_equal(bell.stats.rings, 1);
}

/* Whatever memory holds, nothing breaks. */
static void any_memory(void **state)
{
	struct fam_doorbell bell = bell_of(1);
	struct fam_robust_self self = self_of(&bell);
	struct layout *l = layout(&shared);

	(void)state;
	memset(&l->word, 0xff, sizeof(l->word));
	assert_int_equal(fam_wake(&bell, &l->word), 256);
	assert_int_equal(fam_wait(&bell, &l->word, -1, 1), -ETIMEDOUT);
	memset(&l->barrier, 0xff, sizeof(l->barrier));
	assert_int_equal(fam_barrier_wait(&bell, &l->barrier, 0, &self, 0),
			 -EINVAL);
}

static void without_a_bell(void **state)
{
	struct fam_doorbell bell = bell_of(1);
	struct fam_doorbell *none;
	struct layout *l = layout(&shared);

	(void)state;
	bell.ops = &broken_ops;
	assert_int_equal(fam_wait(&bell, &l->word, 0, 20), -ETIMEDOUT);
	assert_true(bell.broken);
	assert_int_equal(fam_doorbell_open("/nowhere", &none), -ENOENT);
	assert_int_equal(fam_doorbell_open("/dev/null", &none), -ENOTTY);
	fam_doorbell_close(NULL);
}

/* Each node in turn: it waits for its number, and sets that of the next. */
static int pass_on(struct layout *l, struct fam_doorbell *bell)
{
	for (int turn = 0; turn < TURNS; turn++) {
		int32_t mine = turn * NODES + (int32_t)bell->number - 1;
		int32_t is;

		while ((is = fam_atomic_32_read(&l->word.value)) != mine)
			if (fam_wait(bell, &l->word, is, LONG_MS) < 0)
				return 1;
		fam_atomic_32_write(&l->word.value, mine + 1);
		(void)fam_wake(bell, &l->word);
	}
	return 0;
}

static void all_nodes(int (*work)(struct layout *, struct fam_doorbell *))
{
	pid_t pids[NODES];

	for (uint32_t i = 0; i < NODES; i++)
		pids[i] = node(i + 1, work);
	for (int i = 0; i < NODES; i++)
		assert_ends_well(pids[i]);
}

static void no_wake_up_is_lost(void **state)
{
	(void)state;
	all_nodes(pass_on);
	assert_int_equal(layout(&shared)->word.value, NODES * TURNS);
}

/* It changes the word and wakes nobody. */
static int forget(struct layout *l, struct fam_doorbell *bell)
{
	(void)bell;
	fam_atomic_32_write(&l->word.value, 1);
	return 0;
}

static void a_dead_waker(void **state)
{
	struct fam_doorbell bell = bell_of(2);
	struct layout *l = layout(&shared);
	pid_t pid;

	(void)state;
	fam_doorbell_set_look(&bell, 50);
	assert_int_equal(fam_wait(&bell, &l->other, 0, 1), -ETIMEDOUT);
	pid = node(1, forget);
	assert_int_equal(fam_wait(&bell, &l->word, 0, LONG_MS), 0);
	assert_ends_well(pid);
	assert_int_equal(bell.stats.woken, 0);
}

/* ---- mutexes and conditions ------------------------------------------------------- */

static int count(struct layout *l, struct fam_doorbell *bell)
{
	struct fam_robust_self self = self_of(bell);

	for (int i = 0; i < TURNS; i++) {
		if (fam_mutex_lock(bell, &l->mutex, &self, LONG_MS) < 0)
			return 1;
		l->counter++;
		if (i % 64 == 0)
			(void)usleep(100); /* long enough to be waited for */
		if (fam_mutex_unlock(bell, &l->mutex, &self) < 0)
			return 2;
	}
	return 0;
}

static void one_owner(void **state)
{
	(void)state;
	all_nodes(count);
	assert_int_equal(layout(&shared)->counter, NODES * TURNS);
}

static bool is_alive(uint32_t number, uint32_t id, void *arg)
{
	(void)number;
	(void)arg;
	return kill((pid_t)id, 0) == 0;
}

static int take_and_die(struct layout *l, struct fam_doorbell *bell)
{
	struct fam_robust_self self = self_of(bell);

	return fam_mutex_lock(bell, &l->mutex, &self, 0);
}

static void a_dead_owner(void **state)
{
	struct fam_doorbell bell = bell_of(2);
	struct fam_robust_self self = self_of(&bell);
	struct layout *l = layout(&shared);

	(void)state;
	self.alive = is_alive;
	fam_doorbell_set_look(&bell, 50);
	assert_ends_well(node(1, take_and_die));
	assert_int_equal(fam_mutex_lock(&bell, &l->mutex, &self, LONG_MS),
			 -EOWNERDEAD);
	assert_int_equal(fam_robust_consistent(&l->mutex.lock, &self), 0);
	assert_int_equal(fam_mutex_unlock(&bell, &l->mutex, &self), 0);
	assert_int_equal(fam_mutex_unlock(&bell, &l->mutex, &self), -EPERM);
}

/* The first gives, the others take. */
static int give_and_take(struct layout *l, struct fam_doorbell *bell)
{
	struct fam_robust_self self = self_of(bell);
	int64_t step = bell->number == 1 ? NODES - 1 : -1;

	for (int i = 0; i < TURNS / 4; i++) {
		if (fam_mutex_lock(bell, &l->mutex, &self, LONG_MS) < 0)
			return 1;
		while (step > 0 ? l->counter > 0 : l->counter == 0)
			if (fam_cond_wait(bell, &l->cond, &l->mutex, &self,
					  LONG_MS) < 0)
				return 2;
		l->counter += step;
		if (fam_mutex_unlock(bell, &l->mutex, &self) < 0 ||
		    fam_cond_broadcast(bell, &l->cond) < 0)
			return 3;
	}
	return 0;
}

static void conditions(void **state)
{
	struct fam_doorbell bell = bell_of(1);
	struct fam_robust_self self = self_of(&bell);
	struct layout *l = layout(&shared);

	(void)state;
	assert_int_equal(fam_cond_wait(&bell, &l->cond, &l->mutex, &self, 0),
			 -EPERM);
	all_nodes(give_and_take);
	assert_int_equal(l->counter, 0);
	assert_int_equal(fam_mutex_lock(&bell, &l->mutex, &self, -1), 0);
	assert_int_equal(fam_cond_wait(&bell, &l->cond, &l->mutex, &self, 1),
			 -ETIMEDOUT);
	assert_int_equal(fam_mutex_unlock(&bell, &l->mutex, &self), 0);
}

/* ---- barriers ------------------------------------------------------------------------ */

/* Between two openings nobody is a round ahead. */
static int rounds(struct layout *l, struct fam_doorbell *bell)
{
	struct fam_robust_self self = self_of(bell);

	for (int i = 0; i < TURNS / 4; i++) {
		int64_t seen;
		int r;

		(void)fam_atomic_64_fetch_add(&l->counter, 1);
		r = fam_barrier_wait(bell, &l->barrier, bell->number - 1, &self,
				     LONG_MS);
		seen = fam_atomic_64_read(&l->counter);
		if (r < 0 || seen < (i + 1) * NODES || seen >= (i + 2) * NODES)
			return 1;
		if (r == 1)
			(void)fam_atomic_64_fetch_add(&l->passed, 1);
	}
	return 0;
}

static void barriers(void **state)
{
	struct layout *l = layout(&shared);

	(void)state;
	assert_int_equal(fam_barrier_init(&l->barrier, 0), -EINVAL);
	assert_int_equal(fam_barrier_init(&l->barrier,
					  FAM_BARRIER_PARTIES_MAX + 1),
			 -EINVAL);
	assert_int_equal(fam_barrier_init(&l->barrier, NODES), 0);
	all_nodes(rounds);
	assert_int_equal(l->passed, TURNS / 4);
}

/* It passes once, and is gone. */
static int pass_once(struct layout *l, struct fam_doorbell *bell)
{
	struct fam_robust_self self = self_of(bell);

	return fam_barrier_wait(bell, &l->barrier, 1, &self, LONG_MS) < 0;
}

static void a_dead_party(void **state)
{
	struct fam_doorbell bell = bell_of(1);
	struct fam_robust_self self = self_of(&bell);
	struct layout *l = layout(&shared);
	pid_t pid;

	(void)state;
	self.alive = is_alive;
	assert_int_equal(fam_barrier_init(&l->barrier, 2), 0);
	pid = node(2, pass_once);
	assert_true(fam_barrier_wait(&bell, &l->barrier, 0, &self, LONG_MS) >=
		    0);
	assert_ends_well(pid);

	fam_doorbell_set_look(&bell, 50);
	assert_int_equal(fam_barrier_wait(&bell, &l->barrier, 0, &self,
					  LONG_MS),
			 -EOWNERDEAD);
	/* Another takes its place. */
	pid = node(2, pass_once);
	assert_true(fam_barrier_wait(&bell, &l->barrier, 0, &self, LONG_MS) >=
		    0);
	assert_ends_well(pid);

	self.alive = NULL;
	assert_int_equal(fam_barrier_wait(&bell, &l->barrier, 0, &self, 10),
			 -ETIMEDOUT);
	assert_int_equal(fam_barrier_wait(&bell, &l->barrier, 2, &self, 10),
			 -EINVAL);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(until_it_changes),	  TEST(wake_without_waiter),
		TEST(any_memory),	  TEST(without_a_bell),
		TEST(no_wake_up_is_lost), TEST(a_dead_waker),
		TEST(one_owner),	  TEST(a_dead_owner),
		TEST(conditions),	  TEST(barriers),
		TEST(a_dead_party),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
