/* SPDX-License-Identifier: MIT */

/* gc.h - Remove from the cache what no image needs
 *
 * Images are somebody's: they stay until they are removed by name. All else is
 * there to build the next one faster: of that, packages that no image was made
 * of go, and lists of packages, the kept tree, logs, and requests that lead to
 * no image.
 */
#pragma once

#include <stdint.h>

#include "err.h"

/**
 * gc_run() - Do it
 * @cache:	Of store_init()
 * @ret_bytes:	What it freed
 *
 * Return: 0, -EBUSY while something is being built, ...
 */
int gc_run(const char *cache, uint64_t *ret_bytes, struct err *e);
