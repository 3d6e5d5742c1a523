/* SPDX-License-Identifier: MIT */

/* litmus.h - The small programs by which memory models are told apart
 *
 * Two sides, in two threads, processes or nodes, do little with few words; what
 * both have seen then must not be what only a weaker model allows.
 */
#pragma once

#include <fam_atomic.h>
#include <sched.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Words of a cell, in lines of their own: variables, and what each side saw. */
enum {
	LITMUS_X = 0,
	LITMUS_Y = 8,
	LITMUS_SAW0 = 16,
	LITMUS_SAW1 = 24,
	LITMUS_CELL = 32
};

/* A test is done in one cell after the other, without waiting in between: so
 * the sides come close to each other somewhere. A gate is in front.
 */
#define LITMUS_CELLS 64
#define LITMUS_GATE 8
#define LITMUS_WORDS (LITMUS_GATE + LITMUS_CELLS * LITMUS_CELL)

struct litmus {
	const char *name;
	void (*side)(int64_t *p, int side);
	bool (*forbidden)(int64_t saw0, int64_t saw1);
};

static inline int64_t *litmus_saw(int64_t *p, int side)
{
	return p + (side ? LITMUS_SAW1 : LITMUS_SAW0);
}

static inline void store_buffering(int64_t *p, int side)
{
	fam_atomic_64_write(p + (side ? LITMUS_Y : LITMUS_X), 1);
	*litmus_saw(p, side) =
		fam_atomic_64_read(p + (side ? LITMUS_X : LITMUS_Y));
}

static inline bool both_missed(int64_t saw0, int64_t saw1)
{
	return !saw0 && !saw1;
}

static inline void load_buffering(int64_t *p, int side)
{
	*litmus_saw(p, side) =
		fam_atomic_64_read(p + (side ? LITMUS_Y : LITMUS_X));
	fam_atomic_64_write(p + (side ? LITMUS_X : LITMUS_Y), 1);
}

static inline bool both_from_nowhere(int64_t saw0, int64_t saw1)
{
	return saw0 && saw1;
}

static inline void message_passing(int64_t *p, int side)
{
	if (!side) {
		p[LITMUS_X] = 1;
		fam_atomic_64_write(p + LITMUS_Y, 1);
		p[LITMUS_SAW0] = 1;
		return;
	}
	while (!fam_atomic_64_read(p + LITMUS_Y))
		(void)sched_yield();
	p[LITMUS_SAW1] = *(volatile int64_t *)(p + LITMUS_X);
}

static inline bool message_missed(int64_t saw0, int64_t saw1)
{
	return saw0 && !saw1;
}

static inline void two_swaps(int64_t *p, int side)
{
	*litmus_saw(p, side) = fam_atomic_64_swap(p + LITMUS_X, side + 1);
}

static inline bool not_one_first(int64_t saw0, int64_t saw1)
{
	return !saw0 == !saw1;
}

static const struct litmus litmus_tests[] = {
	{ "store buffering", store_buffering, both_missed },
	{ "load buffering", load_buffering, both_from_nowhere },
	{ "message passing", message_passing, message_missed },
	{ "two swaps", two_swaps, not_one_first },
};

/* Wait until as many have come here as make it a multiple of @n. */
static inline void litmus_gate(int64_t *gate, int64_t n)
{
	int64_t came = fam_atomic_64_fetch_add(gate, 1);
	int64_t want = (came / n + 1) * n;

	while (fam_atomic_64_read(gate) < want)
		(void)sched_yield();
}

/**
 * litmus_run() - One side of all tests
 * @p:		LITMUS_WORDS words, all 0 at first
 * @side:	0 or 1, which do the same number of rounds
 *
 * Return: NULL, or on side 0 the name of a test that has failed
 */
static inline const char *litmus_run(int64_t *p, int side, int rounds)
{
	const size_t n = sizeof(litmus_tests) / sizeof(litmus_tests[0]);
	int64_t *cells = p + LITMUS_GATE, *end = p + LITMUS_WORDS;
	const char *failed = NULL;

	for (int i = 0; i < rounds * (int)n; i++) {
		const struct litmus *l = &litmus_tests[(size_t)i % n];

		litmus_gate(p, 2);
		for (int64_t *c = cells; c < end; c += LITMUS_CELL)
			l->side(c, side);
		litmus_gate(p, 2);
		for (int64_t *c = cells; !side && c < end; c += LITMUS_CELL) {
			if (l->forbidden(c[LITMUS_SAW0], c[LITMUS_SAW1]))
				failed = l->name;
			memset(c, 0, LITMUS_CELL * sizeof(*c));
		}
	}
	return failed;
}
