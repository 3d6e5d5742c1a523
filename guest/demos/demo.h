/* SPDX-License-Identifier: MIT */

/* demo.h - What the demonstration programs have in common */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "err.h"

/* A shelf, or any file, mapped as a whole. */
struct mapping {
	int fd;
	void *addr;
	size_t size;
};

#define MAPPING_NONE     \
	{                \
		.fd = -1 \
	}

/**
 * mapping_open() - Map an existing file
 * @path:	File
 * @flags:	O_RDONLY or O_RDWR
 * @min:	The least size it must have
 * @ret_m:	For mapping_close()
 * @e:		Why not
 */
int mapping_open(const char *path, int flags, size_t min, struct mapping *ret_m,
		 struct err *e);

/* The same for writing, after giving it that size; makes it if needed. */
int mapping_create(const char *path, size_t size, struct mapping *ret_m,
		   struct err *e);

/* Idempotent. */
void mapping_close(struct mapping *m);

#define CLEANUP_MAPPING __attribute__((cleanup(mapping_close)))

/* Nanoseconds of a clock that only moves forward. */
uint64_t now_ns(void);
