/* SPDX-License-Identifier: MIT */

/* check.h - Can an image be built here, and is it there already? */
#pragma once

#include <time.h>

#include "checkup.h"
#include "settings.h"

/* The most that is waited for a mirror. */
#define CHECK_MIRROR_S 10

/**
 * check_run() - Look at all that a build needs
 * @s:		Settings
 * @profile:	Of which image
 * @ret:	Rows are added; its image is set if it is in the cache. What only
 *		a build needs is then no problem
 */
void check_run(const struct settings *s, const char *profile,
	       struct checkup *ret);

/* ---- the pure parts ---- */

/**
 * check_clock() - Compare this host's clock with another's
 * @now:	This clock
 * @other:	A time that has passed for sure, and was heard just now if @heard
 * @heard:	From a mirror; it may be an old answer of a proxy's
 */
void check_clock(time_t now, time_t other, bool heard, struct checkup *ret);

/* Are @free bytes for a cache enough for a build that takes @needed? */
void check_space(const char *cache, uint64_t free, uint64_t needed,
		 struct checkup *ret);
