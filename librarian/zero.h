/* SPDX-License-Identifier: MIT */

/* zero.h - Books read as zeros before anybody gets them */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"

struct librarian;

struct zero_range {
	uint64_t offset; /* in the FAM */
	uint64_t len;
};

struct zero {
	int fam_fd; /* borrowed; -1 = this Librarian does not zero */
	struct zero_range *tails;
	size_t n_tails;
	size_t room;
};

/**
 * zero_start() - Take the FAM, and trust its free books only if they are known
 * @lib:	With database and pool loaded
 * @fam_fd:	FAM, or -1
 *
 * Return: 0, or a negative errno and the reason in @e
 */
int zero_start(struct librarian *lib, int fam_fd, struct err *e);

void zero_deinit(struct zero *z);

/* Whether this Librarian zeroes; if not, nodes do (pending.h). */
static inline bool zero_here(const struct zero *z)
{
	return z->fam_fd >= 0;
}

/* Zeroes a part of the FAM at once. */
int zero_range(const struct zero *z, uint64_t offset, uint64_t len);

/**
 * zero_promise() - Zero a range after the running transaction's commit
 * @z:		Whose n_tails may be set back when a request is rolled back
 *
 * Return: 0 or -ENOMEM
 */
int zero_promise(struct zero *z, uint64_t offset, uint64_t len);

/* After the commit. Logs what fails. */
void zero_keep_promises(struct zero *z);

/* Whether zero_some() has something to do. */
bool zero_needed(const struct librarian *lib);

/**
 * zero_some() - Make a limited number of zombie books free
 *
 * Its own transaction; not to be called within another.
 *
 * Return: 0 or a negative errno
 */
int zero_some(struct librarian *lib);

/* All of them. */
int zero_all(struct librarian *lib);
