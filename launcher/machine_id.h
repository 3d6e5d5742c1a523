/* SPDX-License-Identifier: MIT */

/* machine_id.h - Which machine a node is, as machine-id(5) means it
 *
 * The same at every start, and in no image: a cluster draws one in its
 * directory, whose last byte is the node's number.
 */
#pragma once

#include "cluster.h"
#include "err.h"

#define MACHINE_ID_FILE "machine-id"
#define MACHINE_ID_MAX 33 /* hex digits and a 0 */

/**
 * machine_id_get() - The cluster's, made if need be
 * @c:		Cluster; its lock is ours
 * @ret_id:	Set on success
 * @e:		Says why on failure
 */
int machine_id_get(const struct cluster *c, char ret_id[static MACHINE_ID_MAX],
		   struct err *e);

/* The node's; returns @buf. */
const char *machine_id_of_node(const char *cluster, unsigned node,
			       char buf[static MACHINE_ID_MAX]);
