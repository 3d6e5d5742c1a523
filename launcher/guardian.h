/* SPDX-License-Identifier: MIT */

/* guardian.h - Nothing outlives the supervisor
 *
 * "up" forks the guardian, the guardian forks the supervisor and then only
 * waits. Children of a supervisor that was killed become the guardian's; it
 * kills them, sweeps the cluster directory and lets the lock go. If the
 * guardian is killed, the supervisor gets SIGTERM and does the same by itself.
 * If both are, the children die by their death signal, and the next fame-run
 * that finds the lock free sweeps.
 */
#pragma once

#include "cluster.h"
#include "plan.h"

/**
 * guardian_start() - Put a cluster into the background
 * @plan: @cluster:	Cluster locked; both are used after the fork
 * @listener:		Control socket, listening; closed here
 * @ret_pid:		The guardian, a child of the caller
 *
 * Return: 0 in the caller, or a negative errno. The background processes never
 *         return.
 */
int guardian_start(const struct plan *plan, struct cluster *cluster,
		   int listener, pid_t *ret_pid);
