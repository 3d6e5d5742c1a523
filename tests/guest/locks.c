/* SPDX-License-Identifier: MIT */

/* locks.c - libfam_atomic between nodes
 *
 *	locks init FILE LEASE_MS	prepare a robust lock
 *	locks hold FILE NODE		take it, say so, keep it for ever
 *	locks take FILE NODE		wait for it, say how it came, mend, unlock
 *	locks count FILE NODE N		add 1 under it, N times, 0 is the first
 *	locks pair FILE N		add 1 to both halves of 128 bits, N times
 *	locks litmus FILE SIDE N	side 0 or 1 of litmus.h's tests, N rounds
 *	locks show FILE			the counter, and the two halves
 *
 * With FAM_PRESENCE=FILE, owners are asked about by their locks in that file.
 */

#include <errno.h>
#include <fam_atomic.h>
#include <fam_robust.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cleanup.h"
#include "litmus.h"
#include "shared.h"

#define SIZE 65536

/* In lines of their own. */
struct words {
	struct fam_robust_lock lock;
	int64_t counter;
	int64_t unused[7];
	int64_t pair[2];
	int64_t unused2[6];
	int64_t litmus[LITMUS_WORDS];
};

static int make_self(const char *node, struct fam_robust_self *self)
{
	const char *path = getenv("FAM_PRESENCE");
	struct fam_presence *p;
	int r;

	*self = (struct fam_robust_self){
		.node = (uint32_t)strtoul(node, NULL, 10),
		.id = (uint32_t)getpid(),
	};
	if (!path)
		return 0;
	r = fam_presence_join(path, self->node, self->id, &p);
	if (r == 0) {
		self->alive = fam_presence_alive;
		self->arg = p;
	}
	return r;
}

static int cmd_init(struct words *w, char *argv[])
{
	fam_robust_init(&w->lock, (uint32_t)strtoul(argv[0], NULL, 10));
	return 0;
}

static int cmd_hold(struct words *w, char *argv[])
{
	struct fam_robust_self self;
	int r = make_self(argv[0], &self);

	if (r == 0)
		r = fam_robust_lock(&w->lock, &self, -1);
	if (r < 0)
		return r;
	puts("held");
	(void)fflush(stdout);
	for (;;)
		(void)pause();
}

static int cmd_take(struct words *w, char *argv[])
{
	struct fam_robust_self self;
	int r = make_self(argv[0], &self);

	if (r < 0)
		return r;
	r = fam_robust_lock(&w->lock, &self, 20000);
	if (r < 0 && r != -EOWNERDEAD)
		return r;
	puts(r ? "the owner has died" : "free");
	if (r)
		(void)fam_robust_consistent(&w->lock, &self);
	return fam_robust_unlock(&w->lock, &self);
}

static int cmd_count(struct words *w, char *argv[])
{
	struct fam_robust_self self;
	long n = strtol(argv[1], NULL, 10);
	int r = make_self(argv[0], &self);

	for (; r == 0 && n > 0; n--) {
		r = fam_robust_lock(&w->lock, &self, -1);
		if (r == 0) {
			w->counter++;
			r = fam_robust_unlock(&w->lock, &self);
		}
	}
	return r;
}

static int cmd_pair(struct words *w, char *argv[])
{
	long n = strtol(argv[0], NULL, 10);
	int64_t seen[2], was[2];
	int r = fam_atomic_128_check(w->pair);

	if (r < 0)
		return r;
	fam_atomic_128_read(w->pair, seen);
	while (n > 0) {
		const int64_t next[2] = { seen[0] + 1, seen[1] + 1 };

		fam_atomic_128_compare_store(w->pair, seen, next, was);
		n -= !memcmp(was, seen, sizeof(seen));
		memcpy(seen, was, sizeof(seen));
	}
	return 0;
}

static int cmd_litmus(struct words *w, char *argv[])
{
	const char *failed = litmus_run(w->litmus, *argv[0] == '1',
					(int)strtol(argv[1], NULL, 10));

	if (failed)
		printf("%s\n", failed);
	return failed ? -EILSEQ : 0;
}

static int cmd_show(struct words *w, char *argv[])
{
	(void)argv;
	printf("%lld %lld %lld\n", (long long)w->counter, (long long)w->pair[0],
	       (long long)w->pair[1]);
	return 0;
}

static const struct {
	const char *name;
	int n_args;
	int (*run)(struct words *w, char *argv[]);
} commands[] = {
	{ "init", 1, cmd_init },     { "hold", 1, cmd_hold },
	{ "take", 1, cmd_take },     { "count", 2, cmd_count },
	{ "pair", 1, cmd_pair },     { "show", 0, cmd_show },
	{ "litmus", 2, cmd_litmus },
};

int main(int argc, char *argv[])
{
	for (size_t i = 0; argc > 2 && i < ARRAY_SIZE(commands); i++) {
		struct words *w;
		int r;

		if (strcmp(argv[1], commands[i].name) != 0 ||
		    argc - 3 != commands[i].n_args)
			continue;
		w = shared_map(argv[2], SIZE);
		r = w ? commands[i].run(w, argv + 3) : -errno;
		if (r < 0)
			fprintf(stderr, "locks: '%s': %s\n", argv[2],
				strerror(-r));
		return r < 0;
	}
	fputs("locks: wrong usage\n", stderr);
	return 2;
}
