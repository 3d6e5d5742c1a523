/* SPDX-License-Identifier: MIT */

/* client_connect.c - The connection to the Librarian: made, kept, made again
 *
 * For the theory see client.c.
 */

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "cleanup.h"
#include "client_inner.h"
#include "jget.h"
#include "log.h"
#include "thread.h"

/* Between two attempts to connect; doubled up to the second. */
#define BACKOFF_MIN_MS 20
#define BACKOFF_MAX_MS 1000

/* How long one attempt of the keeper may take. */
#define CONNECT_MS 3000

/* ---- connecting ------------------------------------------------------------ */

static int parse_hello(const struct jvalue *value,
		       struct client_hello *ret_hello)
{
	const struct jvalue *board = jvalue_get(value, "board");
	struct client_hello h = { .protocol = 1 };
	int r;

	r = jget_u32(value, "protocol", 1, UINT32_MAX, &h.protocol);
	if (r < 0 && r != -ENOENT)
		return -EPROTO;
	if (jvalue_is(board, JVALUE_OBJECT) &&
	    (jget_u64(board, "offset", 0, INT64_MAX, &h.board_offset) < 0 ||
	     jget_u64(board, "size", 1, INT64_MAX, &h.board_size) < 0))
		return -EPROTO;
	*ret_hello = h;
	return 0;
}

static int say_hello(struct client *c)
{
	CLEANUP_REPLY struct reply reply = { 0 };
	struct client_hello hello;
	int r;

	r = client_ask(c, NULL,
		       request_hello(c->conf.node_id, c->conf.token,
				     c->conf.protocol, c->conf.event != NULL),
		       &reply);
	if (r == 0)
		r = parse_hello(reply.value, &hello);
	if (r < 0)
		return r;
	pthread_mutex_lock(&c->lock);
	c->hello = hello;
	pthread_mutex_unlock(&c->lock);
	return 0;
}

static int attach(struct client *c)
{
	struct epoll_event ev = { .events = EPOLLONESHOT };
	int r = 0;

	ev.data.fd = c->conn.fd;
	pthread_mutex_lock(&c->lock);
	if (epoll_ctl(c->epoll_fd, EPOLL_CTL_ADD, c->conn.fd, &ev) < 0) {
		r = -errno;
	} else {
		c->watched = false;
		c->connecting = true;
		c->connector = pthread_self();
		c->state = STATE_CONNECTING;
	}
	pthread_mutex_unlock(&c->lock);
	return r;
}

/* Whoever waits for the connection has it, unless it broke meanwhile. */
static int release(struct client *c, int error)
{
	pthread_mutex_lock(&c->lock);
	c->connecting = false;
	if (error < 0) {
		client_break(c, error);
	} else if (c->state != STATE_CONNECTING) {
		error = -ENOTCONN;
	} else {
		if (c->was_connected)
			log_info("connected to the Librarian again");
		c->was_connected = true;
		c->state = STATE_CONNECTED;
		pthread_cond_broadcast(&c->changed);
		client_pass_on(c);
	}
	pthread_mutex_unlock(&c->lock);
	return error;
}

/* Nobody else uses the broken connection when this returns. */
static void abandon(struct client *c)
{
	pthread_mutex_lock(&c->send_lock);
	pthread_mutex_lock(&c->lock);
	while (c->receiving)
		thread_wait(&c->changed, &c->lock, -1);
	pthread_mutex_unlock(&c->lock);
	pthread_mutex_unlock(&c->send_lock);
	conn_close(&c->conn);
}

static int connect_once(struct client *c, int stop_fd, int ms)
{
	int r;

	abandon(c);
	r = conn_connect(&c->conn, &c->peer, stop_fd, ms);
	if (r == 0)
		r = attach(c);
	if (r < 0)
		return r;
	r = say_hello(c);
	if (r == 0 && c->was_connected && c->conf.restore)
		c->conf.restore(c->conf.arg);
	return release(c, r);
}

/* ---- the keeper ------------------------------------------------------------ */

/* Return: whether it was kicked */
static bool nap(int fd, int ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, ms) > 0;
}

static int next_delay(int delay)
{
	return delay * 2 < BACKOFF_MAX_MS ? delay * 2 : BACKOFF_MAX_MS;
}

static bool has_quit(struct client *c)
{
	bool quit;

	pthread_mutex_lock(&c->lock);
	quit = c->quit;
	pthread_mutex_unlock(&c->lock);
	return quit;
}

static void drain(int fd)
{
	uint64_t n;

	(void)!read(fd, &n, sizeof(n));
}

static void reconnect(struct client *c)
{
	int delay = BACKOFF_MIN_MS;

	drain(c->kick_fd);
	while (!has_quit(c)) {
		int r = connect_once(c, c->kick_fd, CONNECT_MS);

		if (r == 0)
			return;
		if (r == -EACCES || r == -EPERM)
			log_err("the Librarian refuses this node's token");
		else
			log_debug("the Librarian cannot be reached: %s",
				  strerror(-r));
		drain(c->kick_fd);
		if (!has_quit(c))
			(void)nap(c->kick_fd, delay);
		delay = next_delay(delay);
	}
}

/* Nobody waits: what arrives is an event, or the end. */
static void attend(struct client *c)
{
	struct epoll_event ev[2];
	int n = epoll_wait(c->epoll_fd, ev, ARRAY_SIZE(ev), -1);

	pthread_mutex_lock(&c->lock);
	for (int i = 0; i < n; i++) {
		if (ev[i].data.fd == c->kick_fd) {
			drain(c->kick_fd);
			continue;
		}
		c->watched = false; /* it tells once */
		if (c->state == STATE_CONNECTED && !c->receiving)
			client_receive(c, false);
		client_pass_on(c);
	}
	pthread_mutex_unlock(&c->lock);
}

static void *keep(void *arg)
{
	struct client *c = arg;
	enum state state;

	while (!has_quit(c)) {
		pthread_mutex_lock(&c->lock);
		state = c->state;
		pthread_mutex_unlock(&c->lock);
		if (state == STATE_BROKEN)
			reconnect(c);
		else
			attend(c);
	}
	return NULL;
}

/* ---- life ------------------------------------------------------------------ */

/* Failures that trying again does not cure */
static bool is_final(int error)
{
	return error == -EINTR || error == -EACCES || error == -EPERM ||
	       error == -ENOMEM;
}

static int connect_first(struct client *c)
{
	const int64_t end = thread_now_ms() + c->conf.patience_ms;
	int delay = BACKOFF_MIN_MS;

	for (;;) {
		int64_t left = end - thread_now_ms();
		int r = connect_once(c, c->conf.stop_fd,
				     left > 1 ? (int)left : 1);

		if (r == 0 || is_final(r))
			return r;
		left = end - thread_now_ms();
		if (left <= 0)
			return r;
		log_debug("the Librarian cannot be reached: %s", strerror(-r));
		if (nap(c->conf.stop_fd, left < delay ? (int)left : delay))
			return -EINTR;
		delay = next_delay(delay);
	}
}

static int prepare(struct client *c)
{
	struct epoll_event ev = { .events = EPOLLIN };
	int r;

	c->conn.fd = -1;
	c->last = &c->first;
	c->kick_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	c->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	ev.data.fd = c->kick_fd;
	(void)pthread_mutex_init(&c->send_lock, NULL);
	(void)pthread_mutex_init(&c->lock, NULL);
	r = thread_cond_init(&c->changed);
	if (r < 0)
		return r;
	if (c->kick_fd < 0 || c->epoll_fd < 0 ||
	    epoll_ctl(c->epoll_fd, EPOLL_CTL_ADD, c->kick_fd, &ev) < 0)
		return -errno;
	return 0;
}

static int start(struct client *c, struct err *e)
{
	int r;

	c->peer.sin_family = AF_INET;
	c->peer.sin_port = htons(c->conf.port);
	if (inet_pton(AF_INET, c->conf.address, &c->peer.sin_addr) != 1)
		return err_set(e, -EINVAL, "'%s' is no IPv4 address",
			       c->conf.address);
	r = connect_first(c);
	if (r < 0)
		return err_set(e, r,
			       "cannot connect to the Librarian at "
			       "%s:%u: %s",
			       c->conf.address, c->conf.port,
			       r == -EACCES ? "it refuses this node's token" :
					      strerror(-r));
	r = thread_start(&c->keeper, keep, c);
	if (r < 0)
		return err_set(e, r, "cannot start a thread: %s", strerror(-r));
	c->has_keeper = true;
	return 0;
}

int client_new(const struct client_conf *conf, struct client **ret_client,
	       struct err *e)
{
	struct client *c = calloc(1, sizeof(*c));
	int r;

	if (!c)
		return err_set(e, -ENOMEM, "no memory");
	c->conf = *conf;
	r = prepare(c);
	if (r < 0)
		(void)err_set(e, r, "the connection: %s", strerror(-r));
	else
		r = start(c, e);
	if (r < 0)
		(void)client_free(c);
	else
		*ret_client = c;
	return r;
}

struct client *client_free(struct client *c)
{
	if (!c)
		return NULL;
	pthread_mutex_lock(&c->lock);
	c->quit = true;
	client_kick(c);
	pthread_mutex_unlock(&c->lock);
	if (c->has_keeper)
		(void)pthread_join(c->keeper, NULL);
	conn_deinit(&c->conn);
	close_fd(&c->epoll_fd);
	close_fd(&c->kick_fd);
	(void)pthread_cond_destroy(&c->changed);
	(void)pthread_mutex_destroy(&c->lock);
	(void)pthread_mutex_destroy(&c->send_lock);
	free(c);
	return NULL;
}
