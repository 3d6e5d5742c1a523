/* SPDX-License-Identifier: MIT */

/* bench.c - What the measurements of fam-bench have in common */

#include "bench.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define HUGE (2 * MIB)
#define CONTESTANTS_MAX (2 + BENCH_PEERS_MAX)

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* A turn each; another one begins each time. */
static int take_turns(const struct contestant *c, size_t n, size_t round,
		      double v[][BENCH_ROUNDS])
{
	for (size_t i = 0; i < n; i++) {
		size_t k = (i + round) % n;
		double r = c[k].run(c[k].arg);

		if (r < 0)
			return (int)r;
		v[k][round] = r;
	}
	return 0;
}

int bench_compare(const struct contestant *c, size_t n, double *ret_median)
{
	double v[CONTESTANTS_MAX][BENCH_ROUNDS];
	int r;

	if (n > CONTESTANTS_MAX)
		return -E2BIG;
	for (size_t round = 0; round < BENCH_ROUNDS; round++) {
		r = take_turns(c, n, round, v);
		if (r < 0)
			return r;
	}
	for (size_t i = 0; i < n; i++) {
		qsort(v[i], BENCH_ROUNDS, sizeof(v[i][0]), by_value);
		ret_median[i] = v[i][BENCH_ROUNDS / 2];
	}
	return 0;
}

void bench_note(struct bench *b, const char *what, double value,
		const char *unit, const char *against, double peer)
{
	struct figure *f = &b->figures[b->n_figures];

	if (b->n_figures == BENCH_FIGURES_MAX)
		return;
	b->n_figures++;
	f->value = value;
	f->unit = unit;
	f->peer = peer;
	(void)snprintf(f->what, sizeof(f->what), "%s", what);
	(void)snprintf(f->against, sizeof(f->against), "%s",
		       against ? against : "");
}

void bench_path(const char *dir, char buf[static PATH_MAX])
{
	char host[64] = "node";

	(void)gethostname(host, sizeof(host) - 1);
	(void)snprintf(buf, PATH_MAX, "%s/fam-bench-%s-%d", dir, host,
		       (int)getpid());
}

void *bench_anonymous(size_t size)
{
	uintptr_t p = (uintptr_t)mmap(NULL, size + HUGE, PROT_READ | PROT_WRITE,
				      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == (uintptr_t)MAP_FAILED)
		return NULL;
	return (void *)((p + HUGE - 1) & ~(HUGE - 1));
}
