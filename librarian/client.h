/* SPDX-License-Identifier: MIT */

/* client.h - One connection: bytes in, requests out; replies in, bytes out
 *
 * A client that sends faster than it is served, or does not read its replies,
 * is not read from for a while: it waits, nobody else. One that does not take
 * anything for CLIENT_SEND_TIMEOUT, or has more than CLIENT_OUTPUT_MAX before
 * it, is dropped.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "jstream.h"
#include "jwrite.h"
#include "session.h"

#define CLIENT_REQUESTS_MAX 256U       /* that wait to be run */
#define CLIENT_INPUT 8192U	       /* bytes that are received at once */
#define CLIENT_OUTPUT_HIGH (1U << 20)  /* no more requests are taken */
#define CLIENT_OUTPUT_MAX (128U << 20) /* one reply may be large */
#define CLIENT_SEND_TIMEOUT 10	       /* seconds */
#define CLIENT_HELLO_TIMEOUT 30	       /* seconds */
#define CLIENT_STRANGER_MAX 4096U      /* bytes of a request before hello */

struct client;
struct event;
struct event_base;
struct request;

struct client_ops {
	/* Whether another request can be taken. If not, the client is to be
	 * resumed when it can.
	 */
	bool (*room)(void *arg);
	/* A request has come; what it owns is handed over. */
	void (*request)(struct client *c, const struct request *rq, void *arg);
	/* The connection is over; the client is gone after this call. */
	void (*gone)(struct client *c, void *arg);
};

struct client {
	TAILQ_ENTRY(client) link;
	struct session session;
	int fd;
	struct event *readable;
	struct event *writable; /* while the socket takes no more */
	struct event *deadline; /* hello is expected until then; NULL = not */
	struct jstream stream;
	struct jwrite out; /* replies */
	size_t sent;	   /* of them */
	/* Replies behind one that is to come, if @held. */
	struct jwrite behind;
	bool held;
	unsigned waiting; /* requests handed over, not yet answered */
	bool eof;	  /* it will send no more */
	bool reading;	  /* its requests are taken at present */
	const struct client_ops *ops;
	void *arg;
	size_t received; /* bytes of @in, and how many of them are done with */
	size_t used;
	char in[CLIENT_INPUT];
};

TAILQ_HEAD(client_list, client);

/**
 * client_new() - Serve a connection
 * @base:	Loop
 * @fd:		Connected socket; owned by the client, also on failure
 * @ops: @arg:	Called from the loop only
 * @ret_c:	For client_free()
 */
int client_new(struct event_base *base, int fd, const struct client_ops *ops,
	       void *arg, struct client **ret_c);

/* Whoever does not prove to be a node has little room and little time. Return: 0
 * or -ENOMEM
 */
int client_expect_hello(struct client *c);

/* Without a call of gone(). NULL is fine. */
void client_free(struct client *c);

/**
 * client_answer() - A request has been run
 * @c:		Client
 * @rq:		Its request; the reply may be empty
 */
void client_answer(struct client *c, const struct request *rq);

/* The reply to the next request comes by client_answer_held(), and all that are
 * answered meanwhile wait for it: replies keep their order.
 */
void client_hold(struct client *c);
void client_answer_held(struct client *c, const struct request *rq);

/**
 * client_push() - Something that it has not asked for
 * @c:		Client
 * @body:	JSON
 * @must:	false = it is left out if much is before it already
 */
void client_push(struct client *c, const json_t *body, bool must);

/* Takes what it has sent meanwhile, if anything; for that the loop need not be
 * asked.
 */
void client_poke(struct client *c);

/* Sends what was answered; goes on reading, or ends, whatever is due. */
void client_resume(struct client *c);
