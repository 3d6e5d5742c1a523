/* SPDX-License-Identifier: MIT */

/* tree.h - A directory that will be the root of a system
 *
 * Theory of operation. Names come from packages and are not trusted. Every
 * name is first brought into a normal form, which refuses absolute names and
 * ".."; then its directory is opened by the kernel with RESOLVE_BENEATH, which
 * follows links such as lib -> usr/lib but refuses any that leads out of the
 * tree, without a race. The last component is only ever made anew, never
 * followed.
 *
 * Several threads may work in one tree, each with its own struct tree.
 */
#pragma once

#include <limits.h>
#include <stddef.h>
#include <sys/types.h>

struct tree {
	int root; /* of the tree; borrowed */
	int dir;  /* the directory opened last; -1 = none */
	char dir_name[PATH_MAX];
};

void tree_init(struct tree *t, int root);
void tree_deinit(struct tree *t);

/**
 * tree_name() - A member's name in normal form
 * @name:	"./usr/bin/x", "usr//bin/./x/"
 * @buf: @size:	Becomes "usr/bin/x"; "" for the root itself
 *
 * Return: 0, -EXDEV (absolute, or it has ".."), -EINVAL (no name at all),
 *         -ENAMETOOLONG
 */
int tree_name(const char *name, char *buf, size_t size);

/* All take names in normal form and return 0 or a negative errno; -EXDEV or
 * -ELOOP: a link on the way leads out of the tree.
 */

/* Make a directory; one that is there, or a link to one, stays as it is. */
int tree_mkdir(struct tree *t, const char *name, mode_t mode);

/* Make all directories that @name is in. */
int tree_mkdir_parents(struct tree *t, const char *name);

/* Make a file, in place of what is there; the descriptor is the caller's. */
int tree_create(struct tree *t, const char *name, int *ret_fd);

/* Make a link; an equal one stays. */
int tree_symlink(struct tree *t, const char *name, const char *target);

/* Make another name for the file @target. */
int tree_link(struct tree *t, const char *name, const char *target);

/**
 * tree_open() - Open a file as the system in the tree would
 * @root:	The tree
 * @path:	Absolute links on the way start at the tree's root
 * @flags:	As for openat(2)
 *
 * Return: a descriptor or a negative errno
 */
int tree_open(int root, const char *path, int flags);

/* Remove a file or directory with all that is in it; fine if it is gone. */
int tree_remove(struct tree *t, const char *name);

/**
 * tree_read() - Read a regular file, found as tree_open() finds it
 * @root: @path:	As there
 * @max:		Largest size
 * @ret_data: @ret_len:	As for file_read()
 *
 * What ran in the tree may have put a link to a file of the host anywhere.
 */
int tree_read(int root, const char *path, size_t max, char **ret_data,
	      size_t *ret_len);
