/* SPDX-License-Identifier: MIT */

/* progress.h - How far a build is
 *
 * On a terminal one line that is redrawn: phase, bar, bytes. Elsewhere a plain
 * line for each phase. Only the main thread calls; other threads add to the
 * counter.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct progress {
	bool terminal;
	bool drawn; /* the cursor is behind an unfinished line */
	const char *phase;
	uint64_t total; /* 0 = not known: no bar */
	_Atomic uint64_t done;
	uint64_t phase_ms; /* when it started */
	uint64_t start_ms;
	uint64_t drawn_ms;
};

/* @fd: where lines go, for the question whether it is a terminal. */
void progress_init(struct progress *p, int fd);

/**
 * progress_phase() - Begin the next phase
 * @phase:	What is done now; borrowed until the next one
 * @total:	Bytes to come; 0 = not known
 */
void progress_phase(struct progress *p, const char *phase, uint64_t total);

/* From any thread. */
static inline void progress_add(struct progress *p, uint64_t bytes)
{
	atomic_fetch_add_explicit(&p->done, bytes, memory_order_relaxed);
}

/* Take bytes back that have to come again. */
static inline void progress_sub(struct progress *p, uint64_t bytes)
{
	atomic_fetch_sub_explicit(&p->done, bytes, memory_order_relaxed);
}

/* Redraw, at most ten times a second. */
void progress_draw(struct progress *p);

/* Leave a clean line for what is printed next. */
void progress_clear(struct progress *p);

/* Milliseconds since progress_init(). */
uint64_t progress_elapsed(const struct progress *p);

/* Bytes for people: "160.2 MB". */
const char *progress_bytes(uint64_t bytes, char *buf, size_t size);
