/* SPDX-License-Identifier: MIT */

/* dns.h - Names of the nodes, and whose business any other name is
 *
 * The cluster's own zone is every single label, everything under its domain,
 * and the addresses of its subnet; that is answered here and never leaves the
 * host. Any other name is for the host's resolvers.
 */
#pragma once

#include "hosts.h"

#define DNS_PORT 53
#define DNS_HEADER 12U
#define DNS_REPLY_MAX 512U /* the most that every client takes */

/* Offsets and codes that the relay needs too. */
#define DNS_ID 0U

enum dns_rcode {
	DNS_NOERROR = 0,
	DNS_FORMERR = 1,
	DNS_SERVFAIL = 2,
	DNS_NXDOMAIN = 3,
	DNS_NOTIMP = 4,
	DNS_REFUSED = 5,
};

enum dns_verdict {
	DNS_DROP,   /* not a query, or not even a header */
	DNS_ANSWER, /* the reply is ready */
	DNS_RELAY,  /* a good query for somebody else */
};

struct dns_reply {
	uint8_t data[DNS_REPLY_MAX];
	size_t len;
};

/**
 * dns_answer() - Answer a query, or tell that others have to
 * @lan:	Names and addresses
 * @query: @len: What the UDP datagram carried
 * @ret_r:	Set with DNS_ANSWER
 */
enum dns_verdict dns_answer(const struct lan *lan, const uint8_t *query,
			    size_t len, struct dns_reply *ret_r);

/**
 * dns_fail() - Answer a query by an error
 * @query: @len: One that dns_answer() said DNS_RELAY to
 */
void dns_fail(const uint8_t *query, size_t len, enum dns_rcode rcode,
	      struct dns_reply *ret_r);

/**
 * dns_same_question() - Is this the answer to that query?
 * @query: @len:	One that dns_answer() said DNS_RELAY to
 * @reply: @reply_len:	Outside data
 *
 * The numbers are compared by the caller.
 */
bool dns_same_question(const uint8_t *query, size_t len, const uint8_t *reply,
		       size_t reply_len);

/**
 * dns_truncate() - Cut a reply to its question and say so in it
 * @reply: @len: One that dns_same_question() accepted
 *
 * Return: its new length
 */
size_t dns_truncate(uint8_t *reply, size_t len);
