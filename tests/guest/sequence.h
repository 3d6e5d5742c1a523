/* SPDX-License-Identifier: MIT */

/* sequence.h - Random sequences of lines for fsop.h, each from a seed */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define SEQUENCE_LINE 160

struct sequence {
	char (*line)[SEQUENCE_LINE];
	size_t count;
};

/* A generator of random numbers: the next one of *@state. */
uint64_t random_next(uint64_t *state);

/**
 * sequence_make() - The sequence of a seed
 * @steps:	About as many lines
 * @ret_s:	For sequence_free()
 *
 * The same arguments give the same lines. They are for a directory of their
 * own, in which they make few names, so that these are often there. "@a" in
 * front of a line is for a second process.
 *
 * Return: 0 or -ENOMEM
 */
int sequence_make(uint64_t seed, size_t steps, struct sequence *ret_s);

/* Idempotent. */
void sequence_free(struct sequence *s);
