/* SPDX-License-Identifier: MIT */

/* supervisor.h - The process that a running cluster is
 *
 * Parent of everything else; see docs/ARCHITECTURE.md for the picture.
 */
#pragma once

#include <event2/event.h>
#include <jansson.h>
#include <stdbool.h>

#include "cluster.h"
#include "doorbell.h"
#include "network.h"
#include "node.h"
#include "plan.h"
#include "restart.h"
#include "service.h"

enum supervisor_state {
	SUPERVISOR_STARTING,
	SUPERVISOR_READY,    /* every node has been ready */
	SUPERVISOR_STOPPING, /* on request */
	SUPERVISOR_FAILED,   /* being stopped since something failed */
	SUPERVISOR_STATE_COUNT,
};

struct control;
struct librarian_admin;

/* How it has come to an end. */
enum supervisor_end {
	SUPERVISOR_ENDED,     /* in an orderly way */
	SUPERVISOR_ABANDONED, /* whoever held the cluster has gone */
	SUPERVISOR_UNWANTED,  /* the same, before all nodes were ready */
};

struct supervisor {
	struct event_base *base;
	struct event *step; /* run advance() from the loop */
	struct event *signals[3];
	const struct plan *plan;
	const struct cluster *cluster;
	enum supervisor_state state;
	char failure[512];	    /* one line; empty = nothing failed */
	const struct node *culprit; /* whose console tells more, or NULL */
	struct timespec since;	    /* CLOCK_REALTIME: its start */
	struct node nodes[TOPOLOGY_NODES_MAX];
	struct service librarian;
	struct network net;
	struct librarian_admin *admin; /* NULL: none runs */
	int librarian_fd;	       /* where it listens; outlives it */
	struct restart restart;	       /* of the Librarian */
	struct event *again;	       /* restart_librarian() */
	struct control *control;
	struct doorbell doorbell;
	bool started; /* the nodes were, once */
	enum supervisor_end end;
};

const char *supervisor_state_name(enum supervisor_state s);

/**
 * supervisor_run() - Be the supervisor until the cluster has ended
 * @plan: @cluster:	Borrowed
 * @listener:		Control socket, listening; owned
 *
 * Return: enum supervisor_end, or a negative errno; logged
 */
int supervisor_run(const struct plan *plan, const struct cluster *cluster,
		   int listener);

/* End the cluster; goes on in the loop. Again: no-op. */
void supervisor_stop(struct supervisor *s);

/* The same; there is nobody any more who wanted it. */
void supervisor_abandon(struct supervisor *s);

/**
 * supervisor_start_node() - Start a node's machine
 * @s:		Supervisor
 * @n:		Node without one
 * @e:		Says why on failure
 *
 * What its predecessor held at the Librarian has gone with it.
 */
int supervisor_start_node(struct supervisor *s, struct node *n, struct err *e);

/* The node of that name, or NULL. */
struct node *supervisor_node(struct supervisor *s, const char *name);
