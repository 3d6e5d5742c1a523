/* SPDX-License-Identifier: MIT */

/* conn.c - A TCP connection that carries lines */

#include "conn.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "cleanup.h"
#include "thread.h"

/* The longest line: the books of the largest shelf, and more */
#define LINE_MAX_BYTES (64U << 20)

#define READ_STEP (64U << 10)

/* A buffer that is larger goes when it is empty. */
#define ROOM_KEPT (1U << 20)

static int wait_connected(int fd, int stop_fd, int ms)
{
	const int64_t end = thread_now_ms() + ms;
	struct pollfd p[] = {
		{ .fd = fd, .events = POLLOUT },
		{ .fd = stop_fd, .events = POLLIN },
	};

	for (;;) {
		int64_t left = end - thread_now_ms();
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

/* Blocking, but never for long. */
static int set_options(int fd)
{
	const struct timeval tick = { .tv_usec = CONN_TICK_MS * 1000 };
	const int one = 1;
	int flags = fcntl(fd, F_GETFL);

	if (flags < 0 || fcntl(fd, F_SETFL, flags & ~O_NONBLOCK) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tick, sizeof(tick)) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &tick, sizeof(tick)) < 0)
		return -errno;
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	(void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof(one));
	return 0;
}

int conn_connect(struct conn *conn, const struct sockaddr_in *peer, int stop_fd,
		 int ms)
{
	CLEANUP_FD int fd = -1;
	socklen_t len = sizeof(int);
	int e = 0, r;

	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	if (connect(fd, (const struct sockaddr *)peer, sizeof(*peer)) < 0 &&
	    errno != EINPROGRESS)
		return -errno;
	r = wait_connected(fd, stop_fd, ms);
	if (r < 0)
		return r;
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &e, &len) < 0)
		return -errno;
	r = e ? -e : set_options(fd);
	if (r < 0)
		return r;
	conn->fd = take_fd(&fd);
	return 0;
}

void conn_close(struct conn *conn)
{
	close_fd(&conn->fd);
	conn->start = conn->end = conn->seen = 0;
}

void conn_break(const struct conn *conn)
{
	(void)shutdown(conn->fd, SHUT_RDWR);
}

void conn_deinit(struct conn *conn)
{
	conn_close(conn);
	free(conn->buf);
	conn->buf = NULL;
	conn->room = 0;
}

ssize_t conn_send(const struct conn *conn, const char *data, size_t len)
{
	ssize_t n;

	do
		n = send(conn->fd, data, len, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : n;
}

/* ---- receiving ------------------------------------------------------------- */

/* Room for a step behind what is there */
static int make_room(struct conn *conn)
{
	const size_t len = conn->end - conn->start;
	char *more;
	size_t room;

	if (len == 0 && conn->room > ROOM_KEPT) {
		free(conn->buf);
		conn->buf = NULL;
		conn->room = 0;
	}
	if (len == 0) {
		conn->start = conn->end = 0;
	} else if (conn->start) {
		memmove(conn->buf, conn->buf + conn->start, len);
		conn->start = 0;
		conn->end = len;
	}
	if (conn->room - len >= READ_STEP)
		return 0;
	if (len >= LINE_MAX_BYTES)
		return -EPROTO;
	room = conn->room ? conn->room * 2 : 2 * READ_STEP;
	more = realloc(conn->buf, room);
	if (!more)
		return -ENOMEM;
	conn->buf = more;
	conn->room = room;
	return 0;
}

int conn_receive(struct conn *conn, bool wait)
{
	ssize_t n;
	int r;

	r = make_room(conn);
	if (r < 0)
		return r;
	n = recv(conn->fd, conn->buf + conn->end, conn->room - conn->end,
		 wait ? 0 : MSG_DONTWAIT);
	if (n < 0)
		return errno == EINTR ? -EAGAIN : -errno;
	if (n == 0)
		return -ECONNRESET;
	conn->end += (size_t)n;
	return 0;
}

bool conn_line(struct conn *conn, const char **ret_text, size_t *ret_len)
{
	const size_t from = conn->start + conn->seen;
	char *text = conn->buf + conn->start;
	const char *end = NULL;

	if (conn->end > from)
		end = memchr(conn->buf + from, '\n', conn->end - from);
	if (!end) {
		conn->seen = conn->end - conn->start;
		return false;
	}
	*ret_text = text;
	*ret_len = (size_t)(end - text);
	conn->start += *ret_len + 1;
	conn->seen = 0;
	return true;
}

bool conn_rest(const struct conn *conn, const char **ret_text, size_t *ret_len)
{
	*ret_text = conn->buf + conn->start;
	*ret_len = conn->end - conn->start;
	return *ret_len;
}

void conn_drop_rest(struct conn *conn)
{
	conn->start = conn->end = conn->seen = 0;
}
