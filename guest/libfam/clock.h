/* SPDX-License-Identifier: MIT */

/* clock.h - How long something may still take, in milliseconds */
#pragma once

#include <limits.h>
#include <stdint.h>
#include <time.h>

static inline uint64_t clock_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* What is left of @timeout_ms since @start_ms; INT_MAX if that is -1 */
static inline int clock_left(uint64_t start_ms, int timeout_ms)
{
	uint64_t past = clock_ms() - start_ms;

	if (timeout_ms < 0)
		return INT_MAX;
	return past < (uint64_t)timeout_ms ? timeout_ms - (int)past : 0;
}
