/* SPDX-License-Identifier: MIT */

/* kernel.h - The kernel of a tree, as QEMU boots it fastest */
#pragma once

#include <stddef.h>

#include "err.h"

#define KERNEL_VERSION_MAX 128
#define KERNEL_FILE_MAX (64U << 20)   /* bzImage */
#define KERNEL_IMAGE_MAX (256U << 20) /* vmlinux */

/**
 * kernel_find() - Version of the one kernel in the tree
 * @root:	Tree
 * @ret_version:	"6.12.118+deb13-cloud-amd64"
 *
 * Return: 0, -ENOENT (none), -EEXIST (several), ...
 */
int kernel_find(int root, char ret_version[KERNEL_VERSION_MAX], struct err *e);

/**
 * kernel_payload() - Find the compressed kernel inside a bzImage (pure)
 * @image: @len:	The file
 * @ret_at: @ret_len:	Where the compressed bytes are
 *
 * Return: 0, or -EBADMSG
 */
int kernel_payload(const void *image, size_t len, size_t *ret_at,
		   size_t *ret_len);

/**
 * kernel_extract() - Write the tree's kernel as vmlinux, an ELF file
 * @root: @version:	Tree and its kernel
 * @to:			Path of the new file
 */
int kernel_extract(int root, const char *version, const char *to,
		   struct err *e);
