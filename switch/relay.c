/* SPDX-License-Identifier: MIT */

/* relay.c - Names that are not the cluster's: asked of the host's resolvers */

#include "relay.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>

#include "cleanup.h"
#include "dns.h"
#include "resolvconf.h"

#define REPLY_LEN_MAX 4096U

struct query {
	int fd;	  /* -1 = the entry is free */
	int slot; /* in the turn's pollset */
	struct dns_client from;
	uint16_t id; /* as sent */
	unsigned tries;
	int64_t until_ms; /* of this try */
	size_t len;
	uint8_t data[RELAY_QUERY_LEN_MAX]; /* the client's, with its number */
};

struct relay {
	const char *path;
	relay_answer_fn fn;
	void *arg;
	struct resolvconf conf;
	unsigned open; /* entries in use */
	struct query queries[RELAY_QUERIES_MAX];
};

struct relay *relay_new(const char *resolv_conf, uint16_t port,
			relay_answer_fn fn, void *arg)
{
	struct relay *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->path = resolv_conf;
	r->conf.port = port;
	r->fn = fn;
	r->arg = arg;
	for (unsigned i = 0; i < RELAY_QUERIES_MAX; i++)
		r->queries[i].fd = -1;
	return r;
}

void relay_free(struct relay *r)
{
	if (!r)
		return;
	for (unsigned i = 0; i < RELAY_QUERIES_MAX; i++)
		close_fd(&r->queries[i].fd);
	free(r);
}

static void fail(struct relay *r, const struct dns_client *to,
		 const uint8_t *query, size_t len)
{
	struct dns_reply reply;

	dns_fail(query, len, DNS_SERVFAIL, &reply);
	r->fn(r->arg, to, reply.data, reply.len);
}

static void finish(struct relay *r, struct query *q)
{
	close_fd(&q->fd);
	r->open--;
}

/* A new socket, number and packet. */
static int send_to(struct query *q, const struct resolver *server)
{
	CLEANUP_FD int fd = -1;
	uint8_t packet[RELAY_QUERY_LEN_MAX];

	fd = socket(server->addr.ss_family,
		    SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	if (connect(fd, (const struct sockaddr *)&server->addr, server->len) <
	    0)
		return -errno;
	if (getrandom(&q->id, sizeof(q->id), 0) != sizeof(q->id))
		return -EIO;
	memcpy(packet, q->data, q->len);
	put_be16(packet + DNS_ID, q->id);
	if (send(fd, packet, q->len, MSG_NOSIGNAL) < 0)
		return -errno;
	close_fd(&q->fd);
	q->fd = take_fd(&fd);
	return 0;
}

/* Go to the next server, or end with an error. */
static void try_next(struct relay *r, struct query *q, int64_t now_ms)
{
	while (q->tries < RELAY_TRIES) {
		unsigned server = q->tries++ % r->conf.n;

		if (send_to(q, &r->conf.servers[server]) == 0) {
			q->until_ms = now_ms + RELAY_TRY_MS;
			return;
		}
	}
	finish(r, q);
	fail(r, &q->from, q->data, q->len);
}

static bool same_client(const struct dns_client *a, const struct dns_client *b)
{
	return a->port == b->port && a->sport == b->sport && a->ip == b->ip &&
	       !memcmp(a->mac, b->mac, ETH_ALEN);
}

enum place {
	PLACE_FREE,
	PLACE_NONE,
	PLACE_ASKED
};

/* An entry for a new question, unless the client only repeats itself. */
static enum place find_place(struct relay *r, const struct dns_client *from,
			     const uint8_t *query, size_t len,
			     struct query **ret_q)
{
	struct query *free_entry = NULL;
	unsigned own = 0;

	for (unsigned i = 0; i < RELAY_QUERIES_MAX; i++) {
		struct query *q = &r->queries[i];

		if (q->fd < 0) {
			free_entry = q;
			continue;
		}
		if (same_client(&q->from, from) && q->len == len &&
		    !memcmp(q->data, query, len))
			return PLACE_ASKED;
		own += q->from.port == from->port;
	}
	if (!free_entry || own >= RELAY_PER_PORT)
		return PLACE_NONE;
	*ret_q = free_entry;
	return PLACE_FREE;
}

void relay_ask(struct relay *r, const struct dns_client *from,
	       const uint8_t *query, size_t len, int64_t now_ms)
{
	enum place place = PLACE_NONE;
	struct query *q = NULL;

	if (len <= RELAY_QUERY_LEN_MAX)
		place = find_place(r, from, query, len, &q);
	if (place == PLACE_ASKED)
		return;
	if (place == PLACE_NONE) {
		fail(r, from, query, len);
		return;
	}
	*q = (struct query){ .fd = -1, .slot = -1, .from = *from, .len = len };
	memcpy(q->data, query, len);
	resolvconf_update(&r->conf, r->path);
	r->open++;
	try_next(r, q, now_ms);
}

void relay_fill(struct relay *r, struct pollset *s, int64_t now_ms,
		int *timeout_ms)
{
	if (!r->open)
		return;
	for (unsigned i = 0; i < RELAY_QUERIES_MAX; i++) {
		struct query *q = &r->queries[i];
		int64_t ms = q->until_ms > now_ms ? q->until_ms - now_ms : 0;

		if (q->fd < 0)
			continue;
		q->slot = pollset_add(s, q->fd, POLLIN);
		if (*timeout_ms < 0 || ms < *timeout_ms)
			*timeout_ms = (int)ms;
	}
}

/* Return: 1 = answered, 0 = wait on, negative = this server does not work */
static int take_answer(struct relay *r, struct query *q)
{
	uint8_t reply[REPLY_LEN_MAX];
	ssize_t n = recv(q->fd, reply, sizeof(reply), MSG_TRUNC);
	size_t len;

	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	len = (size_t)n < sizeof(reply) ? (size_t)n : sizeof(reply);
	if (len < DNS_HEADER || get_be16(reply + DNS_ID) != q->id ||
	    !dns_same_question(q->data, q->len, reply, len))
		return 0;
	if ((size_t)n > sizeof(reply))
		len = dns_truncate(reply, len);
	put_be16(reply + DNS_ID, get_be16(q->data + DNS_ID));
	finish(r, q);
	r->fn(r->arg, &q->from, reply, len);
	return 1;
}

void relay_dispatch(struct relay *r, const struct pollset *s, int64_t now_ms)
{
	if (!r->open)
		return;
	for (unsigned i = 0; i < RELAY_QUERIES_MAX; i++) {
		struct query *q = &r->queries[i];
		int got = 0;

		if (q->fd < 0)
			continue;
		if (pollset_revents(s, q->slot))
			got = take_answer(r, q);
		q->slot = -1;
		if (got < 0 || (got == 0 && now_ms >= q->until_ms))
			try_next(r, q, now_ms);
	}
}
