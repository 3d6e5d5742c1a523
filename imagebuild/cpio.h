/* SPDX-License-Identifier: MIT */

/* cpio.h - An archive in the "newc" format, as the kernel unpacks it
 *
 * The same entries give the same bytes: sorted by name, times 0, inode numbers
 * counted, everything owned by root.
 */
#pragma once

#include <stddef.h>
#include <sys/types.h>

struct cpio_entry {
	char *name; /* "bin/busybox", no slash in front */
	mode_t mode;
	char *data; /* of a link: its target */
	size_t len;
	unsigned int major; /* of a device */
	unsigned int minor;
};

struct cpio {
	struct cpio_entry *v;
	size_t n;
	size_t room;
};

/**
 * cpio_add_file() - Add a file
 * @name:	With or without a slash in front; its directories are added too
 * @mode:	Permissions
 * @data: @len:	From malloc(); *@data is taken over and set to NULL
 *
 * Return: 0, -EEXIST (the name is there already), -EINVAL (no name, or with
 *         ".."), -ENOTDIR, -EFBIG, -ENOMEM
 */
int cpio_add_file(struct cpio *c, const char *name, mode_t mode, char **data,
		  size_t len);

/* The same for the rest. A directory that is there already is no error. */
int cpio_add_dir(struct cpio *c, const char *name, mode_t mode);
int cpio_add_link(struct cpio *c, const char *name, const char *target);
int cpio_add_device(struct cpio *c, const char *name, mode_t mode,
		    unsigned int major, unsigned int minor);

/* NULL = there is none of that name. */
const struct cpio_entry *cpio_find(const struct cpio *c, const char *name);

/* Write the archive; sorts the entries. */
int cpio_write(struct cpio *c, int fd);

void cpio_deinit(struct cpio *c);
