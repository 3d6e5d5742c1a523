/* SPDX-License-Identifier: MIT */

/* files.h - All files below a directory: into a hash, or into a tree
 *
 * In the order of their names, whatever the file system's is. Of a mode only
 * whether the owner may execute it counts: 0755 or 0644, owned by root, are made
 * of it. Links stay links; what is neither file, link nor directory, and an
 * empty directory, is left out.
 */
#pragma once

#include <stdbool.h>

#include "err.h"
#include "hash.h"
#include "strv.h"

struct files {
	const char *dir;
	const char *as; /* what their names begin with; "" = nothing */
	bool all;	/* hidden files and what compilers leave, too */
};

/**
 * files_list() - Names of all files and links below a directory
 * @dirfd:	Taken over; a negative errno is returned
 * @all:	As above
 * @ret:	Relative names, sorted
 */
int files_list(int dirfd, bool all, struct strv *ret);

/* Adds names, modes and contents. */
int files_hash(const struct files *d, struct hash *h, struct err *e);

/* Copies them, in place of what is there. */
int files_copy(const struct files *d, int root, struct err *e);
