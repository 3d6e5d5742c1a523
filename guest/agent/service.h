/* SPDX-License-Identifier: MIT */

/* service.h - The file system's daemon, lfsd: start, watch, restart, stop */
#pragma once

#include <event2/event.h>

#include "identity.h"

#define SERVICE_LFSD "/sbin/lfsd"

struct service;

struct service_ops {
	/* The start that service_start() asked for has come to its end: */
	void (*ready)(void *arg);
	void (*failed)(void *arg, const char *why);
	/* The stop that service_stop() asked for has */
	void (*stopped)(void *arg);
};

/**
 * service_new() - Nothing runs yet
 * @base:	Loop
 * @program:	SERVICE_LFSD, or a stand-in; borrowed
 * @ops: @arg:	Callbacks, from the loop only
 * @ret_s:	To be freed by service_free()
 */
int service_new(struct event_base *base, const char *program,
		const struct service_ops *ops, void *arg,
		struct service **ret_s);

/* Asks what runs to end, and does not wait for it. */
struct service *service_free(struct service *s);

/**
 * service_start() - Mount the file system for a node
 * @s:		Service; one that runs is stopped first
 * @node_id:	Of this node
 * @l:		Where the Librarian is, and the mount point; copied
 *
 * Either ready() or failed() follows. Once it was ready it is started again
 * whenever it ends.
 */
void service_start(struct service *s, unsigned node_id,
		   const struct identity_librarian *l);

/* Unmount and end it; stopped() follows. */
void service_stop(struct service *s);
