/* SPDX-License-Identifier: MIT */

/* selfdir.h - Where our other programs and data are
 *
 * Programs stand beside each other. Data is in the source tree when this
 * program runs from its build directory (ROOT/build/bin or a variant such as
 * ROOT/build/asan/bin), else in the installed place.
 */
#pragma once

#include <stddef.h>

/**
 * selfdir_program() - Path of one of our programs
 * @name:	"fame-image"
 * @buf: @size:	Where the path goes, PATH_MAX is enough
 *
 * Return: 0, -ENOENT if it is not there, or another negative errno
 */
int selfdir_program(const char *name, char *buf, size_t size);

/**
 * selfdir_data() - Path of a data file or directory
 * @name:	Relative to the source tree: "guest", "imagebuild/profiles"
 * @buf: @size:	Where the path goes
 *
 * Return: as above
 */
int selfdir_data(const char *name, char *buf, size_t size);
