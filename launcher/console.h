/* SPDX-License-Identifier: MIT */

/* console.h - A node's serial console: log, last lines, viewers
 *
 * Everything the node prints goes to its log file, which is rotated once it
 * is large, and to every viewer. The last lines are kept for the case that the
 * node fails; a kernel panic among them is reported.
 */
#pragma once

#include <event2/event.h>
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "cluster.h"

struct console;

struct console_viewer {
	/* Bytes the node printed. */
	void (*output)(void *arg, const void *data, size_t len);
	void *arg;
	struct console_viewer *next;
};

/**
 * console_new() - Take over the host's end of a console
 * @base:	Loop
 * @cluster:	Where the log is; borrowed
 * @name:	Of the node; borrowed
 * @fd:		Stream socket; owned by the console, also on failure
 * @panicked:	Called once when the kernel panics
 * @arg:	For @panicked
 * @ret:	The console
 */
int console_new(struct event_base *base, const struct cluster *cluster,
		const char *name, int fd, void (*panicked)(void *arg),
		void *arg, struct console **ret);

/* Returns NULL; NULL is fine. Viewers must be gone. */
struct console *console_free(struct console *c);

void console_attach(struct console *c, struct console_viewer *v);
void console_detach(struct console *c, struct console_viewer *v);

/* Type to the node; bytes that do not fit are dropped. */
void console_input(struct console *c, const void *data, size_t len);

/* Read what is still there: the node has ended. */
void console_drain(struct console *c);

/* Whether the last line that is not empty has this text. */
bool console_last_has(const struct console *c, const char *text);

/* The last lines as a JSON array of strings, printable; NULL = no memory. */
json_t *console_last_lines(const struct console *c);
