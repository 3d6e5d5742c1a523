/* SPDX-License-Identifier: MIT */

/* librarian.h - Starting fame-librarian for a cluster */
#pragma once

#include <stdbool.h>
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

/* What it serves with; the descriptors are borrowed. */
struct librarian_conf {
	int listener;	 /* of librarian_listen() */
	int admin;	 /* its end of the administrator's connection */
	int fam;	 /* the shared memory */
	const char *lmp; /* ADDRESS:PORT to be watched at, or "" */
	bool again;	 /* nodes run already, and keep what they hold */
};

/**
 * librarian_listen() - A loopback port of its own
 *
 * Kept while the cluster lives: whoever connects while no Librarian runs waits
 * for the next one.
 *
 * @ret_fd:	The caller's
 * @ret_port:	On 127.0.0.1
 * @e:		Says why on failure
 */
int librarian_listen(int *ret_fd, uint16_t *ret_port, struct err *e);

/**
 * librarian_start() - Start it
 * @s: @base: @cluster: @ops: @arg:	As for service_start()
 * @conf:	Borrowed
 * @e:		Says why on failure
 */
int librarian_start(struct service *s, struct event_base *base,
		    const struct cluster *cluster,
		    const struct librarian_conf *conf,
		    const struct service_ops *ops, void *arg, struct err *e);
