/* SPDX-License-Identifier: MIT */

/* tunnel.c - A connection of the host's, led on from within a node
 *
 * Theory of operation. The client is read only while the node gives credit, so
 * what it sends waits in its socket. What the node sends is written to the
 * client, and credit is given back as it leaves; so each direction holds a
 * window at most.
 *
 * The client's end of sending is passed on as the end of standard input. The
 * server's end of sending is that of the program in the node: the tunnel ends
 * when what came before is written.
 */

#include "tunnel.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/event.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"
#include "frame.h"
#include "json.h"
#include "proto_agent.h"
#include "proto_control.h"

#define CHUNK 32768U

enum tunnel_state {
	TUNNEL_ASKED,	/* the supervisor has not answered yet */
	TUNNEL_DIALING, /* the node has not told yet */
	TUNNEL_JOINED,
	TUNNEL_ENDING, /* only what is left for the client */
};

struct tunnel {
	struct bufferevent *local;
	struct bufferevent *cluster;
	const struct tunnel_ops *ops;
	void *arg;
	enum tunnel_state state;
	uint32_t credit;  /* what may be sent to the node */
	size_t owed;	  /* credit that was not given back */
	bool local_ended; /* nothing more comes from the client */
	bool end_passed;  /* ... which the node has been told */
};

static struct evbuffer *to_cluster(struct tunnel *t)
{
	return bufferevent_get_output(t->cluster);
}

/* ---- ends ----------------------------------------------------------------- */

static void finish(struct tunnel *t)
{
	t->state = TUNNEL_ENDING;
	(void)bufferevent_disable(t->cluster, EV_READ | EV_WRITE);
	(void)bufferevent_disable(t->local, EV_READ);
	bufferevent_setwatermark(t->local, EV_WRITE, 0, 0);
	/* Not from here: whoever called has not come to its end yet. */
	bufferevent_trigger(t->local, EV_WRITE, BEV_TRIG_DEFER_CALLBACKS);
}

static void fail(struct tunnel *t, int error)
{
	t->ops->told(t->arg, error);
	finish(t);
}

/* Nothing comes from the node any more. */
static void end(struct tunnel *t)
{
	if (t->state == TUNNEL_JOINED)
		finish(t);
	else if (t->state != TUNNEL_ENDING)
		fail(t, -ECONNRESET);
}

/* ---- to the node ---------------------------------------------------------- */

static void pass_input(struct tunnel *t)
{
	struct evbuffer *in = bufferevent_get_input(t->local);
	size_t n = 1;

	if (t->state != TUNNEL_JOINED)
		return;
	while (t->credit && (n = evbuffer_get_length(in))) {
		if (n > t->credit)
			n = t->credit;
		if (n > CHUNK)
			n = CHUNK;
		(void)frame_put(to_cluster(t), AGENT_STDIN, 0,
				evbuffer_pullup(in, (ev_ssize_t)n), n);
		(void)evbuffer_drain(in, n);
		t->credit -= (uint32_t)n;
	}
	if (!n && t->local_ended && !t->end_passed) {
		t->end_passed = true;
		(void)frame_put(to_cluster(t), AGENT_STDIN_EOF, 0, NULL, 0);
	}
	if (t->credit && !t->local_ended)
		(void)bufferevent_enable(t->local, EV_READ);
	else
		(void)bufferevent_disable(t->local, EV_READ);
}

static void local_readable(struct bufferevent *bev, void *arg)
{
	(void)bev;
	pass_input(arg);
}

static void give_credit(struct tunnel *t)
{
	size_t waiting = evbuffer_get_length(bufferevent_get_output(t->local));

	if (waiting >= t->owed)
		return;
	(void)frame_put_u32(to_cluster(t), AGENT_CREDIT, 0,
			    (uint32_t)(t->owed - waiting));
	t->owed = waiting;
}

static void local_written(struct bufferevent *bev, void *arg)
{
	struct tunnel *t = arg;

	if (t->state == TUNNEL_JOINED)
		give_credit(t);
	else if (t->state == TUNNEL_ENDING &&
		 !evbuffer_get_length(bufferevent_get_output(bev)))
		t->ops->gone(t->arg);
}

static void local_event(struct bufferevent *bev, short what, void *arg)
{
	struct tunnel *t = arg;

	(void)bev;
	if (what & BEV_EVENT_ERROR) {
		t->ops->gone(t->arg);
		return;
	}
	t->local_ended = true;
	pass_input(t);
}

/* ---- from the node -------------------------------------------------------- */

static void take_told(struct tunnel *t, int error)
{
	if (error) {
		fail(t, error);
		return;
	}
	t->state = TUNNEL_JOINED;
	t->ops->told(t->arg, 0);
	pass_input(t);
}

static void take_output(struct tunnel *t, const uint8_t *data, size_t len)
{
	t->owed += len;
	if (len && t->state == TUNNEL_DIALING) {
		take_told(t, -(int)*data++);
		len--;
	}
	if (t->state != TUNNEL_JOINED)
		return;
	(void)bufferevent_write(t->local, data, len);
	give_credit(t);
}

static void take_credit(struct tunnel *t, const struct frame *f)
{
	uint32_t n;

	if (f->len != sizeof(n))
		return;
	n = frame_u32(f->data);
	if (n <= FRAME_WINDOW - t->credit)
		t->credit += n;
	pass_input(t);
}

static void take_refusal(struct tunnel *t, const struct frame *f)
{
	CLEANUP_JSON json_t *o = NULL;
	uint32_t error = EIO;

	if (json_parse_object((const char *)f->data, f->len, &o) == 0)
		(void)json_get_u32(o, "errno", 1, 4095, &error);
	if (t->state == TUNNEL_JOINED)
		finish(t);
	else
		fail(t, -(int)error);
}

static void take_frame(struct tunnel *t, const struct frame *f)
{
	switch (f->type) {
	case CONTROL_REPLY:
		if (t->state == TUNNEL_ASKED)
			t->state = TUNNEL_DIALING;
		break;
	case CONTROL_ERROR:
		take_refusal(t, f);
		break;
	case AGENT_STDOUT:
		take_output(t, f->data, f->len);
		break;
	case AGENT_STDERR: /* why it ended, which is told already */
		(void)frame_put_u32(to_cluster(t), AGENT_CREDIT, 0, f->len);
		break;
	case AGENT_CREDIT:
		take_credit(t, f);
		break;
	case AGENT_EXIT:
		end(t);
		break;
	default:
		break;
	}
}

static void cluster_readable(struct bufferevent *bev, void *arg)
{
	struct evbuffer *in = bufferevent_get_input(bev);
	struct tunnel *t = arg;
	struct frame f;
	int r = 0;

	while (t->state != TUNNEL_ENDING && (r = frame_get(in, &f)) > 0) {
		take_frame(t, &f);
		frame_done(in, &f);
	}
	if (r < 0)
		end(t);
}

static void cluster_event(struct bufferevent *bev, short what, void *arg)
{
	(void)bev;
	/* Credit for a command that has just ended; its last frames are still
	 * to be read.
	 */
	if (!(what & BEV_EVENT_WRITING))
		end(arg);
}

/* ---- life ----------------------------------------------------------------- */

static json_t *request(const struct tunnel_target *to)
{
	json_t *o;
	char port[8];

	(void)snprintf(port, sizeof(port), "%u", to->port);
	o = json_pack("{s:s, s:s, s:[s,s,s,s]}", "op", "exec", "node", to->node,
		      "argv", "fame-agent", "--connect", port, "--tell");
	if (o && to->host) {
		json_t *argv = json_object_get(o, "argv");

		(void)json_array_append_new(argv, json_string("--host"));
		(void)json_array_append_new(argv, json_string(to->host));
	}
	return o;
}

static int ask(struct tunnel *t, const struct tunnel_target *target)
{
	CLEANUP_JSON json_t *o = request(target);
	CLEANUP_FREE char *text = o ? json_line(o) : NULL;

	return text ? frame_put(to_cluster(t), CONTROL_REQUEST, 0, text,
				strlen(text)) :
		      -ENOMEM;
}

int tunnel_new(struct event_base *base, int fd, struct bufferevent *local,
	       const struct tunnel_target *target, const struct tunnel_ops *ops,
	       void *arg, struct tunnel **ret)
{
	struct tunnel *t = calloc(1, sizeof(*t));

	if (t) {
		(void)evutil_make_socket_nonblocking(fd);
		t->cluster =
			bufferevent_socket_new(base, fd, BEV_OPT_CLOSE_ON_FREE);
	}
	if (!t || !t->cluster) {
		(void)close(fd);
		free(t);
		return -ENOMEM;
	}
	if (ask(t, target) < 0) {
		(void)tunnel_free(t);
		return -ENOMEM;
	}
	t->local = local;
	t->ops = ops;
	t->arg = arg;
	t->credit = FRAME_WINDOW;
	bufferevent_setcb(t->cluster, cluster_readable, NULL, cluster_event, t);
	bufferevent_setcb(local, local_readable, local_written, local_event, t);
	bufferevent_setwatermark(local, EV_READ, 0, CHUNK);
	bufferevent_setwatermark(local, EV_WRITE, FRAME_WINDOW / 2, 0);
	(void)bufferevent_enable(t->cluster, EV_READ | EV_WRITE);
	(void)bufferevent_disable(local, EV_READ); /* not yet */
	(void)bufferevent_enable(local, EV_WRITE);
	*ret = t;
	return 0;
}

struct tunnel *tunnel_free(struct tunnel *t)
{
	if (!t)
		return NULL;
	bufferevent_free(t->cluster);
	if (t->local)
		bufferevent_free(t->local);
	free(t);
	return NULL;
}
