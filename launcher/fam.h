/* SPDX-License-Identifier: MIT */

/* fam.h - The file that is the shared memory */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "err.h"

/**
 * fam_parse_size() - The size that the user wants
 * @text:	"4G"
 * @ret_size:	A power of two from 1G to 512G
 *
 * Return: 0 or -EINVAL
 */
int fam_parse_size(const char *text, uint64_t *ret_size);

/**
 * fam_look() - Is what is there no shared memory? Changes nothing
 * @path: @want:	As for fam_open(), which sees more
 * @e:			Says why on failure
 */
int fam_look(const char *path, uint64_t want, struct err *e);

/**
 * fam_open() - Open the file, made and sized if it is not there
 * @path:	Its absolute path
 * @want:	Size in bytes; 0 = that of the existing file, or @otherwise
 * @otherwise:	Size of a new file when @want is 0
 * @ret_fd:	Open for reading and writing; owned by the caller
 * @ret_size:	Its size
 * @ret_made:	It was not there before, or empty
 * @e:		Says why on failure
 *
 * It is locked as long as any process has the descriptor: two clusters on one
 * memory would overwrite each other. QEMU would make a missing file itself, map a part of a larger one, take a
 * directory for a place of private memory, and die by SIGBUS on a full file
 * system. So all of that is looked at here.
 */
int fam_open(const char *path, uint64_t want, uint64_t otherwise, int *ret_fd,
	     uint64_t *ret_size, bool *ret_made, struct err *e);
