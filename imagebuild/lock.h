/* SPDX-License-Identifier: MIT */

/* lock.h - Only the packages of an image that was built before
 *
 * The lock is the image.json of that image, on this or another machine: names,
 * versions and SHA-256 of its packages. A mirror offers what is newest, so it is
 * compared, not asked for: an older state is had from a mirror that keeps them.
 */
#pragma once

#include "err.h"
#include "index.h"

/**
 * lock_check() - Compare packages that were chosen with a lock
 * @path:	The lock
 * @set: @n:	The packages
 * @e:		Which one differs, and the way out
 *
 * Return: 0, -ESTALE (they differ), -EBADMSG (not an image.json), ...
 */
int lock_check(const char *path, const struct package *const *set, size_t n,
	       struct err *e);
