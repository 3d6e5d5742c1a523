/* SPDX-License-Identifier: MIT */

/* control_request.c - What clients ask the supervisor for, and the answers */

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cleanup.h"
#include "control_client.h"
#include "json.h"
#include "log.h"
#include "proto_agent.h"
#include "proto_control.h"
#include "status.h"

#define VIEWER_BACKLOG_MAX (1U << 20) /* then a slow viewer misses output */

/* ---- answers -------------------------------------------------------------- */

void control_send(struct client *c, uint8_t type, json_t *o)
{
	CLEANUP_JSON json_t *doc = o;
	CLEANUP_FREE char *text = doc ? json_line(doc) : NULL;

	if (!text || frame_put(bufferevent_get_output(c->bev), type, 0, text,
			       strlen(text)) < 0)
		log_err("an answer to a client is lost: out of memory");
}

void control_finish(struct client *c)
{
	c->mode = CLIENT_DONE;
	(void)bufferevent_disable(c->bev, EV_READ);
	if (!evbuffer_get_length(bufferevent_get_output(c->bev)))
		bufferevent_trigger(c->bev, EV_WRITE, BEV_TRIG_DEFER_CALLBACKS);
}

void control_reply(struct client *c, json_t *o)
{
	control_send(c, CONTROL_REPLY, o);
	control_finish(c);
}

void control_refuse(struct client *c, int error, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	control_send(c, CONTROL_ERROR,
		     json_pack("{s:i, s:s}", "errno", -error, "errmsg", text));
	control_finish(c);
}

/* ---- requests ------------------------------------------------------------- */

static void do_status(struct client *c, const json_t *request)
{
	(void)request;
	control_reply(c, status_document(c->control->s));
}

void control_reply_ready(struct client *c)
{
	if (!c->hold) {
		control_reply(c, json_object());
		return;
	}
	control_send(c, CONTROL_REPLY, json_object());
	c->mode = CLIENT_HOLD;
}

static void do_wait(struct client *c, const json_t *request)
{
	const struct supervisor *s = c->control->s;

	(void)json_get_bool(request, "owner", &c->owner);
	(void)json_get_bool(request, "hold", &c->hold);
	if (s->state == SUPERVISOR_READY)
		control_reply_ready(c);
	else
		c->mode = CLIENT_WAIT;
}

static void do_down(struct client *c, const json_t *request)
{
	(void)request;
	c->mode = CLIENT_DOWN;
	supervisor_stop(c->control->s);
}

/* ---- requests that go to a node ------------------------------------------- */

/* The node that a request names, with its machine running. */
static struct node *node_of(struct client *c, const json_t *request)
{
	struct node *n = control_node(c, request);

	if (!n || node_runs(n))
		return n;
	control_refuse(c, -EHOSTDOWN,
		       "node '%s' is down: 'fame-run start%s %s'", n->name,
		       c->control->s->cluster->which, n->name);
	return NULL;
}

static void on_agent_frame(void *arg, uint8_t type, const void *data,
			   size_t len)
{
	struct client *c = arg;

	if (frame_put(bufferevent_get_output(c->bev), type, 0, data, len) < 0)
		log_err("output of a command is lost: out of memory");
	if (type == AGENT_EXIT) {
		c->channel = 0;
		control_finish(c);
	}
}

static void on_agent_gone(void *arg)
{
	struct client *c = arg;

	c->channel = 0;
	control_refuse(c, -ECONNRESET, "the node, or its agent, is gone");
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
		control_refuse_paused(c, n);
		return;
	}
	if (n->state != NODE_READY) {
		control_refuse(c, -EAGAIN, "node '%s' is not ready yet",
			       n->name);
		return;
	}
	c->node = n;
	r = !payload ? -ENOMEM :
		       agent_link_exec(n->agent, payload, strlen(payload),
				       &user, &c->channel);
	if (r < 0) {
		control_refuse(c, r, "cannot run a command: %s", strerror(-r));
		return;
	}
	c->mode = CLIENT_EXEC;
	control_send(c, CONTROL_REPLY, json_object());
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
	control_send(c, CONTROL_REPLY, json_object());
}

/* ---- all of them ---------------------------------------------------------- */

static const struct {
	const char *op;
	void (*handle)(struct client *c, const json_t *request);
} requests[] = {
	{ "status", do_status },
	{ "wait", do_wait },
	{ "exec", do_exec },
	{ "console", do_console },
	{ "start", control_do_start },
	{ "stop", control_do_stop },
	{ "link", control_do_link },
	{ "capture", control_do_capture },
	{ "ring", control_do_ring },
	{ "doorbells", control_do_doorbells },
	{ "crash", control_do_crash },
	{ "down", do_down },
	{ "destroy", control_do_destroy },
	{ "pause", control_do_pause },
	{ "resume", control_do_resume },
	{ "await_ready", control_do_await_ready },
	{ "await_stopped", control_do_await_stopped },
};

void control_handle(struct client *c, const struct frame *f)
{
	CLEANUP_JSON json_t *o = NULL;
	const char *op = "";

	if (f->type != CONTROL_REQUEST ||
	    json_parse_object((const char *)f->data, f->len, &o) < 0) {
		control_refuse(c, -EPROTO, "not a request");
		return;
	}
	(void)json_get_string(o, "op", &op);
	for (size_t i = 0; i < ARRAY_SIZE(requests); i++)
		if (!strcmp(op, requests[i].op)) {
			requests[i].handle(c, o);
			return;
		}
	control_refuse(
		c, -ENOSYS,
		"request '%s' is not known to the running cluster: it was "
		"started by another version of fame-run",
		op);
}
