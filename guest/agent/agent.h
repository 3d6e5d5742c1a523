/* SPDX-License-Identifier: MIT */

/* agent.h - The agent: what the host asks for, and in which order it is done */
#pragma once

#include <event2/event.h>

struct agent;

struct agent_config {
	const char *interface;	/* that gets the node's address */
	const char *lfsd;	/* program */
	const char *ssh_dir;	/* where keys go */
	const char *hook;	/* see hook.h */
	const char *ready_file; /* see boot.h; NULL = ready without */
};

/**
 * agent_new() - Serve a host
 * @base:	Loop
 * @port:	Open port, non-blocking; owned by the agent, also on failure
 * @config:	Borrowed
 * @ret_a:	To be freed by agent_free()
 *
 * Return: 0 or -ENOMEM
 */
int agent_new(struct event_base *base, int port,
	      const struct agent_config *config, struct agent **ret_a);

struct agent *agent_free(struct agent *a);
