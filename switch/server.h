/* SPDX-License-Identifier: MIT */

/* server.h - The running switch: ports, uplink, relay and the loop */
#pragma once

#include "options.h"

struct server;

/**
 * server_new() - Set everything up
 * @o:		Borrowed; its descriptors are the server's on success
 * @e:		Says what went wrong
 * @ret_s:	Set on success only
 *
 * SIGTERM, SIGINT and SIGHUP are blocked from now on and end server_run();
 * SIGPIPE is ignored.
 *
 * Return: 0, or a negative errno
 */
int server_new(const struct options *o, struct err *e, struct server **ret_s);

/**
 * server_run() - Switch until told to end
 *
 * Return: 0, or a negative errno when the loop itself failed
 */
int server_run(struct server *s);

/* One line a port in the log. */
void server_log_counters(const struct server *s);

/* Closes all. NULL is fine. */
void server_free(struct server *s);
