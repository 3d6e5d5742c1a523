/* SPDX-License-Identifier: MIT */

/* librarian.h - Starting fame-librarian for a cluster */
#pragma once

#include <stdint.h>

#include "librarian_admin.h"
#include "service.h"
#include "topology.h"

/**
 * librarian_register() - Have the database know the cluster's topology
 * @c:		Cluster, locked
 * @t:		Nodes and books
 * @e:		Says why on failure
 *
 * Another number of nodes than last time is fine: shelves keep their places in
 * the memory.
 */
int librarian_register(const struct cluster *c, const struct topology *t,
		       struct err *e);

/**
 * librarian_start() - Start it, on a loopback port of its own
 * @s: @base: @cluster: @ops: @arg:	As for service_start()
 * @fam_fd:		The shared memory; borrowed
 * @ret_admin:		The connection that gives orders
 * @ret_port:		On 127.0.0.1
 * @e:			Says why on failure
 */
int librarian_start(struct service *s, struct event_base *base,
		    const struct cluster *cluster, int fam_fd,
		    const struct service_ops *ops, void *arg,
		    struct librarian_admin **ret_admin, uint16_t *ret_port,
		    struct err *e);
