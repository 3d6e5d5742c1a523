/* SPDX-License-Identifier: MIT */

/* path.h - Composing paths in fixed buffers */
#pragma once

#include <stddef.h>

/**
 * path_format() - printf into a buffer
 *
 * Return: 0, or -ENAMETOOLONG if it does not fit
 */
__attribute__((format(printf, 3, 4))) int path_format(char *buf, size_t size,
						      const char *fmt, ...);
