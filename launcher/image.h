/* SPDX-License-Identifier: MIT */

/* image.h - The image that the nodes start from */
#pragma once

#include <limits.h>

#include "err.h"

struct image {
	char dir[PATH_MAX];
	char kernel[PATH_MAX + 16];
	char initramfs[PATH_MAX + 16];
};

/**
 * image_get() - Have fame-image build it, or find it built
 * @profile:	Name or file
 * @ret_image:	Set on success
 * @e:		Said only if fame-image could not say it itself
 *
 * fame-image shows its progress and its errors on our standard error.
 *
 * Return: 0, or a negative errno; -EIO = fame-image has said why
 */
int image_get(const char *profile, struct image *ret_image, struct err *e);
