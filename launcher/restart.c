/* SPDX-License-Identifier: MIT */

/* restart.c - Whether, and when, a service that has ended is started again */

#include "restart.h"

int restart_delay(struct restart *r, int64_t now_ms)
{
	unsigned known = r->n < RESTART_MAX ? r->n : RESTART_MAX;
	unsigned lately = 0;
	int ms = RESTART_DELAY_MIN_MS;

	for (unsigned i = 0; i < known; i++)
		if (now_ms - r->ends[i] < RESTART_WINDOW_MS)
			lately++;
	r->ends[r->n++ % RESTART_MAX] = now_ms;
	if (lately == 0)
		return 0;
	if (lately >= RESTART_MAX - 1)
		return -1;
	for (unsigned i = 1; i < lately && ms < RESTART_DELAY_MAX_MS; i++)
		ms *= 2;
	return ms < RESTART_DELAY_MAX_MS ? ms : RESTART_DELAY_MAX_MS;
}
