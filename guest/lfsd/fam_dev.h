/* SPDX-License-Identifier: MIT */

/* fam_dev.h - The calls of fam.ko */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "err.h"

struct fam_dev {
	int fd;
	uint64_t base; /* physical address of the shared memory */
	uint64_t size; /* of it */
};

/**
 * fam_dev_open() - Open the device and check that we understand each other
 * @path:	"/dev/fam"
 * @ret_fam:	For fam_dev_close()
 * @e:		Why not
 */
int fam_dev_open(const char *path, struct fam_dev *ret_fam, struct err *e);

/* Idempotent. */
void fam_dev_close(struct fam_dev *fam);

/**
 * fam_dev_serve() - Be the daemon that fam.ko asks (fam_ioctl.h)
 * @fam:	Device
 * @ret_fd:	Owned by the caller
 *
 * Return: 0, -EBUSY if there is another one
 */
int fam_dev_serve(const struct fam_dev *fam, int *ret_fd);

/**
 * fam_dev_shelf() - A descriptor of a shelf
 * @fam:	Device
 * @id:		The shelf's
 * @existing:	-ENOENT unless something on this node still holds it
 * @ret_fd:	Owned by the caller
 */
int fam_dev_shelf(const struct fam_dev *fam, uint64_t id, bool existing,
		  int *ret_fd);

/**
 * fam_shelf_set() - Give a shelf its size and books
 * @fd:		From fam_dev_shelf()
 * @size:	Bytes
 * @shift:	log2 of the size of a book
 * @books: @n:	Flat numbers; none = loads and stores get SIGBUS, reads EIO
 *
 * Nothing on this node reaches a book that left the shelf afterwards.
 */
int fam_shelf_set(int fd, uint64_t size, unsigned shift, const uint32_t *books,
		  uint32_t n);

/**
 * struct fam_state - What fam.ko has of a shelf
 * @size:	Bytes
 * @mapped:	By anything on this node
 * @mtime_ns:	Of the last write(2) on this node; 0 = none since it was cleared
 */
struct fam_state {
	uint64_t size;
	bool mapped;
	int64_t mtime_ns;
};

/* @clear: forget the time. */
int fam_shelf_state(int fd, bool clear, struct fam_state *ret_state);
