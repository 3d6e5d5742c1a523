/* SPDX-License-Identifier: MIT */

/* client.c - Connection to the Librarian
 *
 * Theory of operation. Replies come in the order of the requests, so the calls
 * that wait form a queue: a thread appends its call and sends, under send_lock
 * so that the two orders are the same. Whoever waits and finds that nobody
 * receives does so itself, for all: replies go to the calls they belong to, and
 * when its own has come, it leaves that to the first that still waits. So the
 * answer wakes the thread that needs it and no other.
 *
 * While nobody waits, a thread of the client, the keeper, watches the
 * connection for events. It is put to sleep by taking the connection out of its
 * epoll (one short system call) and not by a switch of threads.
 *
 * The keeper also makes the connection again when it breaks. Whoever notices
 * that declares all calls of the queue lost; their threads wait for the next
 * connection and send them again. Nobody but the keeper sends before it has
 * said hello and restored what the Librarian has to know of this node.
 *
 * Locks: send_lock before lock. The buffer of the connection belongs to whoever
 * has set "receiving"; while the connection is broken and nobody receives or
 * sends, all of it belongs to the keeper.
 */

#include "client.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "cleanup.h"
#include "client_inner.h"
#include "json.h"
#include "log.h"
#include "thread.h"

/* ---- the queue; all with the lock ------------------------------------------ */

static void append(struct client *c, struct call *call)
{
	call->state = CALL_SENT;
	call->next = NULL;
	*c->last = call;
	c->last = &call->next;
}

static void take_first(struct client *c, enum call_state state)
{
	struct call *call = c->first;

	c->first = call->next;
	if (!c->first)
		c->last = &c->first;
	call->state = state;
	pthread_cond_signal(call->wake);
}

void client_kick(const struct client *c)
{
	const uint64_t one = 1;

	(void)!write(c->kick_fd, &one, sizeof(one));
}

void client_break(struct client *c, int error)
{
	if (c->state == STATE_BROKEN)
		return;
	if (c->was_connected && c->state == STATE_CONNECTED)
		log_warn_errno(error, "lost the Librarian; connecting again");
	c->state = STATE_BROKEN;
	conn_break(&c->conn);
	while (c->first)
		take_first(c, CALL_LOST);
	pthread_cond_broadcast(&c->changed);
	client_kick(c);
}

static bool is_connector(const struct client *c)
{
	return c->connecting && pthread_equal(pthread_self(), c->connector);
}

static bool may_call(const struct client *c)
{
	return c->state == STATE_CONNECTED ||
	       (c->state == STATE_CONNECTING && is_connector(c));
}

static int64_t left_ms(const struct client *c, const struct call *call)
{
	return call->start_ms + c->conf.patience_ms - thread_now_ms();
}

/* Have the keeper be told of what arrives, once; or not any more. */
static void watch(struct client *c, bool on)
{
	struct epoll_event ev = { .events = EPOLLONESHOT };

	if (on)
		ev.events |= EPOLLIN;
	ev.data.fd = c->conn.fd;
	if (c->watched != on && c->state != STATE_BROKEN)
		(void)epoll_ctl(c->epoll_fd, EPOLL_CTL_MOD, c->conn.fd, &ev);
	c->watched = on;
}

/* ---- receiving ------------------------------------------------------------- */

static int deliver(struct client *c, struct message *m)
{
	int r = 0;

	pthread_mutex_lock(&c->lock);
	if (c->first && c->first->seq == m->seq) {
		c->first->reply = *m;
		m->doc = (struct jread){ 0 };
		take_first(c, CALL_ANSWERED);
	} else if (c->state != STATE_BROKEN) {
		r = -EPROTO;
	}
	pthread_mutex_unlock(&c->lock);
	return r;
}

static int handle_line(struct client *c, const char *text, size_t len)
{
	CLEANUP_MESSAGE struct message m = { 0 };
	int r;

	r = message_parse(text, len, &m);
	if (r < 0)
		return r;
	if (m.is_reply)
		return deliver(c, &m);
	return c->conf.event ? c->conf.event(c->conf.event_arg, &m.doc) : 0;
}

/*
 * Who is refused before its hello was understood, gets an answer without a
 * newline, which would be waited for in vain. What is no answer yet, stays.
 */
static int handle_rest(struct client *c)
{
	const char *text;
	size_t len;
	int r;

	if (!conn_rest(&c->conn, &text, &len))
		return 0;
	r = handle_line(c, text, len);
	if (r == 0)
		conn_drop_rest(&c->conn);
	return r == -ENOMEM ? r : 0;
}

void client_receive(struct client *c, bool wait)
{
	bool connecting = c->state == STATE_CONNECTING;
	const char *text;
	size_t len;
	int r;

	c->receiving = true;
	watch(c, false);
	pthread_mutex_unlock(&c->lock);
	r = conn_receive(&c->conn, wait);
	while (r == 0 && conn_line(&c->conn, &text, &len))
		if (len) /* else of what was no line yet */
			r = handle_line(c, text, len);
	if (r == 0 && connecting)
		r = handle_rest(c);
	pthread_mutex_lock(&c->lock);
	c->receiving = false;
	if (r < 0 && r != -EAGAIN)
		client_break(c, r);
	if (c->state == STATE_BROKEN)
		pthread_cond_broadcast(&c->changed);
}

void client_pass_on(struct client *c)
{
	if (c->receiving)
		return;
	if (c->first)
		pthread_cond_signal(c->first->wake);
	else if (c->state == STATE_CONNECTED)
		watch(c, true);
}

/* ---- a call ---------------------------------------------------------------- */

static bool is_late(struct client *c, const struct call *call)
{
	bool late;

	pthread_mutex_lock(&c->lock);
	late = left_ms(c, call) <= 0;
	pthread_mutex_unlock(&c->lock);
	return late;
}

static int send_all(struct client *c, const struct call *call, const char *text)
{
	size_t len = strlen(text);

	while (len) {
		ssize_t n = conn_send(&c->conn, text, len);

		if (n == -EAGAIN && is_late(c, call))
			return -ETIMEDOUT;
		if (n == -EAGAIN)
			continue;
		if (n < 0)
			return (int)n;
		text += n;
		len -= (size_t)n;
	}
	return 0;
}

/* Return: whether there is a connection that it can be sent on */
static bool transmit(struct client *c, struct call *call, const char *text)
{
	bool sent;
	int r = 0;

	pthread_mutex_lock(&c->send_lock);
	pthread_mutex_lock(&c->lock);
	sent = may_call(c);
	if (sent) {
		append(c, call);
		/* The answer is for this thread, not for the keeper. */
		watch(c, false);
	}
	pthread_mutex_unlock(&c->lock);
	if (sent)
		r = send_all(c, call, text);
	if (r < 0) {
		pthread_mutex_lock(&c->lock);
		client_break(c, r);
		pthread_mutex_unlock(&c->lock);
	}
	pthread_mutex_unlock(&c->send_lock);
	return sent;
}

/* Until it is answered or lost */
static void wait_reply(struct client *c, const struct call *call)
{
	pthread_mutex_lock(&c->lock);
	while (call->state == CALL_SENT) {
		int64_t left = left_ms(c, call);

		if (left <= 0)
			client_break(c, -ETIMEDOUT);
		else if (!c->receiving)
			client_receive(c, true);
		else
			thread_wait(call->wake, &c->lock, left);
	}
	client_pass_on(c);
	pthread_mutex_unlock(&c->lock);
}

/* Until there is a connection that it can be sent on */
static int wait_connection(struct client *c, const struct call *call)
{
	int r = 0;

	pthread_mutex_lock(&c->lock);
	if (is_connector(c))
		r = -ENOTCONN;
	while (r == 0) {
		int64_t left = left_ms(c, call);

		if (left <= 0)
			r = -EIO;
		else if (may_call(c))
			break;
		else
			thread_wait(&c->changed, &c->lock, left);
	}
	pthread_mutex_unlock(&c->lock);
	if (r == -EIO)
		log_err("no answer from the Librarian; giving up");
	return r;
}

static int converse(struct client *c, struct call *call, const char *text,
		    struct reply *reply)
{
	int r;

	do {
		if (transmit(c, call, text)) {
			wait_reply(c, call);
			if (call->state == CALL_ANSWERED)
				break;
			reply->resent = true;
		}
		r = wait_connection(c, call);
		if (r < 0)
			return r;
	} while (true);
	reply->doc = call->reply.doc;
	reply->value = call->reply.value;
	r = call->reply.error;
	return r == -ENOTCONN ? -EIO : r; /* ours alone */
}

int client_ask(struct client *c, const struct caller *who, json_t *request,
	       struct reply *ret_reply)
{
	pthread_cond_t wake;
	struct call call = { .start_ms = thread_now_ms(), .wake = &wake };
	CLEANUP_JSON json_t *req = request;
	CLEANUP_FREE char *text = NULL;
	struct reply reply = { 0 };
	int r;

	if (!req)
		return -ENOMEM;
	call.seq = __atomic_add_fetch(&c->seq, 1, __ATOMIC_RELAXED);
	r = request_set_context(req, call.seq, who);
	if (r < 0)
		return r;
	text = json_line(req);
	if (!text)
		return -ENOMEM;
	r = thread_cond_init(&wake);
	if (r < 0)
		return r;
	r = converse(c, &call, text, &reply);
	(void)pthread_cond_destroy(&wake);
	*ret_reply = reply;
	return r;
}

/* ---- settings -------------------------------------------------------------- */

void client_set_patience(struct client *c, uint32_t ms)
{
	pthread_mutex_lock(&c->lock);
	c->conf.patience_ms = ms;
	pthread_cond_broadcast(&c->changed);
	for (struct call *call = c->first; call; call = call->next)
		pthread_cond_signal(call->wake);
	pthread_mutex_unlock(&c->lock);
}

struct client_hello client_get_hello(struct client *c)
{
	struct client_hello hello;

	pthread_mutex_lock(&c->lock);
	hello = c->hello;
	pthread_mutex_unlock(&c->lock);
	return hello;
}
