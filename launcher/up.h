/* SPDX-License-Identifier: MIT */

/* up.h - Start a cluster, for "up" and "run" */
#pragma once

#include "err.h"
#include "plan.h"
#include "settings.h"

/* 1..TOPOLOGY_NODES_MAX, or the sentence that says so. */
int up_parse_nodes(const char *text, unsigned *ret_n, struct err *e);

/**
 * up_start() - Start a cluster, and wait until every node is ready
 * @s:		Loaded
 * @n:		Number of nodes
 * @life:	How long it lasts
 * @ret_fd:	The connection that holds it, if @life says so
 * @e:		Why not; then nothing runs
 */
int up_start(const struct settings *s, unsigned n, enum plan_life life,
	     int *ret_fd, struct err *e);
