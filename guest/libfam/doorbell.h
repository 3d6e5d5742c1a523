/* SPDX-License-Identifier: MIT */

/* doorbell.h - A doorbell as the waiting sees it: tests have others */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fam_doorbell.h"

/* Numbers that a word has bits for. */
#define DOORBELL_NUMBERS 256U

/**
 * struct doorbell_ops - What a doorbell can do
 * @ring:	Ring @n numbers; 0 or a negative errno
 * @sleep:	Sleep until that vector is rung: 1; 0 = it was not, for @ms or a
 *		signal's sake; or a negative errno, and it never will be again.
 *		What was rung since the last sleep by that vector counts.
 */
struct doorbell_ops {
	int (*ring)(struct fam_doorbell *bell, const uint32_t *numbers,
		    size_t n, uint32_t vector);
	int (*sleep)(struct fam_doorbell *bell, uint32_t vector, int ms);
};

struct fam_doorbell {
	const struct doorbell_ops *ops;
	int fd;
	uint32_t number;
	uint32_t vectors;
	uint32_t heard; /* the only vector of the mask; vectors = not set */
	unsigned look_ms;
	bool broken; /* it will not be rung any more */
	struct fam_doorbell_stats stats;
};

/* fam_wait() without the short while before sleeping */
int doorbell_wait(struct fam_doorbell *bell, struct fam_word *word, int32_t old,
		  int timeout_ms);

static inline unsigned doorbell_look_ms(const struct fam_doorbell *bell)
{
	return bell ? bell->look_ms : FAM_DOORBELL_LOOK_MS;
}
