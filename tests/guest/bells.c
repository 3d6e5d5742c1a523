/* SPDX-License-Identifier: MIT */

/* bells.c - Doorbells, and what sleeps by them, between nodes
 *
 *	bells pong PEER N		answer N rings of each vector
 *	bells ping PEER N		ring, wait for the answer, N times each
 *	bells flood N PEER...		ring all peers N times by vectors in turn,
 *					until they have rung as often
 *	bells init FILE NODES		prepare a file for the following
 *	bells token FILE NODE NODES N	pass a word on, N times round
 *	bells locks FILE NODE SECONDS [PRESENCE]
 *					take a mutex again and again
 *	bells hold FILE NODE PRESENCE	take it, say so, keep it for ever
 *	bells meet FILE NODE N		N times at a barrier
 *
 * Each prints what it has done, and fails if a ring does not come in time, or
 * if a sleep ended late though nobody has died.
 */

#include <errno.h>
#include <fam_atomic.h>
#include <fam_doorbell.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "../../guest/fam/fam_doorbell_ioctl.h"
#include "cleanup.h"
#include "proto_doorbell.h"
#include "shared.h"

#define DEVICE "/dev/fam-doorbell"
#define SIZE 65536
#define PATIENCE_MS 30000
#define LOOK_MS (2 * PATIENCE_MS) /* never, while nothing is lost */

struct shared {
	struct fam_word word;
	struct fam_mutex mutex;
	struct fam_barrier barrier;
	int64_t owner;
	int64_t counter;
};

/* ---- rings ----------------------------------------------------------------------- */

struct bell {
	int fd;
	struct fam_doorbell_info info;
	uint64_t *counts;
};

static int bell_open(struct bell *b)
{
	char *p;

	b->fd = open(DEVICE, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (b->fd < 0 || ioctl(b->fd, FAM_DOORBELL_INFO, &b->info) < 0)
		return -errno;
	p = mmap(NULL, DOORBELL_MAILBOX_SIZE, PROT_READ, MAP_SHARED, b->fd, 0);
	if (p == MAP_FAILED)
		return -errno;
	b->counts = (uint64_t *)(p + DOORBELL_COUNTS);
	return 0;
}

static int ring(const struct bell *b, uint32_t peer, uint32_t vector)
{
	const struct fam_ring r = { peer, vector };

	return write(b->fd, &r, sizeof(r)) < 0 ? -errno : 0;
}

/* The next vector that was rung, and how often */
static int hear(const struct bell *b, struct fam_rung *ret)
{
	struct pollfd p = { .fd = b->fd, .events = POLLIN };

	if (poll(&p, 1, PATIENCE_MS) == 0)
		return -ETIMEDOUT;
	return read(b->fd, ret, sizeof(*ret)) < 0 ? -errno : 0;
}

/* One at a time nothing is merged. */
static int hear_once(const struct bell *b, uint32_t vector)
{
	struct fam_rung r = { 0, 0 };
	int e = hear(b, &r);

	if (e == 0 && (r.vector != vector || r.count != 1)) {
		fprintf(stderr, "vector %u, %u times, not %u\n", r.vector,
			r.count, vector);
		return -EILSEQ;
	}
	return e;
}

static int exchange(char *argv[], bool first)
{
	uint32_t peer = (uint32_t)strtoul(argv[0], NULL, 10);
	long n = strtol(argv[1], NULL, 10), done = 0;
	struct bell b;
	int r = bell_open(&b);

	if (!first)
		puts("ready");
	(void)fflush(stdout);
	for (; r == 0 && done < n * b.info.vectors; done += r == 0) {
		uint32_t v = (uint32_t)(done % b.info.vectors);

		if (first)
			r = ring(&b, peer, v);
		if (r == 0)
			r = hear_once(&b, v);
		if (r == 0 && !first)
			r = ring(&b, peer, v);
	}
	if (r == 0)
		printf("%ld\n", n * b.info.vectors);
	else
		fprintf(stderr, "after %ld of them\n", done);
	return r;
}

static int cmd_pong(int argc, char *argv[])
{
	(void)argc;
	return exchange(argv, false);
}

static int cmd_ping(int argc, char *argv[])
{
	(void)argc;
	return exchange(argv, true);
}

static uint64_t count_of(const struct bell *b, const char *from)
{
	return __atomic_load_n(
		&b->counts[strtoul(from, NULL, 10) * DOORBELL_SLOTS +
			   b->info.number],
		__ATOMIC_SEQ_CST);
}

static bool all_have_rung(const struct bell *b, uint64_t n, int argc,
			  char *argv[])
{
	for (int i = 0; i < argc; i++)
		if (count_of(b, argv[i]) < n)
			return false;
	return true;
}

/* Counted first, rung then: who has seen the last count needs no ring more, and
 * who has not is woken by it.
 */
static int cmd_flood(int argc, char *argv[])
{
	uint64_t n = strtoull(*argv++, NULL, 10);
	struct fam_rung rung = { 0, 0 };
	uint64_t heard = 0;
	struct bell b;
	int r = bell_open(&b);

	argc--;
	for (uint64_t i = 0; r == 0 && i < n; i++)
		for (int p = 0; r == 0 && p < argc; p++)
			r = ring(&b, (uint32_t)strtoul(argv[p], NULL, 10),
				 (uint32_t)(i % b.info.vectors));
	while (r == 0 && !all_have_rung(&b, n, argc, argv)) {
		r = hear(&b, &rung);
		heard += rung.count;
	}
	if (r == 0)
		printf("%llu\n", (unsigned long long)heard);
	return r;
}

/* ---- sleeps ------------------------------------------------------------------------ */

struct sleeper {
	struct shared *s;
	struct fam_doorbell *bell;
	struct fam_robust_self self;
};

static int sleeper_init(struct sleeper *sl, char *argv[], unsigned look_ms)
{
	int r;

	sl->s = shared_map(argv[0], SIZE);
	if (!sl->s)
		return -errno;
	sl->self = (struct fam_robust_self){
		.node = (uint32_t)strtoul(argv[1], NULL, 10),
		.id = (uint32_t)getpid(),
	};
	r = fam_doorbell_open(NULL, &sl->bell);
	if (r == 0)
		fam_doorbell_set_look(sl->bell, look_ms);
	return r;
}

/* "N sleeps, late L"; late without a death is an error. */
static int sleeper_end(struct sleeper *sl, bool deaths)
{
	struct fam_doorbell_stats st;

	fam_doorbell_get_stats(sl->bell, &st);
	fam_doorbell_close(sl->bell);
	printf("%llu sleeps, %llu woken, %llu late, %llu rings\n",
	       (unsigned long long)st.sleeps, (unsigned long long)st.woken,
	       (unsigned long long)st.late, (unsigned long long)st.rings);
	return st.late && !deaths ? -ETIME : 0;
}

static int cmd_init(int argc, char *argv[])
{
	struct shared *s = shared_map(argv[0], SIZE);

	(void)argc;
	if (!s)
		return -errno;
	memset(s, 0, sizeof(*s));
	return fam_barrier_init(&s->barrier,
				(unsigned)strtoul(argv[1], NULL, 10));
}

static int cmd_token(int argc, char *argv[])
{
	int32_t nodes = (int32_t)strtol(argv[2], NULL, 10);
	int32_t n = (int32_t)strtol(argv[3], NULL, 10);
	struct sleeper sl;
	int r = sleeper_init(&sl, argv, LOOK_MS);

	(void)argc;
	for (int32_t i = 0; r == 0 && i < n; i++) {
		int32_t mine = i * nodes + (int32_t)sl.self.node - 1;
		int32_t *value = &sl.s->word.value;
		int32_t is;

		while (r == 0 && (is = fam_atomic_32_read(value)) != mine)
			r = fam_wait(sl.bell, &sl.s->word, is, PATIENCE_MS);
		fam_atomic_32_write(value, mine + 1);
		if (r == 0 && fam_wake(sl.bell, &sl.s->word) < 0)
			r = -EIO;
	}
	return r < 0 ? r : sleeper_end(&sl, false);
}

static int cmd_meet(int argc, char *argv[])
{
	long n = strtol(argv[2], NULL, 10);
	struct sleeper sl;
	int r = sleeper_init(&sl, argv, LOOK_MS);

	(void)argc;
	for (long i = 0; r >= 0 && i < n; i++)
		r = fam_barrier_wait(sl.bell, &sl.s->barrier, sl.self.node - 1,
				     &sl.self, PATIENCE_MS);
	return r < 0 ? r : sleeper_end(&sl, false);
}

/* Keep it for a while, sometimes for long; nobody else may. */
static int own(struct sleeper *sl, unsigned *seed)
{
	volatile int64_t *owner = &sl->s->owner;
	int64_t me = (int64_t)sl->self.node << 32 | sl->self.id;

	if (*owner)
		return -EILSEQ;
	*owner = me;
	for (int i = rand_r(seed) % 1000; i > 0; i--)
		if (*owner != me)
			return -EILSEQ;
	if (rand_r(seed) % 16 == 0)
		(void)usleep((useconds_t)rand_r(seed) % 5000);
	if (*owner != me)
		return -EILSEQ;
	sl->s->counter++;
	*owner = 0;
	return 0;
}

/* 1 if the owner before has died */
static int take_turn(struct sleeper *sl, unsigned *seed)
{
	int died = 0;
	int r = fam_mutex_lock(sl->bell, &sl->s->mutex, &sl->self, PATIENCE_MS);

	if (r == -EOWNERDEAD) {
		died = 1;
		sl->s->owner = 0;
		r = fam_robust_consistent(&sl->s->mutex.lock, &sl->self);
	}
	if (r == 0)
		r = own(sl, seed);
	if (r == 0)
		r = fam_mutex_unlock(sl->bell, &sl->s->mutex, &sl->self);
	return r < 0 ? r : died;
}

static int cmd_locks(int argc, char *argv[])
{
	time_t end = time(NULL) + strtol(argv[2], NULL, 10);
	struct fam_presence *p;
	struct sleeper sl;
	long turns = 0, deaths = 0;
	unsigned seed;
	int r = sleeper_init(&sl, argv,
			     argc > 3 ? FAM_DOORBELL_LOOK_MS : LOOK_MS);

	if (r == 0 && argc > 3) {
		r = fam_presence_join(argv[3], sl.self.node, sl.self.id, &p);
		sl.self.alive = fam_presence_alive;
		sl.self.arg = r == 0 ? p : NULL;
	}
	seed = sl.self.node;
	for (; r >= 0 && time(NULL) < end; turns++) {
		r = take_turn(&sl, &seed);
		deaths += r > 0;
		if (!turns)
			puts("first turn");
		(void)fflush(stdout);
	}
	if (r < 0)
		return r;
	printf("%ld turns, %ld recovered, ", turns, deaths);
	return sleeper_end(&sl, argc > 3);
}

static int cmd_hold(int argc, char *argv[])
{
	struct fam_presence *p;
	struct sleeper sl;
	int r = sleeper_init(&sl, argv, FAM_DOORBELL_LOOK_MS);

	(void)argc;
	if (r == 0)
		r = fam_presence_join(argv[2], sl.self.node, sl.self.id, &p);
	if (r == 0)
		r = fam_mutex_lock(sl.bell, &sl.s->mutex, &sl.self,
				   PATIENCE_MS);
	if (r < 0)
		return r;
	puts("held");
	(void)fflush(stdout);
	for (;;)
		(void)pause();
}

/* ---- commands ------------------------------------------------------------------------ */

static const struct {
	const char *name;
	int min, max;
	int (*run)(int argc, char *argv[]);
} commands[] = {
	{ "pong", 2, 2, cmd_pong },    { "ping", 2, 2, cmd_ping },
	{ "flood", 2, 80, cmd_flood }, { "init", 2, 2, cmd_init },
	{ "token", 4, 4, cmd_token },  { "locks", 3, 4, cmd_locks },
	{ "meet", 3, 3, cmd_meet },    { "hold", 3, 3, cmd_hold },
};

int main(int argc, char *argv[])
{
	for (size_t i = 0; argc > 1 && i < ARRAY_SIZE(commands); i++) {
		int r;

		if (strcmp(argv[1], commands[i].name) != 0 ||
		    argc - 2 < commands[i].min || argc - 2 > commands[i].max)
			continue;
		r = commands[i].run(argc - 2, argv + 2);
		if (r < 0)
			fprintf(stderr, "bells %s: %s\n", argv[1],
				strerror(-r));
		return r < 0;
	}
	fputs("bells: wrong usage\n", stderr);
	return 2;
}
