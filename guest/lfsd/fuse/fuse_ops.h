/* SPDX-License-Identifier: MIT */

/* fuse_ops.h - FUSE requests, turned into calls of lfs.h */
#pragma once

#include <fuse_lowlevel.h>
#include <stdbool.h>

struct lfs;

/**
 * struct ops_data - What the operations work on
 * @lfs:		File system
 * @no_passthrough:	Set in init if the kernel does not offer it
 */
struct ops_data {
	struct lfs *lfs;
	bool no_passthrough;
};

/* For fuse_session_new(), with a struct ops_data as user data. */
extern const struct fuse_lowlevel_ops fuse_ops;
