/* SPDX-License-Identifier: MIT */

/* client.c - One connection: bytes in, requests out; replies in, bytes out */

#include "client.h"

#include <errno.h>
#include <event2/event.h>
#include <event2/util.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "dispatch.h"
#include "log.h"
#include "proto_librarian.h"

#define KEEP_ROOM 65536 /* what an idle connection may hold */

/* What may be sent now. */
static size_t unsent(const struct client *c)
{
	return c->out.len - c->sent;
}

static size_t output_len(const struct client *c)
{
	return unsent(c) + c->behind.len;
}

static bool has_input(const struct client *c)
{
	return c->used < c->received;
}

/* ---- requests ------------------------------------------------------------- */

static void hand_over(struct client *c, enum jstream_result result)
{
	struct request rq = { .session = &c->session };
	size_t len;

	switch (result) {
	case JSTREAM_OBJECT:
		len = c->stream.len;
		rq.error = jread_object(jstream_take(&c->stream), len,
					REQUEST_LIMITS, &rq.body);
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
	while (may_take(c) && has_input(c)) {
		enum jstream_result result;
		size_t used;

		result = jstream_feed(&c->stream, c->in + c->used,
				      c->received - c->used, &used);
		if (result == JSTREAM_NO_MEMORY)
			return false;
		c->used += used;
		if (result != JSTREAM_MORE)
			hand_over(c, result);
	}
	return true;
}

/* Return: false = the connection must end. */
static bool receive(struct client *c)
{
	ssize_t n;

	/* What is there has to be taken first. */
	if (has_input(c))
		return true;
	n = recv(c->fd, c->in, sizeof(c->in), MSG_DONTWAIT);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	c->used = 0;
	c->received = (size_t)n;
	/* What it has sent before is still answered. */
	if (!n)
		c->eof = true;
	return true;
}

/* ---- replies -------------------------------------------------------------- */

/* What was sent goes when it is the larger part: so to move the rest costs less
 * than it did to write what goes.
 */
static void forget_sent(struct client *c)
{
	size_t rest = unsent(c);

	if (rest >= c->sent)
		return;
	if (rest)
		memcpy(c->out.text, c->out.text + c->sent, rest);
	jwrite_cut(&c->out, rest);
	c->sent = 0;
	if (!rest && c->out.room > KEEP_ROOM)
		jwrite_deinit(&c->out);
}

/* Most replies fit into the socket at once: that saves to have the loop ask
 * whether they do, which costs more than sending them.
 *
 * Return: false = the connection must end
 */
static bool send_replies(struct client *c)
{
	const struct timeval patience = { CLIENT_SEND_TIMEOUT, 0 };
	bool any = false;

	while (unsent(c)) {
		ssize_t n = send(c->fd, c->out.text + c->sent, unsent(c),
				 MSG_DONTWAIT | MSG_NOSIGNAL);

		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return false;
		if (n < 0)
			break;
		c->sent += (size_t)n;
		any = true;
	}
	forget_sent(c);
	if (!unsent(c) || (!any && event_pending(c->writable, EV_WRITE, NULL)))
		return true;
	return event_add(c->writable, &patience) == 0;
}

/* Whoever has too much before it is dropped. A newline may come behind it. */
static void add_line(struct client *c, const struct jwrite *text)
{
	struct jwrite *to = c->held ? &c->behind : &c->out;
	size_t before = output_len(c);

	if (text->error || before >= CLIENT_OUTPUT_MAX ||
	    text->len >= CLIENT_OUTPUT_MAX - before) {
		c->session.closing = true;
		return;
	}
	jwrite_raw(to, text->text, text->len);
	/* Old clients would take it for garbage. */
	if (c->session.newline)
		jwrite_raw(to, "\n", 1);
	if (to->error)
		c->session.closing = true;
}

void client_answer(struct client *c, const struct request *rq)
{
	c->waiting--;
	if (rq->reply.len)
		add_line(c, &rq->reply);
}

void client_hold(struct client *c)
{
	c->held = true;
}

void client_answer_held(struct client *c, const struct request *rq)
{
	c->held = false;
	client_answer(c, rq);
	jwrite_raw(&c->out, c->behind.text, c->behind.len);
	if (c->out.error)
		c->session.closing = true;
	jwrite_deinit(&c->behind);
}

void client_push(struct client *c, const json_t *body, bool must)
{
	struct jwrite text;

	if (c->session.closing || (!must && output_len(c) > CLIENT_OUTPUT_HIGH))
		return;
	jwrite_init(&text, CLIENT_OUTPUT_MAX);
	jwrite_json(&text, body);
	add_line(c, &text);
	jwrite_deinit(&text);
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
	bool no_more = c->session.closing || (c->eof && !has_input(c));

	return no_more && !c->waiting && !output_len(c);
}

static void set_reading(struct client *c)
{
	bool may = may_take(c) && !c->eof;

	if (may == c->reading)
		return;
	c->reading = may;
	if (may)
		(void)event_add(c->readable, NULL);
	else
		(void)event_del(c->readable);
}

static void welcome(struct client *c)
{
	event_free(c->deadline);
	c->deadline = NULL;
	c->stream.size_max = LIBRARIAN_REQUEST_MAX;
}

void client_resume(struct client *c)
{
	if (c->deadline && c->session.hello)
		welcome(c);
	if (!send_replies(c) || !take_requests(c) || is_over(c))
		end(c);
	else
		set_reading(c);
}

/* ---- events --------------------------------------------------------------- */

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct client *c = arg;

	(void)fd;
	(void)what;
	if (receive(c))
		client_resume(c);
	else
		end(c);
}

void client_poke(struct client *c)
{
	if (c->reading)
		on_readable(c->fd, EV_READ, c);
}

static void on_writable(evutil_socket_t fd, short what, void *arg)
{
	struct client *c = arg;

	(void)fd;
	if (!(what & EV_TIMEOUT)) {
		client_resume(c);
		return;
	}
	log_warn("a client of node %u does not read its replies, dropped",
		 c->session.node_id);
	end(c);
}

static void on_deadline(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	end(arg);
}

/* ---- start and end -------------------------------------------------------- */

static int start(struct client *c, struct event_base *base)
{
	int on = 1;

	(void)evutil_make_socket_nonblocking(c->fd);
	/* Both fail on sockets that are not TCP, which need neither. */
	(void)setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	(void)setsockopt(c->fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	c->readable =
		event_new(base, c->fd, EV_READ | EV_PERSIST, on_readable, c);
	c->writable = event_new(base, c->fd, EV_WRITE, on_writable, c);
	if (!c->readable || !c->writable || event_add(c->readable, NULL) < 0)
		return -ENOMEM;
	c->reading = true;
	return 0;
}

int client_new(struct event_base *base, int fd, const struct client_ops *ops,
	       void *arg, struct client **ret_c)
{
	struct client *c = calloc(1, sizeof(*c));
	int r;

	if (!c) {
		(void)close(fd);
		return -ENOMEM;
	}
	c->fd = fd;
	c->ops = ops;
	c->arg = arg;
	jwrite_init(&c->out, SIZE_MAX);
	jwrite_init(&c->behind, SIZE_MAX);
	jstream_init(&c->stream, LIBRARIAN_REQUEST_MAX, LIBRARIAN_DEPTH_MAX);
	r = start(c, base);
	if (r < 0) {
		client_free(c);
		return r;
	}
	*ret_c = c;
	return 0;
}

int client_expect_hello(struct client *c)
{
	const struct timeval patience = { CLIENT_HELLO_TIMEOUT, 0 };

	c->stream.size_max = CLIENT_STRANGER_MAX;
	c->deadline = evtimer_new(event_get_base(c->readable), on_deadline, c);
	return c->deadline && evtimer_add(c->deadline, &patience) == 0 ?
		       0 :
		       -ENOMEM;
}

void client_free(struct client *c)
{
	if (!c)
		return;
	if (c->readable)
		event_free(c->readable);
	if (c->writable)
		event_free(c->writable);
	if (c->deadline)
		event_free(c->deadline);
	(void)close(c->fd);
	jwrite_deinit(&c->out);
	jwrite_deinit(&c->behind);
	jstream_deinit(&c->stream);
	free(c);
}
