/* SPDX-License-Identifier: MIT */

/* progress.c - How far a build is */

#include "progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "log.h"

#define BAR_WIDTH 24
#define REDRAW_MS 100

static uint64_t now_ms(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

void progress_init(struct progress *p, int fd)
{
	memset(p, 0, sizeof(*p));
	p->terminal = isatty(fd) == 1;
	p->start_ms = now_ms();
}

const char *progress_bytes(uint64_t bytes, char *buf, size_t size)
{
	(void)snprintf(buf, size, "%" PRIu64 ".%" PRIu64 " MB", bytes / 1000000,
		       bytes / 100000 % 10);
	return buf;
}

static void draw_line(struct progress *p)
{
	uint64_t done = atomic_load(&p->done);
	uint64_t shown = done > p->total ? p->total : done;
	char bar[BAR_WIDTH + 1], a[32], b[32];
	size_t fill;

	if (!p->total) {
		(void)fprintf(stderr, "\r\033[K%s ...", p->phase);
		return;
	}
	fill = (size_t)(shown * BAR_WIDTH / p->total);
	memset(bar, '-', BAR_WIDTH);
	memset(bar, '#', fill);
	bar[BAR_WIDTH] = '\0';
	(void)fprintf(stderr, "\r\033[K%-10s [%s] %s of %s", p->phase, bar,
		      progress_bytes(shown, a, sizeof(a)),
		      progress_bytes(p->total, b, sizeof(b)));
}

void progress_phase(struct progress *p, const char *phase, uint64_t total)
{
	uint64_t now = now_ms();
	char b[32];

	if (p->phase)
		log_debug("%s took %" PRIu64 " ms", p->phase,
			  now - p->phase_ms);
	p->phase = phase;
	p->phase_ms = now;
	p->total = total;
	atomic_store(&p->done, 0);
	if (p->terminal) {
		p->drawn_ms = 0;
		progress_draw(p);
	} else if (total) {
		log_info("%s, %s", phase, progress_bytes(total, b, sizeof(b)));
	} else {
		log_info("%s", phase);
	}
}

void progress_draw(struct progress *p)
{
	uint64_t now = now_ms();

	if (!p->terminal || !p->phase ||
	    (p->drawn && now - p->drawn_ms < REDRAW_MS))
		return;
	draw_line(p);
	p->drawn = true;
	p->drawn_ms = now;
}

void progress_clear(struct progress *p)
{
	if (p->drawn)
		(void)fputs("\r\033[K", stderr);
	p->drawn = false;
}

uint64_t progress_elapsed(const struct progress *p)
{
	return now_ms() - p->start_ms;
}
