/* SPDX-License-Identifier: MIT */

/* client.h - A verb's connection to the running cluster (proto_control.h) */
#pragma once

#include <event2/buffer.h>
#include <jansson.h>

#include "cluster.h"
#include "err.h"
#include "settings.h"

/**
 * client_open() - Open the cluster that the settings mean, running or not
 * @c:		Result; CLUSTER_NULL before
 * @s:		Settings; must outlive @c
 * @e:		Says why on failure
 *
 * Return: 0, -ENOTCONN if there is none, or another negative errno
 */
int client_open(struct cluster *c, const struct settings *s, struct err *e);

/**
 * client_connect() - Connect to the supervisor
 * @c:		Cluster, opened
 * @ret_fd:	Stream socket; owned by the caller
 * @e:		Says why on failure
 *
 * Return: 0, -ENOTCONN if the cluster is down, or another negative errno
 */
int client_connect(struct cluster *c, int *ret_fd, struct err *e);

/**
 * client_request() - Send the request
 * @fd:		Socket
 * @request:	Taken over; NULL = no memory
 */
int client_request(int fd, json_t *request, struct err *e);

struct client_answer {
	json_t *reply; /* of CONTROL_REPLY, or CONTROL_ERROR; owned */
	/* Told about each CONTROL_EVENT before; may be NULL */
	void (*event)(void *arg, const json_t *event);
	void *arg;
	int stop; /* descriptor: give up once it is readable; 0 = none */
};

/**
 * client_answer() - Wait for the answer
 * @fd:		Socket
 * @a:		Its reply is set unless the connection broke
 * @rest:	Bytes that came behind the reply; may be NULL
 * @e:		Says why on failure
 *
 * Return: 0, the error that the supervisor gives, -ECONNRESET, or -EINTR after
 *         @a's stop, which is not said
 */
int client_answer(int fd, struct client_answer *a, struct evbuffer *rest,
		  struct err *e);

/**
 * client_begin() - All of the above, for what goes on behind the answer
 * @c:		Cluster, opened
 * @request:	Taken over
 * @rest:	As above
 * @ret_fd:	Stream socket; owned by the caller
 */
int client_begin(struct cluster *c, json_t *request, struct evbuffer *rest,
		 int *ret_fd, struct err *e);

/**
 * client_call() - The same, where the answer is all
 * @c:		Cluster, opened
 * @request:	Taken over
 * @ret_reply:	Owned by the caller; may be NULL
 */
int client_call(struct cluster *c, json_t *request, json_t **ret_reply,
		struct err *e);
