/* SPDX-License-Identifier: MIT */

/* control.c - The supervisor's control socket (proto_control.h)
 *
 * Theory of operation. A connection makes one request. Its client is then in
 * a mode that says what its further frames mean and who has something to send
 * to it: waiting for the cluster to be ready or to be down, using a channel of
 * a node's agent, or watching a console. Closing the connection ends that,
 * whatever it is.
 */

#include "control_client.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cleanup.h"
#include "json.h"
#include "log.h"
#include "proto_agent.h"
#include "proto_control.h"

#define CLIENTS_MAX 256
#define REPLY_PATIENCE_S 2

/* ---- clients -------------------------------------------------------------- */

/* Whatever the client had going on ends; it is freed. */
static void client_free(struct client *c)
{
	struct control *control = c->control;
	struct client **p = &control->clients;

	if (c->channel && c->node->agent)
		agent_link_detach(c->node->agent, c->channel);
	if (c->mode == CLIENT_CONSOLE)
		console_detach(c->node->console, &c->viewer);
	while (*p != c)
		p = &(*p)->next;
	*p = c->next;
	control->n_clients--;
	bufferevent_free(c->bev);
	free(c);
}

static void client_gone(struct client *c)
{
	struct supervisor *s = c->control->s;
	/* "up" was interrupted: nobody asked for half a cluster. */
	bool half = c->mode == CLIENT_WAIT && c->owner &&
		    s->state == SUPERVISOR_STARTING;
	bool over = c->mode == CLIENT_HOLD && s->state == SUPERVISOR_READY;

	client_free(c);
	if (half || over)
		supervisor_abandon(s);
}

/* The cluster stays, whatever becomes of the client. */
static void let_go(struct client *c)
{
	int r = cluster_set_temporary(c->control->s->cluster, false);

	if (r == 0)
		control_reply(c, json_object());
	else /* it holds on */
		control_send(c, CONTROL_ERROR,
			     json_pack("{s:i, s:s}", "errno", -r, "errmsg",
				       strerror(-r)));
}

static int handle_frame(struct client *c, const struct frame *f)
{
	switch (c->mode) {
	case CLIENT_NEW:
		control_handle(c, f);
		return 0;
	case CLIENT_EXEC:
		return agent_link_send(c->node->agent, c->channel, f->type,
				       f->data, f->len);
	case CLIENT_CONSOLE:
		if (f->type == AGENT_STDIN)
			console_input(c->node->console, f->data, f->len);
		return 0;
	case CLIENT_HOLD: /* anything lets go */
		let_go(c);
		return 0;
	case CLIENT_WAIT:
	case CLIENT_DOWN:
	case CLIENT_NODE:
	case CLIENT_DONE:
	case CLIENT_CAPTURE:
		return 0;
	}
	return -EPROTO;
}

static void client_readable(struct bufferevent *bev, void *arg)
{
	struct evbuffer *in = bufferevent_get_input(bev);
	struct client *c = arg;
	struct frame f;
	int r;

	while ((r = frame_get(in, &f)) > 0) {
		r = handle_frame(c, &f);
		frame_done(in, &f);
		if (r < 0)
			break;
	}
	if (r < 0)
		client_gone(c);
}

static void client_written(struct bufferevent *bev, void *arg)
{
	struct client *c = arg;

	(void)bev;
	if (c->mode == CLIENT_CAPTURE)
		control_hand_over(c);
	if (c->mode == CLIENT_DONE || c->mode == CLIENT_CAPTURE)
		client_free(c);
}

static void client_closed(struct bufferevent *bev, short what, void *arg)
{
	(void)bev;
	(void)what;
	client_gone(arg);
}

static void accepted(int fd, const struct sockaddr *peer, void *arg)
{
	struct control *control = arg;
	struct client *c = NULL;

	(void)peer;
	if (control->n_clients < CLIENTS_MAX)
		c = calloc(1, sizeof(*c));
	if (c)
		c->bev = bufferevent_socket_new(control->s->base, fd,
						BEV_OPT_CLOSE_ON_FREE);
	if (!c || !c->bev) {
		free(c);
		(void)close(fd);
		return;
	}
	c->control = control;
	c->next = control->clients;
	control->clients = c;
	control->n_clients++;
	bufferevent_setcb(c->bev, client_readable, client_written,
			  client_closed, c);
	(void)bufferevent_enable(c->bev, EV_READ | EV_WRITE);
}

/* ---- what the supervisor tells -------------------------------------------- */

static json_t *failure_document(const struct supervisor *s)
{
	json_t *o = json_pack("{s:i, s:s}", "errno", EIO, "errmsg",
			      s->failure[0] ? s->failure :
					      "the cluster was stopped");

	if (o && s->culprit && s->culprit->console)
		(void)json_object_set_new(
			o, "console", console_last_lines(s->culprit->console));
	return o;
}

void control_ready(struct control *control)
{
	for (struct client *c = control->clients; c; c = c->next)
		if (c->mode == CLIENT_WAIT)
			control_reply_ready(c);
}

static void settle_all(struct control *control, const struct node *n)
{
	for (struct client *c = control->clients; c; c = c->next)
		if (c->mode == CLIENT_NODE && c->node == n)
			control_settle(c);
}

void control_node_changed(struct control *control, const struct node *n)
{
	for (struct client *c = control->clients; c; c = c->next)
		if (c->mode == CLIENT_WAIT)
			control_send(c, CONTROL_EVENT,
				     json_pack("{s:s, s:s}", "node", n->name,
					       "state",
					       node_state_name(n->state)));
	settle_all(control, n);
}

void control_node_ended(struct control *control, const struct node *n)
{
	for (struct client *c = control->clients; c; c = c->next) {
		if (c->mode != CLIENT_CONSOLE || c->node != n)
			continue;
		console_detach(n->console, &c->viewer);
		control_finish(c);
	}
	settle_all(control, n);
}

/* The loop has ended: write by hand, with patience for a slow client. */
static void flush(struct client *c)
{
	struct timeval tv = { .tv_sec = REPLY_PATIENCE_S };
	evutil_socket_t fd = bufferevent_getfd(c->bev);
	struct evbuffer *out = bufferevent_get_output(c->bev);

	(void)bufferevent_disable(c->bev, EV_READ | EV_WRITE);
	(void)fcntl(fd, F_SETFL, 0);
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv));
	/* Its front is the bufferevent's alone while that runs. */
	(void)evbuffer_unfreeze(out, 1);
	while (evbuffer_get_length(out) && evbuffer_write(out, fd) > 0)
		;
}

void control_ended(struct control *control)
{
	for (struct client *c = control->clients; c; c = c->next) {
		if (c->mode == CLIENT_DOWN)
			control_send(c, CONTROL_REPLY, json_object());
		if (c->mode == CLIENT_WAIT || c->mode == CLIENT_NODE)
			control_send(c, CONTROL_ERROR,
				     failure_document(control->s));
		flush(c);
	}
}

int control_new(struct supervisor *s, int listener, struct control **ret)
{
	struct control *control = calloc(1, sizeof(*control));
	int r;

	if (!control) {
		(void)close(listener);
		return -ENOMEM;
	}
	control->s = s;
	r = acceptor_new(s->base, listener, accepted, control,
			 &control->acceptor);
	if (r < 0)
		(void)control_free(control);
	else
		*ret = control;
	return r;
}

struct control *control_free(struct control *control)
{
	if (!control)
		return NULL;
	(void)acceptor_free(control->acceptor);
	for (struct client *c = control->clients, *next; c; c = next) {
		next = c->next;
		client_free(c);
	}
	free(control);
	return NULL;
}
