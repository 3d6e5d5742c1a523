/* SPDX-License-Identifier: MIT */

/* spin.h - The loop, which stays awake for a moment after it had work */
#pragma once

#include <stdint.h>

struct event_base;

/**
 * spin_dispatch() - event_base_dispatch(), ready for the next request
 * @base:	Loop; ended by event_base_loopbreak()
 * @work:	Counts up whenever there was work that may have more after it
 *
 * Return: 0 or -EIO
 */
int spin_dispatch(struct event_base *base, const uint64_t *work);
