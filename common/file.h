/* SPDX-License-Identifier: MIT */

/* file.h - Whole files and directories */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/**
 * file_read() - Read a whole file
 * @dirfd: @path:	As for openat(2)
 * @max:		Largest size
 * @ret_text:		The bytes and a 0 behind them; free() it
 * @ret_len:		Without that 0; may be NULL
 *
 * Return: 0, -EFBIG if it is larger than @max, or what open and read say
 */
int file_read(int dirfd, const char *path, size_t max, char **ret_text,
	      size_t *ret_len);

/**
 * file_write() - Replace a file as a whole, or not at all
 * @dirfd: @path:	As for openat(2)
 * @data: @len:		Its new bytes
 * @mode:		Permissions
 *
 * Writes a temporary file beside it, makes it durable and renames it.
 */
int file_write(int dirfd, const char *path, const void *data, size_t len,
	       mode_t mode);

/* write(2) until all is written. */
int write_all(int fd, const void *data, size_t len);

/* mkdir -p; @mode is that of every directory made. */
int mkdir_parents(const char *path, mode_t mode);

/* rm -rf; what is not there is no error. Does not follow links. */
int remove_tree(int dirfd, const char *path);
