/* SPDX-License-Identifier: MIT */

/* worktree.h - The tree that a build works on, and what is known about it
 *
 * A directory with
 *
 *	root/	the tree itself
 *	owners	notes about its files: owners.h
 *	epoch	seconds since 1970: when the newest file of its packages was
 *		made
 *
 * so that all of it is kept for the next build, or none.
 */
#pragma once

#include <limits.h>
#include <stdint.h>

struct worktree {
	char dir[PATH_MAX];
	char root_path[PATH_MAX];
	int root;   /* -1 = not open */
	int owners; /* open for reading and appending */
	int64_t epoch;
};

#define WORKTREE_NULL                    \
	{                                \
		.root = -1, .owners = -1 \
	}

/* All return 0 or a negative errno. */

/* Say where it is; @w is WORKTREE_NULL before. */
int worktree_init(struct worktree *w, const char *dir);

/* Make an empty one, and open it. */
int worktree_make(struct worktree *w);

/* Note the epoch: @newest. */
int worktree_date(struct worktree *w, int64_t newest);

/* Open one that is there, made and dated. */
int worktree_open(struct worktree *w);

void worktree_deinit(struct worktree *w);
