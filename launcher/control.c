/* SPDX-License-Identifier: MIT */

/* control.c - The supervisor's control socket (proto_control.h)
 *
 * Theory of operation. A connection makes one request. Its client is then in
 * a mode that says what its further frames mean and who has something to send
 * to it: waiting for the cluster to be ready or to be down, using a channel of
 * a node's agent, or watching a console. Closing the connection ends that,
 * whatever it is.
 */

#include "control.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/listener.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cleanup.h"
#include "frame.h"
#include "json.h"
#include "log.h"
#include "proto_agent.h"
#include "proto_control.h"
#include "status.h"

#define CLIENTS_MAX 256
#define VIEWER_BACKLOG_MAX (1U << 20) /* then a slow viewer misses output */
#define REPLY_PATIENCE_S 2
#define ACCEPT_PAUSE_S 1

enum client_mode {
	CLIENT_NEW,
	CLIENT_DONE, /* answered; closed once that is sent */
	CLIENT_WAIT,
	CLIENT_HOLD, /* the cluster ends with it */
	CLIENT_DOWN,
	CLIENT_NODE,
	CLIENT_EXEC,
	CLIENT_CONSOLE,
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
	struct node *node; /* NODE, EXEC, CONSOLE */
	uint16_t channel;  /* EXEC */
	struct console_viewer viewer; /* CONSOLE */
};

struct control {
	struct supervisor *s;
	struct evconnlistener *listener;
	struct event *listen_again;
	struct client *clients;
	unsigned n_clients;
};

/* ---- answers -------------------------------------------------------------- */

/* Takes @o over. */
static void send_json(struct client *c, uint8_t type, json_t *o)
{
	CLEANUP_JSON json_t *doc = o;
	CLEANUP_FREE char *text = doc ? json_line(doc) : NULL;

	if (!text || frame_put(bufferevent_get_output(c->bev), type, 0, text,
			       strlen(text)) < 0)
		log_err("an answer to a client is lost: out of memory");
}

/* Nothing more is read; closed when all is written. */
static void finish(struct client *c)
{
	c->mode = CLIENT_DONE;
	(void)bufferevent_disable(c->bev, EV_READ);
	if (!evbuffer_get_length(bufferevent_get_output(c->bev)))
		bufferevent_trigger(c->bev, EV_WRITE, BEV_TRIG_DEFER_CALLBACKS);
}

static void reply(struct client *c, json_t *o)
{
	send_json(c, CONTROL_REPLY, o);
	finish(c);
}

__attribute__((format(printf, 3, 4))) static void
refuse(struct client *c, int error, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	send_json(c, CONTROL_ERROR,
		  json_pack("{s:i, s:s}", "errno", -error, "errmsg", text));
	finish(c);
}

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

/* ---- requests ------------------------------------------------------------- */

static void do_status(struct client *c, const json_t *request)
{
	(void)request;
	reply(c, status_document(c->control->s));
}

static void reply_ready(struct client *c)
{
	if (!c->hold) {
		reply(c, json_object());
		return;
	}
	send_json(c, CONTROL_REPLY, json_object());
	c->mode = CLIENT_HOLD;
}

static void do_wait(struct client *c, const json_t *request)
{
	const struct supervisor *s = c->control->s;

	(void)json_get_bool(request, "owner", &c->owner);
	(void)json_get_bool(request, "hold", &c->hold);
	if (s->state == SUPERVISOR_READY)
		reply_ready(c);
	else
		c->mode = CLIENT_WAIT;
}

static void do_down(struct client *c, const json_t *request)
{
	(void)request;
	c->mode = CLIENT_DOWN;
	supervisor_stop(c->control->s);
}

/* The node that a request names; else refused. */
static struct node *any_node_of(struct client *c, const json_t *request)
{
	const char *name = "";
	struct node *n;

	(void)json_get_string(request, "node", &name);
	n = supervisor_node(c->control->s, name);
	if (!n)
		refuse(c, -ENOENT,
		       "no node '%s' in this cluster: see 'fame-run status'",
		       name);
	return n;
}

/* The same, with its machine running. */
static struct node *node_of(struct client *c, const json_t *request)
{
	struct node *n = any_node_of(c, request);

	if (!n || node_runs(n))
		return n;
	refuse(c, -EHOSTDOWN, "node '%s' is down: 'fame-run start%s %s'",
	       n->name, c->control->s->cluster->which, n->name);
	return NULL;
}

/* ---- requests about one node's machine ------------------------------------ */

/* While the cluster starts or ends, that decides about each node. */
static struct node *machine_of(struct client *c, const json_t *request)
{
	struct supervisor *s = c->control->s;
	struct node *n = any_node_of(c, request);

	if (!n || s->state == SUPERVISOR_READY)
		return n;
	refuse(c, -EBUSY, "the cluster is %s: wait until it is ready",
	       supervisor_state_name(s->state));
	return NULL;
}

static void refuse_paused(struct client *c, const struct node *n)
{
	refuse(c, -EAGAIN, "node '%s' is paused: 'fame-run resume%s %s'",
	       n->name, c->control->s->cluster->which, n->name);
}

/* Whether what the client waits for has come, or will not. */
static void settle(struct client *c)
{
	const struct node *n = c->node;

	if (c->up ? n->state == NODE_READY : !node_runs(n))
		reply(c, json_object());
	else if (c->up && n->state == NODE_FAILED)
		refuse(c, -EIO,
		       "node '%s' did not get ready: %s; see 'fame-run logs%s "
		       "%s'",
		       n->name, n->why, c->control->s->cluster->which, n->name);
	else if (c->up && !c->patient && n->state == NODE_PAUSED)
		refuse_paused(c, n);
	else if (c->up && !c->patient &&
		 (n->state == NODE_DOWN || n->state == NODE_STOPPING))
		refuse(c, -ECANCELED, "node '%s' was stopped", n->name);
}

static void wait_for_node(struct client *c, struct node *n, bool up)
{
	c->node = n;
	c->up = up;
	c->mode = CLIENT_NODE;
	settle(c);
}

static void do_start(struct client *c, const json_t *request)
{
	struct node *n = machine_of(c, request);
	struct err e = { "" };

	if (!n)
		return;
	if (node_runs(n) &&
	    (n->state == NODE_STOPPING || n->state == NODE_FAILED)) {
		refuse(c, -EBUSY, "node '%s' is just ending: try again",
		       n->name);
		return;
	}
	if (!node_runs(n) && supervisor_start_node(c->control->s, n, &e) < 0) {
		refuse(c, -EIO, "%s", e.msg);
		return;
	}
	wait_for_node(c, n, true);
}

static void do_stop(struct client *c, const json_t *request)
{
	struct node *n = machine_of(c, request);

	if (!n)
		return;
	node_stop(n);
	wait_for_node(c, n, false);
}

static void do_ring(struct client *c, const json_t *request)
{
	struct doorbell *d = &c->control->s->doorbell;
	struct node *n = any_node_of(c, request);
	int64_t vector = -1;
	int r;

	if (!n)
		return;
	(void)json_get_i64(request, "vector", &vector);
	r = doorbell_ring(d, n->id,
			  vector < 0 || vector > UINT_MAX ? UINT_MAX :
							    (unsigned)vector);
	if (r == -ENODEV)
		refuse(c, r,
		       "the nodes have no doorbells: start them with 'fame-run "
		       "up --doorbell'");
	else if (r == -ERANGE)
		refuse(c, r, "no vector %lld: the nodes have 0 to %u",
		       (long long)vector, d->vectors - 1);
	else if (r < 0)
		refuse(c, r, "cannot ring node '%s': %s", n->name,
		       strerror(-r));
	else
		reply(c, json_object());
}

static void do_link(struct client *c, const json_t *request)
{
	struct node *n = any_node_of(c, request);
	struct switch_link k = { 0 };
	int r;

	if (!n)
		return;
	(void)json_get_bool(request, "down", &k.down);
	r = json_get_u32(request, "loss_ppm", 0, SWITCH_LOSS_MAX_PPM,
			 &k.loss_ppm);
	if (r == 0)
		r = json_get_u32(request, "delay_us", 0, SWITCH_DELAY_MAX_US,
				 &k.delay_us);
	if (r == 0)
		r = json_get_u64(request, "rate", 0, INT64_MAX, &k.rate);
	if (r == 0)
		r = network_link(&c->control->s->net, n->id, &k);
	if (r == -ENOTSUP)
		refuse(c, r,
		       "links can be changed in network 'user' only: start "
		       "with "
		       "'fame-run up --net user'");
	else if (r < 0)
		refuse(c, r, "cannot change the link of node '%s': %s", n->name,
		       strerror(-r));
	else
		reply(c, json_object());
}

static void do_doorbells(struct client *c, const json_t *request)
{
	(void)request;
	reply(c, doorbell_document(&c->control->s->doorbell));
}

static void do_crash(struct client *c, const json_t *request)
{
	struct node *n = machine_of(c, request);

	if (!n)
		return;
	node_crash(n);
	wait_for_node(c, n, false);
}

static void do_destroy(struct client *c, const json_t *request)
{
	struct node *n = machine_of(c, request);

	if (!n)
		return;
	node_destroy(n);
	wait_for_node(c, n, false);
}

/* Does nothing to a node that is so already. */
static void change(struct client *c, const json_t *request,
		   void (*how)(struct node *n), enum node_state from,
		   enum node_state to)
{
	struct node *n = machine_of(c, request);

	if (!n)
		return;
	if (n->state == from)
		how(n);
	if (n->state == to)
		reply(c, json_object());
	else
		refuse(c, -EINVAL, "node '%s' is %s, not %s", n->name,
		       node_state_name(n->state), node_state_name(from));
}

static void do_pause(struct client *c, const json_t *request)
{
	change(c, request, node_pause, NODE_READY, NODE_PAUSED);
}

static void do_resume(struct client *c, const json_t *request)
{
	change(c, request, node_resume, NODE_PAUSED, NODE_READY);
}

/* Waits only, also while the cluster starts. */
static void await(struct client *c, const json_t *request, bool up)
{
	struct node *n = any_node_of(c, request);

	if (!n)
		return;
	c->patient = true;
	wait_for_node(c, n, up);
}

static void do_await_ready(struct client *c, const json_t *request)
{
	await(c, request, true);
}

static void do_await_stopped(struct client *c, const json_t *request)
{
	await(c, request, false);
}

/* ---- requests that go to a node -------------------------------------------- */

static void on_agent_frame(void *arg, uint8_t type, const void *data,
			   size_t len)
{
	struct client *c = arg;

	if (frame_put(bufferevent_get_output(c->bev), type, 0, data, len) < 0)
		log_err("output of a command is lost: out of memory");
	if (type == AGENT_EXIT) {
		c->channel = 0;
		finish(c);
	}
}

static void on_agent_gone(void *arg)
{
	struct client *c = arg;

	c->channel = 0;
	refuse(c, -ECONNRESET, "the node, or its agent, is gone");
}

/* Only what the agent's protocol knows is passed on. */
static char *exec_payload(const json_t *request)
{
	static const char *const keys[] = { "argv", "env", "cwd" };
	CLEANUP_JSON json_t *o = json_object();

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		json_t *v = json_object_get(request, keys[i]);

		if (v && json_object_set(o, keys[i], v) < 0)
			return NULL;
	}
	return json_line(o);
}

static void do_exec(struct client *c, const json_t *request)
{
	const struct agent_user user = { on_agent_frame, on_agent_gone, c };
	CLEANUP_FREE char *payload = exec_payload(request);
	struct node *n = node_of(c, request);
	int r;

	if (!n)
		return;
	if (n->state == NODE_PAUSED) {
		refuse_paused(c, n);
		return;
	}
	if (n->state != NODE_READY) {
		refuse(c, -EAGAIN, "node '%s' is not ready yet", n->name);
		return;
	}
	c->node = n;
	r = !payload ? -ENOMEM :
		       agent_link_exec(n->agent, payload, strlen(payload),
				       &user, &c->channel);
	if (r < 0) {
		refuse(c, r, "cannot run a command: %s", strerror(-r));
		return;
	}
	c->mode = CLIENT_EXEC;
	send_json(c, CONTROL_REPLY, json_object());
}

static void on_console_output(void *arg, const void *data, size_t len)
{
	struct client *c = arg;
	struct evbuffer *out = bufferevent_get_output(c->bev);

	if (evbuffer_get_length(out) + len <= VIEWER_BACKLOG_MAX)
		(void)frame_put(out, AGENT_STDOUT, 0, data, len);
}

static void do_console(struct client *c, const json_t *request)
{
	struct node *n = node_of(c, request);

	if (!n)
		return;
	c->node = n;
	c->mode = CLIENT_CONSOLE;
	c->viewer = (struct console_viewer){ on_console_output, c, NULL };
	console_attach(n->console, &c->viewer);
	send_json(c, CONTROL_REPLY, json_object());
}

static const struct {
	const char *op;
	void (*handle)(struct client *c, const json_t *request);
} requests[] = {
	{ "status", do_status },
	{ "wait", do_wait },
	{ "exec", do_exec },
	{ "console", do_console },
	{ "start", do_start },
	{ "stop", do_stop },
	{ "link", do_link },
	{ "ring", do_ring },
	{ "doorbells", do_doorbells },
	{ "crash", do_crash },
	{ "down", do_down },
	{ "destroy", do_destroy },
	{ "pause", do_pause },
	{ "resume", do_resume },
	{ "await_ready", do_await_ready },
	{ "await_stopped", do_await_stopped },
};

static void handle_request(struct client *c, const struct frame *f)
{
	CLEANUP_JSON json_t *o = NULL;
	const char *op = "";

	if (f->type != CONTROL_REQUEST ||
	    json_parse_object((const char *)f->data, f->len, &o) < 0) {
		refuse(c, -EPROTO, "not a request");
		return;
	}
	(void)json_get_string(o, "op", &op);
	for (size_t i = 0; i < ARRAY_SIZE(requests); i++)
		if (!strcmp(op, requests[i].op)) {
			requests[i].handle(c, o);
			return;
		}
	refuse(c, -ENOSYS,
	       "request '%s' is not known to the running cluster: it was "
	       "started by another version of fame-run",
	       op);
}

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

static int handle_frame(struct client *c, const struct frame *f)
{
	switch (c->mode) {
	case CLIENT_NEW:
		handle_request(c, f);
		return 0;
	case CLIENT_EXEC:
		return agent_link_send(c->node->agent, c->channel, f->type,
				       f->data, f->len);
	case CLIENT_CONSOLE:
		if (f->type == AGENT_STDIN)
			console_input(c->node->console, f->data, f->len);
		return 0;
	case CLIENT_DONE:
	case CLIENT_HOLD: /* anything lets go */
		reply(c, json_object());
		return 0;
	case CLIENT_WAIT:
	case CLIENT_DOWN:
	case CLIENT_NODE:
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
	if (c->mode == CLIENT_DONE)
		client_free(c);
}

static void client_closed(struct bufferevent *bev, short what, void *arg)
{
	(void)bev;
	(void)what;
	client_gone(arg);
}

static void accepted(struct evconnlistener *l, evutil_socket_t fd,
		     struct sockaddr *a, int len, void *arg)
{
	struct control *control = arg;
	struct client *c = NULL;

	(void)l;
	(void)a;
	(void)len;
	if (control->n_clients < CLIENTS_MAX)
		c = calloc(1, sizeof(*c));
	if (c)
		c->bev = bufferevent_socket_new(control->s->base, fd,
						BEV_OPT_CLOSE_ON_FREE);
	if (!c || !c->bev) {
		free(c);
		(void)close((int)fd);
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

/* Out of descriptors, most likely: trying on would only burn time. */
static void accept_failed(struct evconnlistener *l, void *arg)
{
	struct control *control = arg;
	struct timeval pause = { .tv_sec = ACCEPT_PAUSE_S };

	log_warn_errno(EVUTIL_SOCKET_ERROR(), "cannot accept a client");
	(void)evconnlistener_disable(l);
	(void)evtimer_add(control->listen_again, &pause);
}

static void listen_again(evutil_socket_t fd, short what, void *arg)
{
	struct control *control = arg;

	(void)fd;
	(void)what;
	(void)evconnlistener_enable(control->listener);
}

/* ---- what the supervisor tells -------------------------------------------- */

void control_ready(struct control *control)
{
	for (struct client *c = control->clients; c; c = c->next)
		if (c->mode == CLIENT_WAIT)
			reply_ready(c);
}

static void settle_all(struct control *control, const struct node *n)
{
	for (struct client *c = control->clients; c; c = c->next)
		if (c->mode == CLIENT_NODE && c->node == n)
			settle(c);
}

void control_node_changed(struct control *control, const struct node *n)
{
	for (struct client *c = control->clients; c; c = c->next)
		if (c->mode == CLIENT_WAIT)
			send_json(c, CONTROL_EVENT,
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
		finish(c);
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
			send_json(c, CONTROL_REPLY, json_object());
		if (c->mode == CLIENT_WAIT || c->mode == CLIENT_NODE)
			send_json(c, CONTROL_ERROR,
				  failure_document(control->s));
		flush(c);
	}
}

int control_new(struct supervisor *s, int listener, struct control **ret)
{
	struct control *control = calloc(1, sizeof(*control));

	if (!control) {
		(void)close(listener);
		return -ENOMEM;
	}
	control->s = s;
	(void)evutil_make_socket_nonblocking(listener);
	control->listener = evconnlistener_new(
		s->base, accepted, control,
		LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, 0, listener);
	control->listen_again = evtimer_new(s->base, listen_again, control);
	if (!control->listener || !control->listen_again) {
		if (!control->listener)
			(void)close(listener);
		(void)control_free(control);
		return -ENOMEM;
	}
	evconnlistener_set_error_cb(control->listener, accept_failed);
	*ret = control;
	return 0;
}

struct control *control_free(struct control *control)
{
	if (!control)
		return NULL;
	if (control->listener)
		evconnlistener_free(control->listener);
	if (control->listen_again)
		event_free(control->listen_again);
	for (struct client *c = control->clients, *next; c; c = next) {
		next = c->next;
		client_free(c);
	}
	free(control);
	return NULL;
}
