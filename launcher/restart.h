/* SPDX-License-Identifier: MIT */

/* restart.h - Whether, and when, a service that has ended is started again
 *
 * At once the first time, later after a pause that doubles. One that ends
 * RESTART_MAX times within RESTART_WINDOW_MS is not worth another try.
 */
#pragma once

#include <stdint.h>

#define RESTART_MAX 12
#define RESTART_WINDOW_MS 60000
#define RESTART_DELAY_MIN_MS 100 /* the second time */
#define RESTART_DELAY_MAX_MS 3000

struct restart {
	int64_t ends[RESTART_MAX]; /* a ring: when it ended lately */
	unsigned n;		   /* ends that were counted */
};

/**
 * restart_delay() - It has ended
 * @r:		All zero at first
 * @now_ms:	CLOCK_MONOTONIC
 *
 * Return: milliseconds to wait, or -1: give up
 */
int restart_delay(struct restart *r, int64_t now_ms);
