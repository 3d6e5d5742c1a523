/* SPDX-License-Identifier: MIT */

/* node.h - What nodes have said of themselves lately
 *
 * Kept in memory: a heartbeat is worth nothing after a restart, and is not
 * worth a durable commit before it.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "proto_librarian.h"

enum node_status {
	NODE_OFFLINE,
	NODE_ACTIVE,
	NODE_STATUS_COUNT,
};

struct node {
	time_t heartbeat; /* last sign of life; 0 = none */
	int64_t alive;	  /* the same by lease_now() */
	bool released;	  /* it holds nothing since */
	/* as the node reports it */
	int64_t status;	   /* enum node_status */
	int64_t mc_status; /* of its media controllers, likewise */
	int64_t cpu_percent;
	int64_t rootfs_percent;
	int64_t mem_percent;
	int64_t network_in; /* bytes/s */
	int64_t network_out;
};

struct nodes {
	struct node node[LIBRARIAN_NODES_MAX + 1]; /* by node_id */
};
