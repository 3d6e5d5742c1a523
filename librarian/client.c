/* SPDX-License-Identifier: MIT */

/* client.c - One connection: bytes in, requests out; replies in, bytes out */

#include "client.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/util.h>
#include <jansson.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "dispatch.h"
#include "jwrite.h"
#include "log.h"
#include "proto_librarian.h"

static size_t output_len(const struct client *c)
{
	return evbuffer_get_length(bufferevent_get_output(c->bev)) +
	       evbuffer_get_length(c->replies);
}

/* ---- requests ------------------------------------------------------------- */

/* tm-librarian's clients send no key twice; texts may contain \u0000. */
static void parse(const struct jstream *js, struct request *rq)
{
	json_error_t e;

	rq->body = json_loadb(js->text, js->len,
			      JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &e);
	if (!rq->body)
		rq->error = json_error_code(&e) == json_error_out_of_memory ?
				    -ENOMEM :
				    -EINVAL;
}

static void hand_over(struct client *c, enum jstream_result result)
{
	struct request rq = { .session = &c->session };

	switch (result) {
	case JSTREAM_OBJECT:
		parse(&c->stream, &rq);
		break;
	case JSTREAM_TOO_LARGE:
		rq.error = -EMSGSIZE;
		break;
	case JSTREAM_TOO_DEEP:
		rq.error = -EINVAL;
		break;
	case JSTREAM_NO_MEMORY:
	case JSTREAM_MORE:
		return;
	}
	c->waiting++;
	c->ops->request(c, &rq, c->arg);
}

static bool may_take(const struct client *c)
{
	return !c->session.closing && c->waiting < CLIENT_REQUESTS_MAX &&
	       output_len(c) < CLIENT_OUTPUT_HIGH && c->ops->room(c->arg);
}

/* Takes what may be taken. Return: false = the connection must end. */
static bool take_requests(struct client *c)
{
	struct evbuffer *in = bufferevent_get_input(c->bev);

	while (may_take(c) && evbuffer_get_length(in)) {
		size_t len = evbuffer_get_contiguous_space(in), used;
		const char *data =
			(const char *)evbuffer_pullup(in, (ev_ssize_t)len);
		enum jstream_result result;

		result = jstream_feed(&c->stream, data, len, &used);
		if (result == JSTREAM_NO_MEMORY)
			return false;
		(void)evbuffer_drain(in, used);
		if (result != JSTREAM_MORE)
			hand_over(c, result);
	}
	return true;
}

/* ---- ends ----------------------------------------------------------------- */

static void end(struct client *c)
{
	c->ops->gone(c, c->arg);
	client_free(c);
}

/* All that it has asked for is answered and sent. */
static bool is_over(const struct client *c)
{
	bool no_more =
		c->session.closing ||
		(c->eof && !evbuffer_get_length(bufferevent_get_input(c->bev)));

	return no_more && !c->waiting && !output_len(c);
}

/* Not by a high watermark: above it, libevent calls on_read() for ever. */
static void set_reading(struct client *c)
{
	bool may = may_take(c) && !c->eof;

	if (may == c->reading)
		return;
	c->reading = may;
	if (may)
		(void)bufferevent_enable(c->bev, EV_READ);
	else
		(void)bufferevent_disable(c->bev, EV_READ);
}

/* Most replies fit into the socket at once: that saves to have the loop ask
 * whether they do, which costs more than sending them.
 */
static void send_replies(struct client *c)
{
	struct evbuffer *out = bufferevent_get_output(c->bev);

	if (!evbuffer_get_length(out) && evbuffer_get_length(c->replies))
		(void)evbuffer_write(c->replies, bufferevent_getfd(c->bev));
	/* The rest, and any error, is the bufferevent's matter. */
	if (evbuffer_get_length(c->replies))
		(void)evbuffer_add_buffer(out, c->replies);
}

static void set_timeouts(struct client *c, int silence)
{
	const struct timeval reading = { silence, 0 };
	const struct timeval writing = { CLIENT_SEND_TIMEOUT, 0 };

	(void)bufferevent_set_timeouts(c->bev, silence ? &reading : NULL,
				       &writing);
}

void client_expect_hello(struct client *c)
{
	c->stranger = true;
	c->stream.size_max = CLIENT_STRANGER_MAX;
	set_timeouts(c, CLIENT_HELLO_TIMEOUT);
}

static void welcome(struct client *c)
{
	c->stranger = false;
	c->stream.size_max = LIBRARIAN_REQUEST_MAX;
	set_timeouts(c, 0);
}

void client_resume(struct client *c)
{
	if (c->stranger && c->session.hello)
		welcome(c);
	send_replies(c);
	if (!take_requests(c) || is_over(c))
		end(c);
	else
		set_reading(c);
}

/* ---- events --------------------------------------------------------------- */

static void on_read(struct bufferevent *bev, void *arg)
{
	(void)bev;
	client_resume(arg);
}

static void on_drained(struct bufferevent *bev, void *arg)
{
	(void)bev;
	client_resume(arg);
}

static void on_event(struct bufferevent *bev, short what, void *arg)
{
	struct client *c = arg;

	(void)bev;
	if (what & BEV_EVENT_EOF) {
		/* What it has sent before is still answered. */
		c->eof = true;
		client_resume(c);
		return;
	}
	if (what & BEV_EVENT_TIMEOUT && what & BEV_EVENT_WRITING)
		log_warn("a client of node %u does not read its replies, "
			 "dropped",
			 c->session.node_id);
	end(c);
}

/* ---- replies -------------------------------------------------------------- */

static void add_line(struct client *c, const json_t *body)
{
	size_t before = output_len(c) - evbuffer_get_length(c->replies);

	/* Old clients decode what has come so far: no character of several
	 * bytes may be cut. They would take the newline for garbage.
	 */
	if (before >= CLIENT_OUTPUT_MAX ||
	    jwrite(c->replies, body, CLIENT_OUTPUT_MAX - before) < 0)
		c->session.closing = true;
	else if (c->session.newline)
		(void)evbuffer_add(c->replies, "\n", 1);
}

void client_answer(struct client *c, const struct request *rq)
{
	c->waiting--;
	if (rq->reply)
		add_line(c, rq->reply);
}

void client_push(struct client *c, const json_t *body, bool must)
{
	if (c->session.closing || (!must && output_len(c) > CLIENT_OUTPUT_HIGH))
		return;
	add_line(c, body);
}

int client_new(struct event_base *base, int fd, const struct client_ops *ops,
	       void *arg, struct client **ret_c)
{
	struct client *c = calloc(1, sizeof(*c));
	int on = 1;

	if (c) {
		c->replies = evbuffer_new();
		c->bev =
			bufferevent_socket_new(base, fd, BEV_OPT_CLOSE_ON_FREE);
	}
	if (!c || !c->replies || !c->bev) {
		if (!c || !c->bev)
			(void)close(fd);
		client_free(c);
		return -ENOMEM;
	}
	c->ops = ops;
	c->arg = arg;
	jstream_init(&c->stream, LIBRARIAN_REQUEST_MAX, LIBRARIAN_DEPTH_MAX);
	(void)evutil_make_socket_nonblocking(fd);
	/* Both fail on sockets that are not TCP, which need neither. */
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	(void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	bufferevent_setcb(c->bev, on_read, on_drained, on_event, c);
	set_timeouts(c, 0);
	(void)bufferevent_enable(c->bev, EV_READ | EV_WRITE);
	c->reading = true;
	*ret_c = c;
	return 0;
}

void client_free(struct client *c)
{
	if (!c)
		return;
	if (c->bev)
		bufferevent_free(c->bev);
	if (c->replies)
		evbuffer_free(c->replies);
	jstream_deinit(&c->stream);
	free(c);
}
