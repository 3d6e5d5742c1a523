/* SPDX-License-Identifier: MIT */

/* loop.h - The event loop: libevent, with what every program of ours needs
 *
 * One thread, one loop. Signals and the ends of children are events like any
 * other.
 */
#pragma once

#include <event2/buffer.h>
#include <event2/event.h>
#include <sys/types.h>

static inline void cleanup_event_base(struct event_base **b)
{
	if (*b)
		event_base_free(*b);
}

#define CLEANUP_EVENT_BASE __attribute__((cleanup(cleanup_event_base)))

static inline void cleanup_evbuffer(struct evbuffer **b)
{
	if (*b)
		evbuffer_free(*b);
}

#define CLEANUP_EVBUFFER __attribute__((cleanup(cleanup_evbuffer)))

/* A new loop; NULL = no memory. */
struct event_base *loop_new(void);

struct loop_child;
typedef void (*loop_child_fn)(pid_t pid, int status, void *arg);

/**
 * loop_child_watch() - Call back once when a child ends
 * @base:	Loop
 * @pid:	Child of this process; reaped by the watch
 * @pidfd:	Of @pid; owned by the watch from now on, also on failure
 * @fn: @arg:	Called with the status as spawn_status() gives it; the watch is
 *		gone then
 * @ret_watch:	To end it early by loop_child_unwatch(); may be NULL
 */
int loop_child_watch(struct event_base *base, pid_t pid, int pidfd,
		     loop_child_fn fn, void *arg,
		     struct loop_child **ret_watch);

/* Ends the watch without a call; the child is not reaped. NULL is fine. */
void loop_child_unwatch(struct loop_child *w);

/**
 * loop_stop_on_signals() - Leave the loop on SIGINT, SIGTERM and SIGHUP
 * @base:	Loop
 *
 * The events live as long as the process. SIGPIPE is ignored besides.
 */
int loop_stop_on_signals(struct event_base *base);

/**
 * loop_ready() - Tell whoever started this program that it works now
 * @fd:		Descriptor it gave for that, -1 = none; closed
 */
int loop_ready(int fd);
