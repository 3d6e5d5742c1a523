/* SPDX-License-Identifier: MIT */

/* file.h - Whole files and directories */
#pragma once

#include <dirent.h>
#include <limits.h>
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

/* A file that is written beside the one that it is to replace. */
struct file_aside {
	int fd; /* to be written to */
	int dirfd;
	const char *path;
	char tmp[PATH_MAX];
};

/**
 * file_begin_aside() - The same for what is written piece by piece
 * @a:			To be given to file_end_aside() after a success
 * @dirfd: @path:	As for openat(2); borrowed until the end
 * @mode:		Permissions
 */
int file_begin_aside(struct file_aside *a, int dirfd, const char *path,
		     mode_t mode);

/**
 * file_end_aside() - Give it its name, or remove it
 * @error:	What writing led to: 0, or a negative errno, which is returned
 */
int file_end_aside(struct file_aside *a, int error);

/* write(2) until all is written. */
int write_all(int fd, const void *data, size_t len);

/* The same with pwrite(2). */
int write_all_at(int fd, const void *data, size_t len, off_t at);

/* pread(2) until @len bytes are there, or the file's end: less is no error. */
int read_at(int fd, void *buf, size_t len, off_t at, size_t *ret_len);

/* What may as well be a hole. */
bool is_zeros(const void *data, size_t len);

/**
 * file_open_dir() - opendir(3) below a directory
 * @dirfd: @path:	As for openat(2); a symbolic link is not followed
 *
 * Return: for closedir(3); NULL = errno says why
 */
DIR *file_open_dir(int dirfd, const char *path);

/* mkdir -p; @mode is that of every directory made. */
int mkdir_parents(const char *path, mode_t mode);

/* rm -rf; what is not there is no error. Does not follow links. */
int remove_tree(int dirfd, const char *path);
