/* SPDX-License-Identifier: MIT */

/* gate.h - A port of this host whose connections lead into the cluster
 *
 * Each one becomes a tunnel (tunnel.h): of a fixed target, or of the one that
 * the client asks for by SOCKS. There are at most GATE_CONNECTIONS_MAX at once;
 * further clients wait in the socket's queue.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>

#include "cluster.h"
#include "endpoint.h"
#include "err.h"
#include "tunnel.h"

/* The supervisor takes 256 clients, and other verbs need some. */
#define GATE_CONNECTIONS_MAX 128U

struct gate_conf {
	struct cluster *cluster; /* opened; borrowed */
	struct endpoint_host at;
	/* node NULL: SOCKS */
	struct tunnel_target target;
	/* With SOCKS: the status document's nodes, and who connects to what is
	 * none of them; borrowed.
	 */
	const json_t *nodes;
	const char *via;
};

struct gate;

/**
 * gate_new() - Listen
 * @base:	Loop; left when the cluster has ended
 * @conf:	What; copied
 * @ret:	The gate
 * @e:		Says why on failure
 */
int gate_new(struct event_base *base, const struct gate_conf *conf,
	     struct gate **ret, struct err *e);

/* Where it listens, the number of the port worked out. */
const struct endpoint_host *gate_at(const struct gate *g);

/* Whether the cluster has ended. */
bool gate_is_over(const struct gate *g);

/* Returns NULL; NULL is fine. */
struct gate *gate_free(struct gate *g);
