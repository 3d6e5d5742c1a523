/* SPDX-License-Identifier: MIT */

/* relay.h - Names that are not the cluster's: asked of the host's resolvers
 *
 * Each question has a socket of its own, connected to the server that is
 * asked, and a random number: the kernel takes answers only from there, and a
 * guess has to hit the number, the port and the question. A server that does
 * not answer or is not there is followed by the next one. The table is
 * bounded, and no node can fill it alone.
 */
#pragma once

#include <stdint.h>

#include "pollset.h"
#include "switch.h"

#define RELAY_QUERIES_MAX 128U
#define RELAY_PER_PORT 32U
#define RELAY_QUERY_LEN_MAX 512U
#define RELAY_TRIES 4U
#define RELAY_TRY_MS 1500

struct relay;

/* The answer, with the client's own number in it; borrowed. */
typedef void (*relay_answer_fn)(void *arg, const struct dns_client *to,
				const uint8_t *reply, size_t len);

/**
 * relay_new() - An empty table
 * @resolv_conf:	Path, "/etc/resolv.conf"; borrowed
 * @port:		Of the servers: 53
 * @fn: @arg:		Gets all answers
 *
 * Return: NULL = no memory
 */
struct relay *relay_new(const char *resolv_conf, uint16_t port,
			relay_answer_fn fn, void *arg);

/* Forgets open questions. NULL is fine. */
void relay_free(struct relay *r);

/**
 * relay_ask() - Ask a question for a node
 * @from:	Who asks
 * @query: @len: What dns_answer() said DNS_RELAY to
 * @now_ms:	Of a clock that does not jump
 *
 * May answer at once, with an error.
 */
void relay_ask(struct relay *r, const struct dns_client *from,
	       const uint8_t *query, size_t len, int64_t now_ms);

/* Add its descriptors to the turn; shorten the timeout (-1 = for ever). */
void relay_fill(struct relay *r, struct pollset *s, int64_t now_ms,
		int *timeout_ms);

/* Take answers, give up on servers that owe one. */
void relay_dispatch(struct relay *r, const struct pollset *s, int64_t now_ms);
