/* SPDX-License-Identifier: MIT */

/* keepers.h - The two processes that keep a cluster up
 *
 * Their numbers are in the cluster's lock: "GUARDIAN SUPERVISOR\n", decimal.
 * They mean something only as long as it is held.
 */
#pragma once

#include <sys/types.h>

#include "cluster.h"

/* Their names. */
#define KEEPERS_GUARDIAN "fame-guardian"
#define KEEPERS_SUPERVISOR "fame-supervisor"

/**
 * keepers_note() - Write down who they are
 * @c:		Cluster; the lock must be held
 *
 * Return: 0 or a negative errno
 */
int keepers_note(const struct cluster *c, pid_t guardian, pid_t supervisor);

/**
 * keepers_wake() - Let them go on, should somebody have stopped them
 * @c:		Cluster that runs
 */
void keepers_wake(const struct cluster *c);
