/* SPDX-License-Identifier: MIT */

/* spin.c - The loop, which stays awake for a moment after it had work
 *
 * A client that works asks again some ten microseconds after its reply. To ask
 * the loop costs a third of serving that, and to go to sleep and be woken in
 * between as much as serving it, more where the CPU is a virtual one. So after
 * work the socket where the next request is likely is looked at directly, and if
 * there is none, all sockets without sleeping, for SPIN_NS at most since the
 * last one.
 *
 * The latter is only worth it if a request comes. Whenever none does, the next
 * turns go to sleep at once: one, then twice as many each time, up to SKIP_MAX.
 * So clients that ask now and then cost next to nothing. With one CPU the client
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
#define POKES 8U /* until the loop is asked again */

static int64_t now_ns(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static bool is_over(struct event_base *base)
{
	return event_base_got_break(base) || event_base_got_exit(base);
}

/* As long as there is work; others wait meanwhile, so not for long. */
static void poke(const struct spin *spin)
{
	uint64_t seen;
	unsigned n = 0;

	do {
		seen = *spin->work;
		spin->poke(spin->arg);
	} while (*spin->work != seen && ++n < POKES);
}

/* Return: 1 = it was worth it, 0 = it was not, -EIO */
static int stay_awake(struct event_base *base, const struct spin *spin)
{
	uint64_t first = *spin->work, seen = first;
	int64_t last = now_ns(), now;

	do {
		if (event_base_loop(base, EVLOOP_NONBLOCK) < 0)
			return -EIO;
		if (*spin->work != seen)
			poke(spin);
		now = now_ns();
		if (*spin->work != seen) {
			seen = *spin->work;
			last = now;
		}
	} while (now - last < SPIN_NS && !is_over(base));
	return seen != first;
}

static bool has_cpus(void)
{
	cpu_set_t set;

	return sched_getaffinity(0, sizeof(set), &set) == 0 &&
	       CPU_COUNT(&set) > 1;
}

int spin_dispatch(struct event_base *base, const struct spin *spin)
{
	const bool may = has_cpus();
	unsigned failures = 0, skip = 0;

	for (;;) {
		uint64_t seen = *spin->work;
		int r;

		if (event_base_loop(base, EVLOOP_ONCE) < 0)
			return -EIO;
		if (is_over(base))
			return 0;
		if (*spin->work == seen)
			continue;
		poke(spin);
		if (!may || skip) {
			skip -= skip > 0;
			continue;
		}
		r = stay_awake(base, spin);
		if (r < 0)
			return r;
		if (is_over(base))
			return 0;
		failures = r ? 0 : failures * 2 + 1;
		failures = failures < SKIP_MAX ? failures : SKIP_MAX;
		skip = failures;
	}
}
