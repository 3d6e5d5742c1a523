/* SPDX-License-Identifier: MIT */

/* client.c - Connection to the Librarian */

#include "client.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "cleanup.h"
#include "json.h"
#include "log.h"

/* The largest reply: a directory of some 100,000 shelves. */
#define REPLY_MAX (64U << 20)
#define READ_STEP (64U << 10)

/* Between two attempts to connect; doubled up to the second. */
#define BACKOFF_MIN_MS 20
#define BACKOFF_MAX_MS 1000

/* A Librarian that accepts a request and is silent this long is not well. */
#define REPLY_TIMEOUT_MS 60000

struct client {
	struct client_conf conf;
	struct sockaddr_in peer;
	int fd; /* -1 = not connected */
	uint64_t seq;
	bool was_connected;
	bool restoring; /* within conf.restore */
	bool resent;
	char *buf; /* received: the first len bytes */
	size_t room, len;
};

static int64_t now_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Wait for @events, or for nothing if fd is -1. 0, -ETIMEDOUT or -EINTR */
static int wait_for(const struct client *c, int fd, short events, int ms)
{
	const int64_t end = now_ms() + ms;
	struct pollfd p[] = {
		{ .fd = fd, .events = events },
		{ .fd = c->conf.stop_fd, .events = POLLIN },
	};

	for (;;) {
		int64_t left = end - now_ms();
		int r = poll(p, ARRAY_SIZE(p), left > 0 ? (int)left : 0);

		if (r < 0 && errno != EINTR)
			return -errno;
		if (r > 0 && p[1].revents)
			return -EINTR;
		if (r > 0)
			return 0;
		if (r == 0)
			return -ETIMEDOUT;
	}
}

static void disconnect(struct client *c)
{
	close_fd(&c->fd);
	c->len = 0;
}

static int connect_socket(struct client *c, int ms)
{
	CLEANUP_FD int fd = -1;
	const int one = 1;
	socklen_t len = sizeof(int);
	int e = 0, r;

	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	if (connect(fd, (const struct sockaddr *)&c->peer, sizeof(c->peer)) <
	    0) {
		if (errno != EINPROGRESS)
			return -errno;
		r = wait_for(c, fd, POLLOUT, ms);
		if (r < 0)
			return r;
		if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &e, &len) < 0)
			return -errno;
		if (e)
			return -e;
	}
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	(void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof(one));
	c->fd = take_fd(&fd);
	return 0;
}

static int send_all(struct client *c, const char *data, size_t len)
{
	while (len) {
		ssize_t n = send(c->fd, data, len, MSG_NOSIGNAL);

		if (n < 0 && errno == EAGAIN) {
			int r = wait_for(c, c->fd, POLLOUT, REPLY_TIMEOUT_MS);

			if (r < 0)
				return r;
			continue;
		}
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		data += n;
		len -= (size_t)n;
	}
	return 0;
}

static int receive_some(struct client *c)
{
	ssize_t n;
	int r;

	if (c->room - c->len < READ_STEP) {
		size_t room = c->room ? c->room * 2 : 2 * READ_STEP;
		char *more;

		if (c->len >= REPLY_MAX)
			return -EPROTO;
		more = realloc(c->buf, room);
		if (!more)
			return -ENOMEM;
		c->buf = more;
		c->room = room;
	}
	r = wait_for(c, c->fd, POLLIN, REPLY_TIMEOUT_MS);
	if (r < 0)
		return r;
	n = recv(c->fd, c->buf + c->len, c->room - c->len, 0);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	if (n == 0)
		return -ECONNRESET;
	c->len += (size_t)n;
	return 0;
}

/* The first whole line, removed by drop_line(). */
static int receive_line(struct client *c, size_t *ret_len)
{
	size_t seen = 0;

	for (;;) {
		char *end = NULL;
		int r;

		if (c->len > seen)
			end = memchr(c->buf + seen, '\n', c->len - seen);
		if (end) {
			*ret_len = (size_t)(end - c->buf);
			return 0;
		}
		seen = c->len;
		r = receive_some(c);
		if (r < 0)
			return r;
	}
}

static void drop_line(struct client *c, size_t len)
{
	c->len -= len + 1;
	memmove(c->buf, c->buf + len + 1, c->len);
}

/* What broke the connection, as opposed to what the Librarian answered */
struct exchange {
	int broken; /* 0 or negative errno */
	int answer; /* 0 or the Librarian's negative errno */
};

static struct exchange exchange(struct client *c, const struct caller *who,
				json_t *request, json_t **ret_value)
{
	CLEANUP_FREE char *text = NULL;
	size_t len;
	int r;

	c->seq++;
	r = request_set_context(request, c->conf.node_id, c->seq, who);
	if (r < 0)
		return (struct exchange){ .answer = r };
	text = json_line(request);
	if (!text)
		return (struct exchange){ .answer = -ENOMEM };
	r = send_all(c, text, strlen(text));
	if (r < 0)
		return (struct exchange){ .broken = r };
	do {
		r = receive_line(c, &len);
		if (r < 0)
			return (struct exchange){ .broken = r };
		r = reply_parse(c->buf, len, c->seq, ret_value);
		drop_line(c, len);
	} while (r == -EAGAIN);
	if (r == -EPROTO)
		return (struct exchange){ .broken = r };
	return (struct exchange){ .answer = r };
}

static const struct caller self;

static int say_hello(struct client *c)
{
	CLEANUP_JSON json_t *request = NULL;
	CLEANUP_JSON json_t *value = NULL;
	struct exchange x;

	request = request_hello(c->conf.node_id, c->conf.token);
	if (!request)
		return -ENOMEM;
	x = exchange(c, &self, request, &value);
	return x.broken ? x.broken : x.answer;
}

static int connect_once(struct client *c, int ms)
{
	int r = connect_socket(c, ms);

	if (r == 0)
		r = say_hello(c);
	if (r == 0 && c->was_connected && c->conf.restore) {
		c->restoring = true;
		r = c->conf.restore(c->conf.arg);
		c->restoring = false;
	}
	if (r < 0) {
		disconnect(c);
		return r;
	}
	if (c->was_connected)
		log_info("connected to the Librarian again");
	c->was_connected = true;
	return 0;
}

/* Failures that trying again does not cure */
static bool is_final(int error)
{
	return error == -EINTR || error == -EACCES || error == -EPERM ||
	       error == -ENOMEM;
}

static int connect_patiently(struct client *c, int64_t end)
{
	int delay = BACKOFF_MIN_MS;

	for (;;) {
		int64_t left = end - now_ms();
		int r = connect_once(c, left > 1 ? (int)left : 1);

		if (r == 0 || is_final(r))
			return r;
		left = end - now_ms();
		if (left <= 0)
			return r;
		log_debug("the Librarian cannot be reached: %s", strerror(-r));
		r = wait_for(c, -1, 0, left < delay ? (int)left : delay);
		if (r != -ETIMEDOUT)
			return r;
		delay = delay * 2 < BACKOFF_MAX_MS ? delay * 2 : BACKOFF_MAX_MS;
	}
}

/* Within restore(): no second attempt, the connection is given up instead. */
static int call_once(struct client *c, const struct caller *who,
		     json_t *request, json_t **ret_value)
{
	struct exchange x = exchange(c, who, request, ret_value);

	return x.broken ? x.broken : x.answer;
}

int client_call(struct client *c, const struct caller *who, json_t *request,
		json_t **ret_value)
{
	CLEANUP_JSON json_t *req = request;
	const int64_t end = now_ms() + c->conf.patience_ms;

	if (!who)
		who = &self;
	if (!req)
		return -ENOMEM;
	if (c->restoring)
		return call_once(c, who, req, ret_value);
	for (c->resent = false;; c->resent = true) {
		struct exchange x;
		int r;

		if (c->fd < 0) {
			r = connect_patiently(c, end);
			if (r < 0) {
				log_err_errno(r, "no answer from the "
						 "Librarian; giving up");
				return r == -EINTR ? r : -EIO;
			}
		}
		x = exchange(c, who, req, ret_value);
		if (!x.broken)
			return x.answer;
		disconnect(c);
		if (x.broken == -EINTR)
			return x.broken;
		log_warn_errno(x.broken,
			       "lost the Librarian; connecting again");
		if (now_ms() >= end)
			return -EIO;
	}
}

void client_set_patience(struct client *c, uint32_t ms)
{
	c->conf.patience_ms = ms;
}

bool client_resent(const struct client *c)
{
	return c->resent;
}

int client_new(const struct client_conf *conf, struct client **ret_client,
	       struct err *e)
{
	struct client *c = calloc(1, sizeof(*c));
	int r;

	if (!c)
		return err_set(e, -ENOMEM, "no memory");
	c->conf = *conf;
	c->fd = -1;
	c->peer.sin_family = AF_INET;
	c->peer.sin_port = htons(conf->port);
	if (inet_pton(AF_INET, conf->address, &c->peer.sin_addr) != 1) {
		(void)client_free(c);
		return err_set(e, -EINVAL, "'%s' is no IPv4 address",
			       conf->address);
	}
	r = connect_patiently(c, now_ms() + conf->patience_ms);
	if (r < 0) {
		(void)client_free(c);
		return err_set(e, r,
			       "cannot connect to the Librarian at "
			       "%s:%u: %s",
			       conf->address, conf->port,
			       r == -EACCES ? "it refuses this node's token" :
					      strerror(-r));
	}
	*ret_client = c;
	return 0;
}

struct client *client_free(struct client *c)
{
	if (c) {
		disconnect(c);
		free(c->buf);
		free(c);
	}
	return NULL;
}
