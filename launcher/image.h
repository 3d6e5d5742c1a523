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
