/* SPDX-License-Identifier: MIT */

/* doorbell.h - The nodes' doorbells: eventfds, mailbox, server
 *
 * Theory of operation. All that has to outlive a node's machine and the server
 * is kept here: each node's eventfds, which are the same in all its lives, the
 * mailbox, and the server's ends of the machines' connections. So a node that
 * is started again is rung by those who never heard that it was away, and a
 * server that is started again goes on with machines that notice nothing.
 * Rings do not pass through the server; it tells who connects, machines and
 * programs of the host, of the others.
 */
#pragma once

#include <event2/event.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "cluster.h"
#include "restart.h"
#include "service.h"
#include "topology.h"

struct doorbell_ops {
	void (*ready)(void *arg);
	/* It has ended, as asked, or for good. */
	void (*ended)(void *arg, int status, bool asked);
};

struct doorbell {
	unsigned vectors; /* of each node; 0 = there are no doorbells */
	struct service service;

	/* private */
	unsigned n_nodes;
	struct event_base *base;
	const struct cluster *cluster;
	const struct doorbell_ops *ops;
	void *arg;
	int mailbox;
	uint8_t *mapped;
	int listener;		/* where programs of the host connect */
	int owner;		/* proto_doorbell.h; nonblocking */
	struct event *writable; /* the owner's channel, to go on telling */
	int *eventfds;
	unsigned given; /* of the eventfds, to this server */
	struct doorbell_client {
		int fd;		 /* the server's end; -1 = no machine yet */
		bool to_tell;	 /* to this server */
		bool introduced; /* a server was told of it before */
	} clients[TOPOLOGY_NODES_MAX];
	unsigned starts;
	struct restart restart;
	struct event *again;
};

/**
 * doorbell_init() - Everything but the server
 * @d:		Result; has a deinit in any case
 * @vectors:	0 = nothing; everything else does nothing then
 * @n_nodes:	Nodes
 * @base: @cluster: @ops:	Borrowed
 * @e:		Says why on failure
 */
int doorbell_init(struct doorbell *d, unsigned vectors, unsigned n_nodes,
		  struct event_base *base, const struct cluster *cluster,
		  const struct doorbell_ops *ops, void *arg, struct err *e);
void doorbell_deinit(struct doorbell *d);

/* Start the server; it is started again when it ends by itself. */
int doorbell_start(struct doorbell *d, struct err *e);
void doorbell_stop(struct doorbell *d);

static inline bool doorbell_is_ready(const struct doorbell *d)
{
	return !d->vectors || d->service.ready;
}

/**
 * doorbell_connect() - A connection for a node's new machine
 * @ret_fd:	For its device; -1 if there are no doorbells. The caller's
 */
int doorbell_connect(struct doorbell *d, unsigned node, int *ret_fd);

/**
 * doorbell_ring() - Ring a node from the host
 * @vector:	From 0
 *
 * Return: 0, -ENODEV without doorbells, -ERANGE if there is no such vector
 */
int doorbell_ring(struct doorbell *d, unsigned node, unsigned vector);

/* {"vectors": n, "socket": path, "rings": [{"from": n, "to": n, "count": n}]}:
 * 0 is the host, and those who never rang are not there. NULL = no memory
 */
json_t *doorbell_document(const struct doorbell *d);
