/* SPDX-License-Identifier: MIT */

/* images.h - The images in the cache, for commands: they say what is wrong */
#pragma once

#include <stddef.h>

#include "settings.h"
#include "strv.h"

/* Paths of all images in the cache; no cache is no image. */
int images_list(struct strv *ret);

/**
 * images_find() - An image by its directory or its key
 * @which:	What the user says
 * @buf: @size:	Its path
 *
 * Return: 0, or a negative errno, which has been told
 */
int images_find(const char *which, char *buf, size_t size);
