/* SPDX-License-Identifier: MIT */

/* spin.h - The loop, which stays awake for a moment after it had work */
#pragma once

#include <stdint.h>

struct event_base;

struct spin {
	/* Counts up whenever there was work that may have more after it. */
	const uint64_t *work;
	/* Looks where the next work is likely to come, and does it. It is not
	 * called by the loop, whose event_base_loopbreak() it must not use.
	 */
	void (*poke)(void *arg);
	void *arg;
};

/**
 * spin_dispatch() - event_base_dispatch(), ready for the next request
 * @base:	Loop; ended by event_base_loopbreak() or event_base_loopexit()
 * @spin:	What to be ready for
 *
 * Return: 0 or -EIO
 */
int spin_dispatch(struct event_base *base, const struct spin *spin);
