/* SPDX-License-Identifier: MIT */

/* memory.h - The shared memory that all clients map
 *
 * Its size is that of the device's BAR 2, which QEMU wants to be a power of
 * two: it aborts on any other. So it is checked here, at the start and before
 * each client is given it.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "err.h"

#define MEMORY_SIZE_MIN 4096ULL

/* Where it comes from: one of the three. */
struct memory_conf {
	const char *shm_name; /* of shm_open(3) */
	const char *dir;      /* where a nameless file is made */
	int fd;		      /* one that is there; -1 = none */
	uint64_t size;	      /* 0 = that of @fd */
};

/**
 * memory_open() - Make it, or take what is there
 * @conf:	From where
 * @ret_fd:	The caller's
 * @ret_size:	In bytes
 * @e:		Why not
 */
int memory_open(const struct memory_conf *conf, int *ret_fd, uint64_t *ret_size,
		struct err *e);

/* Whether it is still what it was: 0, or a negative errno and why not. */
int memory_check(int fd, uint64_t size, struct err *e);
