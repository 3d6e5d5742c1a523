/* SPDX-License-Identifier: MIT */

/* identity.h - What a node is told about itself (AGENT_IDENTITY)
 *
 * Images are the same for all nodes and hold no secret: name, addresses,
 * clock, randomness, the token for the Librarian and ssh keys come from here at
 * every start.
 */
#pragma once

#include <stdint.h>

#include "ssh_keys.h"
#include "topology.h"

#define IDENTITY_TOKEN_BYTES 32
#define IDENTITY_TOKEN_MAX (2 * IDENTITY_TOKEN_BYTES + 1)

/* Fresh randomness as hex text. */
int identity_random(char buf[static IDENTITY_TOKEN_MAX]);

struct identity {
	const struct topology *topology;
	unsigned node;		     /* 1..n_nodes */
	const char *token;	     /* the node's secret for the Librarian */
	const char *seed;	     /* randomness for its kernel, hex */
	int64_t time_ns;	     /* now, since the epoch */
	const struct ssh_keys *keys; /* NULL, or none in it = no ssh */
	const char *user;	     /* NULL = root alone */
	const char *password;	     /* of @user; NULL, "" = none */
};

/**
 * identity_json() - Build the message
 *
 * Return: JSON text to free(), NULL = no memory
 */
char *identity_json(const struct identity *id);
