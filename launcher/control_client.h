/* SPDX-License-Identifier: MIT */

/* control_client.h - A client of the control socket, among the control files
 *
 *	control.c		sockets, and what the supervisor tells
 *	control_request.c	requests, their table, and answers
 *	control_node.c		requests about one node's machine
 *	control_net.c		requests about the nodes' network
 */
#pragma once

#include <event2/bufferevent.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "acceptor.h"
#include "console.h"
#include "control.h"
#include "frame.h"
#include "supervisor.h"

enum client_mode {
	CLIENT_NEW,
	CLIENT_DONE, /* answered; closed once that is sent */
	CLIENT_WAIT,
	CLIENT_HOLD, /* the cluster ends with it */
	CLIENT_DOWN,
	CLIENT_NODE,
	CLIENT_EXEC,
	CLIENT_CONSOLE,
	CLIENT_CAPTURE, /* answered; the switch's once that is sent */
};

struct client {
	struct client *next;
	struct control *control;
	struct bufferevent *bev;
	enum client_mode mode;
	bool owner;	   /* WAIT: the cluster ends with it */
	bool hold;	   /* WAIT: then HOLD */
	bool up;	   /* NODE: waits for ready, else for its end */
	bool patient;	   /* NODE: ... and somebody else sees to it */
	struct node *node; /* NODE, EXEC, CONSOLE, CAPTURE or NULL */
	uint16_t channel;  /* EXEC */
	struct console_viewer viewer; /* CONSOLE */
};

struct control {
	struct supervisor *s;
	struct acceptor *acceptor;
	struct client *clients;
	unsigned n_clients;
};

/* ---- control_request.c ---------------------------------------------------- */

/* Do what a client's first frame asks for. */
void control_handle(struct client *c, const struct frame *f);

/* A frame with a JSON document, which is taken over. */
void control_send(struct client *c, uint8_t type, json_t *o);

/* Nothing more is read; closed when all is written. */
void control_finish(struct client *c);

/* The answer, and the end; @o is taken over. */
void control_reply(struct client *c, json_t *o);
__attribute__((format(printf, 3, 4))) void
control_refuse(struct client *c, int error, const char *fmt, ...);

/* Every node is ready: answer a client in mode WAIT. */
void control_reply_ready(struct client *c);

/* ---- control_node.c ------------------------------------------------------- */

/* The node that a request names; else refused, and NULL. */
struct node *control_node(struct client *c, const json_t *request);

void control_refuse_paused(struct client *c, const struct node *n);

/* Whether what a client in mode NODE waits for has come, or will not. */
void control_settle(struct client *c);

void control_do_start(struct client *c, const json_t *request);
void control_do_stop(struct client *c, const json_t *request);
void control_do_ring(struct client *c, const json_t *request);
void control_do_doorbells(struct client *c, const json_t *request);
void control_do_crash(struct client *c, const json_t *request);
void control_do_destroy(struct client *c, const json_t *request);
void control_do_pause(struct client *c, const json_t *request);
void control_do_resume(struct client *c, const json_t *request);
void control_do_await_ready(struct client *c, const json_t *request);
void control_do_await_stopped(struct client *c, const json_t *request);

/* ---- control_net.c -------------------------------------------------------- */

void control_do_link(struct client *c, const json_t *request);
void control_do_capture(struct client *c, const json_t *request);

/* Give the connection of a client in mode CAPTURE to the switch. */
void control_hand_over(const struct client *c);
