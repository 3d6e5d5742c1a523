/* SPDX-License-Identifier: MIT */

/* places.h - Where the books of shelves are, as the file system tells
 *
 * By two attributes that every user may read of what he may read: of a file,
 * user.LFS.Books: the places of its books in the FAM; user.LFS.Groups: how many
 * books each interleave group has.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "err.h"

#define PLACES_GROUPS_MAX 128U

struct places_group {
	uint32_t ig;
	uint32_t first; /* its first book in the FAM */
	uint32_t books;
};

struct places {
	uint64_t book_size;
	uint32_t books; /* in all */
	uint32_t n_groups;
	struct places_group groups[PLACES_GROUPS_MAX];
};

/* Books that follow each other in the FAM. */
struct places_run {
	uint32_t first;
	uint32_t n;
};

/**
 * places_of_system() - Learn the groups
 * @path:	A file, or the root, of the file system
 * @ret:	Set on success only
 */
int places_of_system(const char *path, struct places *ret, struct err *e);

/**
 * places_of_file() - Where the books of a file are
 * @path:	A file
 * @p:		Of its file system
 * @ret_runs:	For free(); in the order of the file, each within one group
 * @ret_n:	How many
 */
int places_of_file(const char *path, const struct places *p,
		   struct places_run **ret_runs, size_t *ret_n, struct err *e);

/* The group of a book that is in the FAM. */
const struct places_group *places_group(const struct places *p, uint32_t book);

/* Its logical address. */
uint64_t places_lza(const struct places *p, uint32_t book);

/* For tests: the texts of the two attributes. -EINVAL: they are no such. */
int places_parse_groups(const char *text, struct places *p);
int places_parse_books(const char *text, const struct places *p,
		       struct places_run **ret_runs, size_t *ret_n);
