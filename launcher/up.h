/* SPDX-License-Identifier: MIT */

/* up.h - Start a cluster, for "up" and "run" */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "err.h"
#include "plan.h"
#include "settings.h"

/* 1..TOPOLOGY_NODES_MAX, or the sentence that says so. */
int up_parse_nodes(const char *text, unsigned *ret_n, struct err *e);

/* topology_init(), and the sentence if it fails. */
int up_plan_books(struct plan *p, struct err *e);

/* What a start is remembered by, whether it succeeds or not. */
struct up {
	int hold;	/* connection that holds the cluster; -1 = none does */
	pid_t guardian; /* of the cluster, a child of ours; 0 = none */
	bool fam_made;	/* the shared memory was not there before */
	int signal;	/* that interrupted it, see interrupt_die(); 0 = none */
};

/**
 * up_start() - Start a cluster, and wait until every node is ready
 * @s:		Loaded
 * @n:		Number of nodes
 * @life:	How long it lasts
 * @up:		Noted there; its connection is made if @life says so
 * @e:		Why not; then nothing runs
 *
 * After an interrupt nothing of this start is left: neither processes nor files,
 * but what was there before. One that failed leaves its logs.
 *
 * Return: 0, -EINTR with @up's signal set, or another negative errno
 */
int up_start(const struct settings *s, unsigned n, enum plan_life life,
	     struct up *up, struct err *e);
