/* SPDX-License-Identifier: MIT */

/* server.h - Clients on sockets: accept, collect requests, send replies */
#pragma once

#include <stdbool.h>

#include "librarian.h"

struct event_base;
struct server;

#define SERVER_CLIENTS_MAX 1024U

struct server_conf {
	int listen_fd; /* socket that listens */
	int admin_fd;  /* the administrator's connection; -1 = none */
};

/**
 * server_new() - Start to serve
 * @base:	Loop in which no event is active yet: its priorities are set
 * @lib:	What is served; outlives the server
 * @conf:	Its descriptors are the server's from now on, also on failure
 * @ret_s:	For server_free()
 */
int server_new(struct event_base *base, struct librarian *lib,
	       const struct server_conf *conf, struct server **ret_s);

/* NULL is fine; returns NULL. */
struct server *server_free(struct server *s);

/* The address that it listens on, for messages. */
const char *server_address(const struct server *s);

/* Whether the client that was served alone has sent more; if so, serves it. For
 * struct spin: @arg is the server.
 */
void server_poke(void *arg);

/* A connection that exists already: for tests and the administrator. */
int server_add_connection(struct server *s, int fd, bool admin);
