/* SPDX-License-Identifier: MIT */

/* identity.h - What a node is told about itself (AGENT_IDENTITY)
 *
 * Images are the same for all nodes and hold no secret: name, addresses,
 * clock, randomness and the token for the Librarian come from here at every
 * start.
 */
#pragma once

#include <stdint.h>

#include "topology.h"

#define IDENTITY_TOKEN_BYTES 32
#define IDENTITY_TOKEN_MAX (2 * IDENTITY_TOKEN_BYTES + 1)

/* Fresh randomness as hex text. */
int identity_random(char buf[static IDENTITY_TOKEN_MAX]);

/**
 * identity_json() - Build the message
 * @t:		Cluster
 * @node:	1..n_nodes
 * @token:	The node's secret for the Librarian
 * @seed:	Randomness for its kernel, hex
 * @time_ns:	Now, since the epoch
 *
 * Return: JSON text to free(), NULL = no memory
 */
char *identity_json(const struct topology *t, unsigned node, const char *token,
		    const char *seed, int64_t time_ns);
