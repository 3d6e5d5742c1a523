/* SPDX-License-Identifier: MIT */

/* test_robust.c - Locks whose owners die, and what is known about these */

#include <errno.h>
#include <signal.h>

#include "fam_robust.h"
#include "shared.h"

enum {
	TURNS = 3000,
	COUNTER = 16,
	LEASE_MS = 60,
	SOON_MS = 20000
};

static struct shared shared;
static char presence_path[] = "/tmp/fam_presence-XXXXXX";

static struct fam_robust_lock *lock_of(const struct shared *s)
{
	return (struct fam_robust_lock *)s->p;
}

static int set_up(void **state)
{
	(void)state;
	shared_open(&shared);
	fam_robust_init(lock_of(&shared), 0);
	strcpy(presence_path, "/tmp/fam_presence-XXXXXX");
	(void)close(mkstemp(presence_path));
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	shared_close(&shared);
	(void)unlink(presence_path);
	return 0;
}

static const struct fam_robust_self me = { .node = 1, .id = 100 };
static const struct fam_robust_self you = { .node = 2, .id = 100 };

/* ---- a lock like any other --------------------------------------------------------- */

static void one_at_a_time(void **state)
{
	static const struct fam_robust_self nobody[] = {
		{ .node = 0, .id = 1 },
		{ .node = 1, .id = 0 },
		{ .node = 256, .id = 1 },
		{ .node = 1, .id = 1U << 24 },
	};
	struct fam_robust_lock *l = lock_of(&shared);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(nobody); i++)
		assert_int_equal(fam_robust_lock(l, &nobody[i], 0), -EINVAL);
	assert_int_equal(fam_robust_unlock(l, &me), -EPERM);
	assert_int_equal(fam_robust_lock(l, &me, -1), 0);
	assert_int_equal(fam_robust_lock(l, &you, 0), -ETIMEDOUT);
	assert_int_equal(fam_robust_lock(l, &you, 10), -ETIMEDOUT);
	assert_int_equal(fam_robust_lock(l, &me, 0), -ETIMEDOUT);
	assert_int_equal(fam_robust_unlock(l, &you), -EPERM);
	assert_int_equal(fam_robust_renew(l, &you), -EPERM);
	assert_int_equal(fam_robust_renew(l, &me), 0);
	assert_int_equal(fam_robust_unlock(l, &me), 0);
	assert_int_equal(fam_robust_lock(l, &you, 0), 0);
}

static int count(const struct shared *s)
{
	const struct fam_robust_self self = { .node = 3,
					      .id = (uint32_t)getpid() };

	gate(s, 2);
	for (int i = 0; i < TURNS; i++) {
		if (fam_robust_lock(lock_of(s), &self, -1))
			return 1;
		s->p[COUNTER]++;
		if (fam_robust_unlock(lock_of(s), &self))
			return 1;
	}
	return 0;
}

static void excludes(void **state)
{
	pid_t pid = child(&shared, count);

	(void)state;
	assert_int_equal(count(&shared), 0);
	assert_ends_well(pid);
	assert_int_equal(shared.p[COUNTER], 2 * TURNS);
}

/* ---- the owner dies ------------------------------------------------------------------ */

static int take_and_wait(const struct shared *s)
{
	const struct fam_robust_self self = { .node = 2,
					      .id = (uint32_t)getpid() };
	struct fam_presence *p;

	if (fam_presence_join(presence_path, self.node, self.id, &p) ||
	    fam_robust_lock(lock_of(s), &self, -1))
		return 1;
	gate(s, 2);
	for (;;)
		(void)pause();
}

static pid_t owner(void)
{
	pid_t pid = child(&shared, take_and_wait);

	gate(&shared, 2);
	return pid;
}

static void kill_owner(pid_t pid)
{
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void death_is_known(void **state)
{
	struct fam_robust_self self = { 1, 7, fam_presence_alive, NULL };
	struct fam_robust_lock *l = lock_of(&shared);
	struct fam_presence *p;
	pid_t pid;

	(void)state;
	assert_int_equal(fam_presence_join(presence_path, 1, 7, &p), 0);
	self.arg = p;
	pid = owner();
	assert_true(fam_presence_alive(2, (uint32_t)pid, p));
	assert_true(fam_presence_alive(1, 7, p));
	assert_false(fam_presence_alive(1, (uint32_t)pid, p));
	assert_int_equal(fam_robust_lock(l, &self, 100), -ETIMEDOUT);
	kill_owner(pid);
	assert_false(fam_presence_alive(2, (uint32_t)pid, p));
	assert_int_equal(fam_robust_lock(l, &self, SOON_MS), -EOWNERDEAD);
	assert_int_equal(fam_robust_consistent(l, &self), 0);
	assert_int_equal(fam_robust_unlock(l, &self), 0);
	assert_int_equal(fam_robust_lock(l, &self, 0), 0);
	fam_presence_leave(p);
}

static bool says_dead(uint32_t node, uint32_t id, void *arg)
{
	(void)node;
	(void)id;
	++*(int *)arg;
	return false;
}

static void until_it_is_mended(void **state)
{
	struct fam_robust_lock *l = lock_of(&shared);
	int asked = 0;
	const struct fam_robust_self first = { 3, 1, says_dead, &asked };
	const struct fam_robust_self second = { 3, 2, says_dead, &asked };

	(void)state;
	assert_int_equal(fam_robust_lock(l, &me, 0), 0);
	assert_int_equal(fam_robust_lock(l, &first, 0), -EOWNERDEAD);
	assert_int_equal(fam_robust_unlock(l, &me), -EPERM);
	/* Who was to mend it dies, too. */
	assert_int_equal(fam_robust_lock(l, &second, 0), -EOWNERDEAD);
	assert_int_equal(fam_robust_consistent(l, &first), -EPERM);
	assert_int_equal(asked, 2);
	/* It has not been mended. */
	assert_int_equal(fam_robust_unlock(l, &second), 0);
	assert_int_equal(fam_robust_lock(l, &second, -1), -ENOTRECOVERABLE);
	fam_robust_init(l, 0);
	assert_int_equal(fam_robust_lock(l, &me, 0), 0);
}

/* ---- leases ---------------------------------------------------------------------------- */

static void lease_ends(void **state)
{
	struct fam_robust_lock *l = lock_of(&shared);
	pid_t pid;

	(void)state;
	fam_robust_init(l, LEASE_MS);
	pid = owner();
	kill_owner(pid);
	assert_int_equal(fam_robust_lock(l, &me, LEASE_MS / 2), -ETIMEDOUT);
	assert_int_equal(fam_robust_lock(l, &me, SOON_MS), -EOWNERDEAD);
	/* As if it had only been stopped. */
	assert_int_equal(fam_robust_lock(l, &you, SOON_MS), -EOWNERDEAD);
	assert_int_equal(fam_robust_renew(l, &me), -EPERM);
	assert_int_equal(fam_robust_consistent(l, &me), -EPERM);
	assert_int_equal(fam_robust_unlock(l, &me), -EPERM);
	assert_int_equal(fam_robust_consistent(l, &you), 0);
	assert_int_equal(fam_robust_unlock(l, &you), 0);
}

static int renew_until_told(const struct shared *s)
{
	if (fam_robust_lock(lock_of(s), &you, -1))
		return 1;
	gate(s, 2);
	while (!fam_atomic_64_read(s->p + COUNTER))
		if (fam_robust_renew(lock_of(s), &you))
			return 1;
	return fam_robust_unlock(lock_of(s), &you);
}

static void renewed_lease(void **state)
{
	struct fam_robust_lock *l = lock_of(&shared);
	pid_t pid;

	(void)state;
	fam_robust_init(l, 1000);
	pid = child(&shared, renew_until_told);
	gate(&shared, 2);
	assert_int_equal(fam_robust_lock(l, &me, 1500), -ETIMEDOUT);
	fam_atomic_64_write(shared.p + COUNTER, 1);
	assert_int_equal(fam_robust_lock(l, &me, SOON_MS), 0);
	assert_ends_well(pid);
}

/* ---- presence ---------------------------------------------------------------------------- */

static void bad_presence(void **state)
{
	struct fam_presence *p = NULL;
	pid_t pid;

	(void)state;
	assert_int_equal(fam_presence_join(presence_path, 0, 1, &p), -EINVAL);
	assert_int_equal(fam_presence_join(presence_path, 1, 1U << 24, &p),
			 -EINVAL);
	assert_int_equal(fam_presence_join("/nowhere/x", 1, 1, &p), -ENOENT);
	pid = owner();
	assert_int_equal(fam_presence_join(presence_path, 2, (uint32_t)pid, &p),
			 -EEXIST);
	kill_owner(pid);
	assert_null(p);
	assert_int_equal(fam_presence_join(presence_path, 2, (uint32_t)pid, &p),
			 0);
	fam_presence_leave(p);
	fam_presence_leave(NULL);
}

#define UNIT_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(one_at_a_time),  UNIT_TEST(excludes),
		UNIT_TEST(death_is_known), UNIT_TEST(until_it_is_mended),
		UNIT_TEST(lease_ends),	   UNIT_TEST(renewed_lease),
		UNIT_TEST(bad_presence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
