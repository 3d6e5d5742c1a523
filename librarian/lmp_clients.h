/* SPDX-License-Identifier: MIT */

/* lmp_clients.h - How many monitoring clients there are, and for how long */
#pragma once

#include <event2/event.h>
#include <event2/http.h>

#define LMP_CLIENTS_MAX 64U
#define LMP_CLIENT_SECONDS 60 /* until its reply must have gone, in all */

struct bufferevent;

struct lmp_client {
	struct bufferevent *bev; /* a reference; evhttp has the other one */
	long long since;	 /* ms, CLOCK_MONOTONIC */
};

struct lmp_clients {
	struct evconnlistener *listener; /* of the server; set by its owner */
	struct event *tick;
	unsigned n;
	struct lmp_client v[LMP_CLIENTS_MAX];
};

/**
 * lmp_clients_init() - Watch over those of a server
 * @http:	Has no connections yet; freed before lmp_clients_deinit()
 *
 * Return: 0, -ENOMEM
 */
int lmp_clients_init(struct lmp_clients *c, struct event_base *base,
		     struct evhttp *http);

/* All zero is fine. */
void lmp_clients_deinit(struct lmp_clients *c);

/* Ends those that have been here for so long, and forgets those that went. */
void lmp_clients_expire(struct lmp_clients *c, long long ms);
