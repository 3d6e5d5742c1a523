/* SPDX-License-Identifier: MIT */

/* sequence.h - Random sequences of lines for fsop.h, each from a seed */
#pragma once

#include <stdbool.h>
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
 * @nodes:	How many share the work: lines have "@a " to "@d " and so on in
 *		front, or none and seldom "@a ", for a second process, if it is 1
 * @ret_s:	For sequence_free()
 *
 * The same arguments give the same lines. They are for a directory of their
 * own, in which they make few names, so that these are often there.
 *
 * Return: 0 or -ENOMEM
 */
int sequence_make(uint64_t seed, size_t steps, unsigned nodes,
		  struct sequence *ret_s);

/**
 * sequence_shrink() - Leave out lines as long as the rest fails
 * @run:	Does it fail? Sets the number of the line that does, or the
 *		count
 *
 * Leaves @s as it was if there is no memory.
 */
void sequence_shrink(struct sequence *s,
		     bool (*run)(void *arg, const struct sequence *s,
				 size_t *ret_step),
		     void *arg);

/* Idempotent. */
void sequence_free(struct sequence *s);
