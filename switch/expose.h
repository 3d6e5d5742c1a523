/* SPDX-License-Identifier: MIT */

/* expose.h - Ports of torms that lead to the host's loopback, from a bridge
 *
 * In user mode libslirp does this (rewrite.h). Behind a bridge, torms is an
 * address of the kernel's: a socket listens there, made in that network, and
 * each connection is joined with one that is made here, in the host's.
 */
#pragma once

#include <stdint.h>

#include "pollset.h"
#include "rewrite.h"

#define EXPOSE_CONNECTIONS_MAX 256U

struct expose;

/**
 * expose_new() - Serve listening sockets
 * @ports:	Which they are
 * @listeners:	As many sockets; owned, also on failure
 *
 * Return: NULL = no memory
 */
struct expose *expose_new(const struct rewrite *ports,
			  const int listeners[static REWRITE_MAX]);

/* NULL is fine. */
void expose_free(struct expose *x);

/* What a turn waits for, and what came of it. */
void expose_fill(struct expose *x, struct pollset *set);
void expose_dispatch(struct expose *x, const struct pollset *set);
