/* SPDX-License-Identifier: MIT */

/* expose.c - Ports of torms that lead to the host's loopback, from a bridge
 *
 * Theory of operation. A connection is two sockets and two flows between them.
 * A flow is read only while nothing of it waits to be written, so a side that
 * does not read holds up the other one of its own connection, and nobody else.
 * The end of a side is passed on when all before it is; a connection is over
 * when both have ended, or when one fails.
 */

#include "expose.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cleanup.h"

#define FLOW_SIZE 65536U

enum side {
	NODE,
	HOST,
	SIDES
};

/* From one side to the other */
struct flow {
	size_t at, len; /* what waits to be written */
	bool ended;	/* nothing more is read */
	bool passed;	/* ... which the other side knows */
	uint8_t buf[FLOW_SIZE];
};

struct joint {
	struct joint *next;
	int fds[SIDES];
	int slots[SIDES];
	bool connecting;
	struct flow flows[SIDES]; /* by the side that is read */
};

struct expose {
	struct rewrite ports;
	int listeners[REWRITE_MAX];
	int slots[REWRITE_MAX];
	struct joint *joints;
	unsigned n;
};

/* ---- a connection --------------------------------------------------------- */

static void joint_free(struct joint *j)
{
	close_fd(&j->fds[NODE]);
	close_fd(&j->fds[HOST]);
	free(j);
}

/* Return: 0, also if nothing was there, or a negative errno */
static int fill_flow(struct flow *f, int from)
{
	ssize_t n = recv(from, f->buf, sizeof(f->buf), MSG_DONTWAIT);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	f->ended = n == 0;
	f->at = 0;
	f->len = (size_t)n;
	return 0;
}

static int empty_flow(struct flow *f, int to)
{
	ssize_t n = 0;

	if (f->len)
		n = send(to, f->buf + f->at, f->len,
			 MSG_DONTWAIT | MSG_NOSIGNAL);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	f->at += (size_t)n;
	f->len -= (size_t)n;
	if (f->ended && !f->len && !f->passed) {
		f->passed = true;
		(void)shutdown(to, SHUT_WR);
	}
	return 0;
}

static int move(struct joint *j, enum side from, short events)
{
	struct flow *f = &j->flows[from];
	int r = 0;

	if (!f->len && !f->ended && events & (POLLIN | POLLHUP | POLLERR))
		r = fill_flow(f, j->fds[from]);
	return r < 0 ? r : empty_flow(f, j->fds[!from]);
}

static int finish_connecting(struct joint *j, short events)
{
	int error = 0;
	socklen_t len = sizeof(error);

	if (!events)
		return 0;
	j->connecting = false;
	if (getsockopt(j->fds[HOST], SOL_SOCKET, SO_ERROR, &error, &len) < 0)
		return -errno;
	return -error;
}

/* Return: 1 = it is over, which may be an error; 0 = it goes on */
static int serve(struct joint *j, const struct pollset *set)
{
	const short events[SIDES] = { pollset_revents(set, j->slots[NODE]),
				      pollset_revents(set, j->slots[HOST]) };
	int r = 0;

	if (j->connecting)
		r = finish_connecting(j, events[HOST]);
	if (j->connecting || r < 0)
		return r < 0;
	for (int side = NODE; side < SIDES && r == 0; side++)
		r = move(j, (enum side)side, events[side]);
	return r < 0 || (j->flows[NODE].passed && j->flows[HOST].passed);
}

static int connect_host(uint16_t port, int *ret_fd)
{
	const struct sockaddr_in a = {
		.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr = { htonl(INADDR_LOOPBACK) },
	};
	CLEANUP_FD int fd =
		socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return -errno;
	if (connect(fd, (const struct sockaddr *)&a, sizeof(a)) < 0 &&
	    errno != EINPROGRESS)
		return -errno;
	*ret_fd = take_fd(&fd);
	return 0;
}

static void accept_one(struct expose *x, unsigned i)
{
	CLEANUP_FD int node = accept4(x->listeners[i], NULL, NULL,
				      SOCK_CLOEXEC | SOCK_NONBLOCK);
	CLEANUP_FD int host = -1;
	struct joint *j;

	if (node < 0 || connect_host(x->ports.ports[i].host, &host) < 0)
		return;
	j = calloc(1, sizeof(*j));
	if (!j)
		return;
	j->connecting = true;
	j->fds[NODE] = take_fd(&node);
	j->fds[HOST] = take_fd(&host);
	j->slots[NODE] = j->slots[HOST] = -1;
	j->next = x->joints;
	x->joints = j;
	x->n++;
}

/* ---- all of them ---------------------------------------------------------- */

struct expose *expose_new(const struct rewrite *ports,
			  const int listeners[static REWRITE_MAX])
{
	struct expose *x = calloc(1, sizeof(*x));

	if (!x) {
		for (unsigned i = 0; i < ports->n; i++)
			(void)close(listeners[i]);
		return NULL;
	}
	x->ports = *ports;
	memcpy(x->listeners, listeners, sizeof(x->listeners));
	return x;
}

void expose_free(struct expose *x)
{
	struct joint *j;

	if (!x)
		return;
	for (unsigned i = 0; i < x->ports.n; i++)
		close_fd(&x->listeners[i]);
	while ((j = x->joints)) {
		x->joints = j->next;
		joint_free(j);
	}
	free(x);
}

/* What is waited for at a side */
static short wanted(const struct joint *j, enum side side)
{
	const struct flow *in = &j->flows[side], *out = &j->flows[!side];

	if (j->connecting)
		return side == HOST ? POLLOUT : 0;
	return (short)((!in->len && !in->ended ? POLLIN : 0) |
		       (out->len ? POLLOUT : 0));
}

void expose_fill(struct expose *x, struct pollset *set)
{
	for (unsigned i = 0; i < x->ports.n; i++)
		x->slots[i] = x->n == EXPOSE_CONNECTIONS_MAX ?
				      -1 :
				      pollset_add(set, x->listeners[i], POLLIN);
	for (struct joint *j = x->joints; j; j = j->next)
		for (int side = NODE; side < SIDES; side++) {
			short events = wanted(j, (enum side)side);

			/* Without anything to wait for, its end would be told
			 * again and again.
			 */
			j->slots[side] = events ? pollset_add(set, j->fds[side],
							      events) :
						  -1;
		}
}

void expose_dispatch(struct expose *x, const struct pollset *set)
{
	struct joint **at = &x->joints, *j;

	while ((j = *at)) {
		if (!serve(j, set)) {
			at = &j->next;
			continue;
		}
		*at = j->next;
		joint_free(j);
		x->n--;
	}
	for (unsigned i = 0; i < x->ports.n; i++)
		if (pollset_revents(set, x->slots[i]))
			accept_one(x, i);
}
