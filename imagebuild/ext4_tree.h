/* SPDX-License-Identifier: MIT */

/* ext4_tree.h - Write a tree as an ext4 file system
 *
 * Files belong to root unless the notes say otherwise, and what they are
 * otherwise is in the tree: modes, links, contents, "user." attributes. Times
 * are no later than the newest file of the packages, so that the hour of the
 * build does not show.
 */
#pragma once

#include "err.h"
#include "ext4.h"
#include "owners.h"
#include "strv.h"

struct ext4_tree {
	int root; /* the tree */
	const struct owners *owners;
	/* Names without a slash in front: what is in these directories, and
	 * these themselves, are left out.
	 */
	const char *const *empty;
	const char *const *absent;
	struct ext4_conf conf;
};

/**
 * ext4_tree_write() - Write the image
 * @t:		What
 * @path:	Of a file that does not exist
 * @e:		What is wrong, with the way out
 */
int ext4_tree_write(const struct ext4_tree *t, const char *path, struct err *e);
