/* SPDX-License-Identifier: MIT */

/* client_inner.h - What the two files of the client share
 *
 * client.c has the calls, client_connect.c makes and keeps the connection.
 */
#pragma once

#include <netinet/in.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "client.h"
#include "conn.h"
#include "message.h"

enum call_state {
	CALL_NEW,
	CALL_SENT, /* in the queue */
	CALL_ANSWERED,
	CALL_LOST, /* the connection broke */
};

struct call {
	struct call *next;
	enum call_state state;
	uint64_t seq;
	int64_t start_ms;
	pthread_cond_t *wake;
	struct message reply;
};

enum state {
	STATE_BROKEN,
	STATE_CONNECTING, /* only @connector may call */
	STATE_CONNECTED,
};

struct client {
	struct client_conf conf;
	struct sockaddr_in peer;
	struct client_hello hello;
	pthread_t keeper;
	bool has_keeper;
	int kick_fd; /* wakes the keeper */
	int epoll_fd;
	struct conn conn;

	pthread_mutex_t send_lock;
	pthread_mutex_t lock; /* of all below */
	pthread_cond_t changed;
	enum state state;
	bool connecting; /* up to the end of restoring, or of the attempt */
	pthread_t connector;
	bool was_connected;
	bool receiving;
	bool watched; /* by the keeper's epoll */
	bool quit;
	uint64_t seq;
	struct call *first, **last;
};

/* All of these with the lock. */

/* The connection is of no use any more: for @error. */
void client_break(struct client *c, int error);

/* Take what has arrived, or arrives soon; gives the lock up meanwhile. */
void client_receive(struct client *c, bool wait);

/* Whoever received does not any more: somebody else has to. */
void client_pass_on(struct client *c);

/* Wake the keeper. */
void client_kick(const struct client *c);
