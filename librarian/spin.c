/* SPDX-License-Identifier: MIT */

/* spin.c - The loop, which stays awake for a moment after it had work
 *
 * A client that works asks again some ten microseconds after its reply. To go
 * to sleep and be woken in between costs as much as to serve the request, more
 * where the CPU is a virtual one. So after work the sockets are looked at
 * without sleeping, for SPIN_NS at most since the last request.
 *
 * That is only worth it if a request comes. Whenever none does, the next turns
 * go to sleep at once: one, then twice as many each time, up to SKIP_MAX. So
 * clients that ask now and then cost next to nothing. With one CPU the client
 * could not even run meanwhile; then it is never done.
 */

#include "spin.h"

#include <errno.h>
#include <event2/event.h>
#include <sched.h>
#include <stdbool.h>
#include <time.h>

#define SPIN_NS 40000
#define SKIP_MAX 64U

static int64_t now_ns(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

/* Return: 1 = it was worth it, 0 = it was not, -EIO */
static int stay_awake(struct event_base *base, const uint64_t *work)
{
	int64_t last = now_ns(), now;
	uint64_t first = *work, seen = first;

	do {
		if (event_base_loop(base, EVLOOP_NONBLOCK) < 0)
			return -EIO;
		now = now_ns();
		if (*work != seen) {
			seen = *work;
			last = now;
		}
	} while (now - last < SPIN_NS && !event_base_got_break(base));
	return seen != first;
}

static bool has_cpus(void)
{
	cpu_set_t set;

	return sched_getaffinity(0, sizeof(set), &set) == 0 &&
	       CPU_COUNT(&set) > 1;
}

int spin_dispatch(struct event_base *base, const uint64_t *work)
{
	const bool may = has_cpus();
	unsigned failures = 0, skip = 0;

	for (;;) {
		uint64_t seen = *work;
		int r;

		if (event_base_loop(base, EVLOOP_ONCE) < 0)
			return -EIO;
		if (event_base_got_break(base))
			return 0;
		if (!may || *work == seen)
			continue;
		if (skip) {
			skip--;
			continue;
		}
		r = stay_awake(base, work);
		if (r < 0)
			return r;
		if (event_base_got_break(base))
			return 0;
		failures = r ? 0 : failures * 2 + 1;
		failures = failures < SKIP_MAX ? failures : SKIP_MAX;
		skip = failures;
	}
}
