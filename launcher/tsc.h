/* SPDX-License-Identifier: MIT */

/* tsc.h - How fast this host's time-stamp counter counts
 *
 * TCG lets a guest read the host's counter. A guest that measures its speed by
 * itself, against emulated timers, while others have the host's processors, is
 * wrong by any factor, and so are its clocks from then on: it is told instead.
 */
#pragma once

#include <stdint.h>

/* In kHz; 0 = this host has no such counter. Takes 10 ms. */
uint32_t tsc_khz(void);
