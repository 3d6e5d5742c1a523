/* SPDX-License-Identifier: MIT */

/* dir.h - An open directory
 *
 * Its names are asked for as they are read, a page at a time, and kept until it
 * is closed or read from the start again: so a position in it stays what it is,
 * whatever happens to the directory meanwhile. One thread at a time.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "request.h"

struct lfs;

struct dir_entry {
	uint64_t id;
	uint32_t mode;
	char *name;
};

/**
 * struct dir - An open directory
 * @id: @parent_id:	Its own number and that of the one above it
 * @complete:		There is nothing behind the @n entries
 */
struct dir {
	uint64_t id;
	uint64_t parent_id;
	bool complete;
	struct dir_entry *entries;
	size_t n, room;
};

/* @ret_dir: for dir_close() */
int dir_open(struct lfs *lfs, const struct caller *who, uint64_t id,
	     struct dir **ret_dir);

/* NULL is fine; returns NULL. */
struct dir *dir_close(struct dir *d);

/* Forget what was read. */
void dir_rewind(struct dir *d);

/**
 * dir_get() - An entry
 * @d:		Directory
 * @lfs: @who:	To ask for it
 * @pos:	0 and 1 are "." and "..", then names in their order
 * @ret_entry:	Borrowed from the directory; NULL = there are no more
 */
int dir_get(struct dir *d, struct lfs *lfs, const struct caller *who,
	    size_t pos, const struct dir_entry **ret_entry);
