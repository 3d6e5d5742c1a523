/* SPDX-License-Identifier: MIT */

/* node.h - A node: its QEMU, its channels, its state
 *
 * What happens to a node when is one table in node.c.
 */
#pragma once

#include <event2/event.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "agent_link.h"
#include "cluster.h"
#include "console.h"
#include "identity.h"
#include "plan.h"

enum node_state {
	NODE_DOWN,     /* no machine */
	NODE_BOOTING,  /* machine runs, nothing heard of its agent */
	NODE_STARTING, /* the agent has its identity */
	NODE_READY,
	NODE_PAUSED,   /* its machine gets no processor */
	NODE_STOPPING, /* asked to power off */
	NODE_FAILED,   /* will not get ready; its machine is being ended */
	NODE_STATE_COUNT,
};

struct node;

struct node_ops {
	/* A new state; @n->why says the reason of NODE_FAILED. */
	void (*changed)(void *arg, struct node *n);
	/* Its machine is no more; told before the new state. */
	void (*ended)(void *arg, struct node *n);
};

struct node {
	unsigned id; /* 1.. */
	char name[TOPOLOGY_NAME_MAX];
	enum node_state state;
	char why[256]; /* one line; empty = nothing went wrong */
	char token[IDENTITY_TOKEN_MAX];
	pid_t pid;		 /* QEMU, 0 = none */
	int status;		 /* of the last QEMU, as spawn_status() */
	bool again;		 /* down, because it was told to reboot */
	struct timespec since;	 /* CLOCK_MONOTONIC: in this state */
	struct console *console; /* NULL: no machine has been started */
	struct agent_link *agent;

	/* private */
	const struct plan *plan;
	const struct cluster *cluster;
	struct event_base *base;
	const struct node_ops *ops;
	void *arg;
	struct loop_child *watch;
	struct event *timer;
	unsigned stop_step;
};

const char *node_state_name(enum node_state s);

/**
 * node_init() - A node that is down
 * @n:		Result
 * @id:		Its number
 * @plan: @cluster: @base:	Borrowed
 * @ops: @arg:	Told about changes, from within node_start() and node_stop()
 *		too
 */
int node_init(struct node *n, unsigned id, const struct plan *plan,
	      const struct cluster *cluster, struct event_base *base,
	      const struct node_ops *ops, void *arg);

/**
 * node_start() - Start its machine
 * @n:		Node without a machine; it gets another token than last time
 * @lan:	QEMU's end of its network port; borrowed
 * @doorbell:	QEMU's end of its doorbells' connection; -1 = none; borrowed
 * @e:		Says why on failure
 */
int node_start(struct node *n, int lan, int doorbell, struct err *e);

/* Power off; a node that is down stays so. Never waits. */
void node_stop(struct node *n);

/* A node that is ready gets no processor until it is resumed; others stay as
 * they are.
 */
void node_pause(struct node *n);
void node_resume(struct node *n);

/* Its machine ends at once, as it is; the node is down then. */
void node_destroy(struct node *n);

/* SIGKILL to its machine, as if the host had failed. */
void node_crash(struct node *n);

static inline bool node_runs(const struct node *n)
{
	return n->pid != 0;
}

void node_deinit(struct node *n);
