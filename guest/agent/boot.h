/* SPDX-License-Identifier: MIT */

/* boot.h - The node's init and the agent: who waits for whom
 *
 * Services that need the identity wait for the agent: it tells an init that
 * asked to be told (sd_notify(3)). The host waits for the services: a file
 * that init makes, when all it had to start runs, stands for them.
 */
#pragma once

#include <event2/event.h>

struct boot_wait;

/**
 * boot_wait_new() - Wait for a file
 * @base:	Loop
 * @path:	In a directory that exists
 * @ready:	Called once, from the loop, also if it is there already; may
 *		free the wait
 * @ret_w:	To be freed by boot_wait_free()
 */
int boot_wait_new(struct event_base *base, const char *path,
		  void (*ready)(void *arg), void *arg,
		  struct boot_wait **ret_w);

struct boot_wait *boot_wait_free(struct boot_wait *w);

/**
 * boot_notify() - The identity is there
 * @socket:	Of init: a path, or '@' and a name; NULL = nobody asks
 *
 * Return: 0 or a negative errno
 */
int boot_notify(const char *socket);
