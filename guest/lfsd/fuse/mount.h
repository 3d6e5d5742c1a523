/* SPDX-License-Identifier: MIT */

/* mount.h - Put the file system in its place, beneath what a dead one has left */
#pragma once

#include "err.h"

/**
 * mount_make() - A file system that nobody sees yet
 * @ret_dev:	/dev/fuse, to be served; the caller's
 * @ret_mount:	For mount_place(); the caller's
 * @e:		Why not
 */
int mount_make(int *ret_dev, int *ret_mount, struct err *e);

/**
 * mount_place() - Have it seen
 * @mount:	Of mount_make()
 * @path:	A directory; or a FUSE mount without life, whose place it takes
 * @e:		Why not
 */
int mount_place(int mount, const char *path, struct err *e);

/* The opposite. Open files and mappings may hold it: then it goes when they do. */
void mount_remove(const char *path);
