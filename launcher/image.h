/* SPDX-License-Identifier: MIT */

/* image.h - The image that the nodes start from */
#pragma once

#include <errno.h>
#include <limits.h>

#include "err.h"

/* fame-image has failed and said why. */
#define IMAGE_SAID (-ECANCELED)

struct image {
	char dir[PATH_MAX];
	char kernel[PATH_MAX + 16];
	char initramfs[PATH_MAX + 16];
	char root[PATH_MAX + 16]; /* file system of a node's disk; "" = none */
	char append[512];	  /* for the kernel's command line; may be "" */
};

/**
 * image_get() - Have fame-image build it, or find it built
 * @profile:	Name or file
 * @ret_image:	Set on success
 * @e:		Said only if fame-image could not say it itself
 *
 * fame-image shows its progress and its errors on our standard error.
 *
 * Return: 0, IMAGE_SAID, or another negative errno
 */
int image_get(const char *profile, struct image *ret_image, struct err *e);

/* The files of a directory that is one; its other fields are empty. */
void image_set_dir(struct image *i, const char *dir);

/**
 * image_program() - Run "fame-image COMMAND [OPTION] --profile PROFILE"
 * @option:	NULL = none
 * @buf: @size:	Its standard output, ending with a NUL
 *
 * Return: its exit status, 128 + the signal that ended it, or a negative errno
 */
int image_program(const char *command, const char *option, const char *profile,
		  char *buf, size_t size);
