/* SPDX-License-Identifier: MIT */

/* settings.h - What the environment says */
#pragma once

#include <limits.h>

#include "err.h"

struct settings {
	char cache[PATH_MAX]; /* absolute */
	const char *mirror;   /* FAME_MIRROR; NULL = not set */
	const char *proxy;    /* FAME_PROXY; NULL = not set */
};

/**
 * settings_load() - Read FAME_MIRROR, FAME_PROXY, XDG_CACHE_HOME and HOME
 *
 * Return: 0, or -EINVAL with a sentence
 */
int settings_load(struct settings *ret, struct err *e);
