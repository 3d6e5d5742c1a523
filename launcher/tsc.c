/* SPDX-License-Identifier: MIT */

/* tsc.c - How fast this host's time-stamp counter counts */

#include "tsc.h"

#include <time.h>

#if defined(__x86_64__) || defined(__i386__)

#include <x86intrin.h>

#define TRIES 16
#define SPAN_NS 10000000L

struct reading {
	uint64_t ticks, ns;
};

static uint64_t now_ns(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC_RAW, &t);
	return (uint64_t)t.tv_sec * 1000000000U + (uint64_t)t.tv_nsec;
}

/* Both at the same time: of some tries, the one that nothing came between. */
static struct reading read_both(void)
{
	struct reading best = { 0, 0 };
	uint64_t least = UINT64_MAX;

	for (int i = 0; i < TRIES; i++) {
		uint64_t before = __rdtsc(), ns = now_ns(), after = __rdtsc();

		if (after - before >= least)
			continue;
		least = after - before;
		best = (struct reading){ before + least / 2, ns };
	}
	return best;
}

uint32_t tsc_khz(void)
{
	const struct timespec span = { .tv_nsec = SPAN_NS };
	struct reading a = read_both(), b;

	(void)nanosleep(&span, NULL);
	b = read_both();
	if (b.ns <= a.ns || b.ticks <= a.ticks)
		return 0;
	return (uint32_t)((b.ticks - a.ticks) * 1000000 / (b.ns - a.ns));
}

#else

uint32_t tsc_khz(void)
{
	return 0;
}

#endif
