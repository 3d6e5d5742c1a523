/* SPDX-License-Identifier: MIT */

/* auth.h - Whether a client is the node that it says it is
 *
 * token: hello with the token that the administrator has set for the node.
 * address: the last number of an IPv4 address is the node's, as FAME lays its
 * network out. none: whatever the client says.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "proto_librarian.h"

#define AUTH_TOKEN_MIN 16
#define AUTH_TOKEN_MAX 128

enum auth_mode {
	AUTH_NONE,
	AUTH_ADDRESS,
	AUTH_TOKEN,
	AUTH_MODE_COUNT,
};

struct auth {
	enum auth_mode mode;
	char tokens[LIBRARIAN_NODES_MAX + 1][AUTH_TOKEN_MAX + 1];
};

/* Return: 0, or -EINVAL for a name that is none. */
int auth_mode_parse(const char *name, enum auth_mode *ret_mode);

/**
 * auth_set_token() - From now on @node_id proves itself by this token alone
 * @token:	Hexadecimal, AUTH_TOKEN_MIN to AUTH_TOKEN_MAX digits; NULL: no
 *		token is good
 *
 * Return: 0, or -EINVAL
 */
int auth_set_token(struct auth *a, uint32_t node_id, const char *token);

/* Compares in constant time; with another mode than AUTH_TOKEN always true. */
bool auth_token_good(const struct auth *a, uint32_t node_id, const char *token);

/* Whether this is the machine itself. */
bool auth_address_local(const struct sockaddr *addr);

/* The node that has this address by AUTH_ADDRESS; 0 = none. */
uint32_t auth_address_node(const struct sockaddr *addr);
