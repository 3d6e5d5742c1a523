/* SPDX-License-Identifier: MIT */

/* disk.h - A node's disk: what it has written, over the image's
 *
 * disks/NODE.qcow2 in the cluster's directory. It stays between runs, and is
 * good for the image that it was made for only.
 */
#pragma once

#include <stdint.h>

#include "cluster.h"
#include "err.h"

/**
 * disk_check() - Are the disks that are there made for this image?
 * @c:		Cluster; the lock must be ours
 * @root:	The image's file system
 * @e:		Which is not, and the way out
 */
int disk_check(const struct cluster *c, const char *root, struct err *e);

/**
 * disk_open() - Open a node's disk, made if it is not there
 * @c: @node:	Whose
 * @root:	The image's file system
 * @ret_fd:	For QEMU, owned by the caller
 */
int disk_open(const struct cluster *c, const char *node, const char *root,
	      int *ret_fd);

/* Bytes that it takes on the host; 0 = there is none. */
uint64_t disk_bytes(const struct cluster *c, const char *node);

/* Throw all disks away. */
int disk_remove_all(const struct cluster *c, struct err *e);
