/* SPDX-License-Identifier: MIT */

/* lease.h - Handles of nodes that are not heard of any more
 *
 * Where no supervisor says that a node has ended, its silence does: a node
 * that has sent no request for as long as the lease is counts as dead. What it
 * held is released as by node_down, its connections are closed. It must not
 * touch the memory any more: if it can live on without its Librarian, the
 * lease has to be longer than whatever fences it needs.
 */
#pragma once

#include <stdint.h>

struct librarian;

/* Seconds on a clock that nobody sets. */
int64_t lease_now(void);

/**
 * lease_check() - Release what silent nodes hold
 * @lib:	Not in a transaction
 * @now:	lease_now()
 *
 * Return: 0 or a negative errno; what was not released will be tried again
 */
int lease_check(struct librarian *lib, int64_t now);
