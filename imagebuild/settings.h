/* SPDX-License-Identifier: MIT */

/* settings.h - What the environment says */
#pragma once

#include <limits.h>
#include <stdint.h>

#include "err.h"

struct settings {
	char cache[PATH_MAX]; /* absolute */
	const char *mirror;   /* FAME_MIRROR; NULL = not set */
	const char *proxy;    /* FAME_PROXY; NULL = not set */
	uint64_t disk_size;   /* FAME_VFS_GBYTES in bytes; 0 = not set */
};

/**
 * settings_load() - Read FAME_*, XDG_CACHE_HOME and HOME
 *
 * Return: 0, or -EINVAL with a sentence
 */
int settings_load(struct settings *ret, struct err *e);
