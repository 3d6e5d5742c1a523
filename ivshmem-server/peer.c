/* SPDX-License-Identifier: MIT */

/* peer.c - One client: its number, its vectors, and what it is still to hear */

#include "peer.h"

#include <endian.h>
#include <errno.h>
#include <event2/event.h>
#include <event2/util.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "cleanup.h"
#include "fdpass.h"
#include "log.h"

#define QUEUE_MIN 64U /* a power of two, as PEER_QUEUE_MAX */

/* The kernel bounds the descriptors that are under way in sockets, for all
 * clients of a user together. There is no event for room: look again after.
 */
#define FULL_WAIT_US 5000

struct peer_message {
	int64_t value;
	struct vectors *v; /* NULL = no descriptor */
};

const char *peer_end_text(enum peer_end why)
{
	static const char *const texts[] = {
		[PEER_LIVES] = "lives",
		[PEER_LEFT] = "left",
		[PEER_SPOKE] =
			"dropped: it sent something, which no client does",
		[PEER_SLOW] = "dropped: it does not read what it is sent",
		[PEER_BROKEN] = "dropped: its connection failed",
		[PEER_DETACHED] = "taken away",
	};

	return texts[why];
}

void peer_finish(struct peer *p, enum peer_end why)
{
	if (p->end)
		return;
	p->end = why;
	(void)event_del(p->writable);
	event_active(p->readable, EV_TIMEOUT, 0);
}

/* ---- the queue ------------------------------------------------------------ */

static struct peer_message *message(struct peer *p, unsigned i)
{
	return &p->queue[(p->first + i) & (p->room - 1)];
}

static int make_room(struct peer *p)
{
	unsigned room = p->room ? p->room * 2 : QUEUE_MIN;
	struct peer_message *queue;

	if (p->n_queued < p->room)
		return 0;
	if (room > PEER_QUEUE_MAX)
		return -ENOBUFS;
	queue = calloc(room, sizeof(*queue));
	if (!queue)
		return -ENOMEM;
	for (unsigned i = 0; i < p->n_queued; i++)
		queue[i] = *message(p, i);
	free(p->queue);
	p->queue = queue;
	p->room = room;
	p->first = 0;
	return 0;
}

static void drop_first(struct peer *p)
{
	struct peer_message *m = message(p, 0);

	m->v = vectors_unref(m->v);
	p->first++;
	p->n_queued--;
	p->sent_of_first = 0;
}

static int send_one(struct peer *p, const struct peer_message *m)
{
	uint64_t bytes = htole64((uint64_t)m->value);
	const int *fd = m->v ? &m->v->fds[p->sent_of_first] : NULL;

	return fdpass_send(p->fd, &bytes, sizeof(bytes), fd, fd ? 1 : 0);
}

/* Who does not take anything for that long is given up. */
static void wait_for_room(struct peer *p)
{
	const struct timeval patience = { PEER_PATIENCE, 0 };

	if (!event_pending(p->writable, EV_WRITE, NULL))
		(void)event_add(p->writable, &patience);
}

static void flush(struct peer *p)
{
	const struct timeval soon = { 0, FULL_WAIT_US };

	while (p->n_queued && !p->end) {
		const struct peer_message *m = message(p, 0);
		int r = send_one(p, m);

		if (r == -EAGAIN) {
			wait_for_room(p);
			return;
		}
		if (r == -ETOOMANYREFS) {
			(void)event_del(p->writable);
			(void)event_add(p->readable, &soon);
			return;
		}
		if (r < 0) {
			peer_finish(p, r == -EPIPE || r == -ECONNRESET ?
					       PEER_LEFT :
					       PEER_BROKEN);
			return;
		}
		if (++p->sent_of_first >= (m->v ? m->v->n : 1))
			drop_first(p);
	}
	(void)event_del(p->writable);
}

void peer_send(struct peer *p, int64_t value, struct vectors *v)
{
	struct peer_message *m;

	if (p->end)
		return;
	if (make_room(p) < 0) {
		peer_finish(p, PEER_SLOW);
		return;
	}
	m = message(p, p->n_queued++);
	m->value = value;
	m->v = v ? vectors_ref(v) : NULL;
	/* Else it waits for room already. */
	if (p->n_queued == 1)
		flush(p);
}

/* ---- events --------------------------------------------------------------- */

static void on_writable(evutil_socket_t fd, short what, void *arg)
{
	struct peer *p = arg;

	(void)fd;
	if (what & EV_WRITE) {
		(void)event_del(p->writable); /* and its time with it */
		flush(p);
	} else {
		peer_finish(p, PEER_SLOW);
	}
}

/* Descriptors that come with what is read here are closed by the kernel. */
static void look(struct peer *p)
{
	char byte;
	ssize_t n = recv(p->fd, &byte, sizeof(byte), MSG_DONTWAIT);

	if (n > 0)
		p->end = PEER_SPOKE;
	else if (n == 0 || errno == ECONNRESET)
		p->end = PEER_LEFT;
	else if (errno != EAGAIN && errno != EINTR)
		p->end = PEER_BROKEN;
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct peer *p = arg;

	(void)fd;
	if (what & EV_READ && !p->end)
		look(p);
	if (p->end) {
		p->on_end(p, p->arg);
		return;
	}
	if (what & EV_TIMEOUT) {
		/* From now on without a time. */
		(void)event_del(p->readable);
		(void)event_add(p->readable, NULL);
		flush(p);
	}
}

/* ---- birth and death ------------------------------------------------------ */

static void learn_who(struct peer *p)
{
	struct ucred who = { 0 };
	socklen_t len = sizeof(who);

	if (getsockopt(p->fd, SOL_SOCKET, SO_PEERCRED, &who, &len) == 0) {
		p->pid = who.pid;
		p->uid = who.uid;
	}
}

int peer_new(struct event_base *base, int fd, uint32_t id,
	     struct vectors *vectors, peer_end_fn fn, void *arg,
	     struct peer **ret_p)
{
	struct peer *p = calloc(1, sizeof(*p));

	if (!p) {
		(void)close(fd);
		(void)vectors_unref(vectors);
		return -ENOMEM;
	}
	p->fd = fd;
	p->id = id;
	p->vectors = vectors;
	p->on_end = fn;
	p->arg = arg;
	(void)evutil_make_socket_nonblocking(fd);
	learn_who(p);
	p->readable = event_new(base, fd, EV_READ | EV_PERSIST, on_readable, p);
	p->writable =
		event_new(base, fd, EV_WRITE | EV_PERSIST, on_writable, p);
	if (!p->readable || !p->writable || event_add(p->readable, NULL) < 0) {
		(void)peer_free(p);
		return -ENOMEM;
	}
	*ret_p = p;
	return 0;
}

struct peer *peer_free(struct peer *p)
{
	if (!p)
		return NULL;
	while (p->n_queued)
		drop_first(p);
	free(p->queue);
	if (p->readable)
		event_free(p->readable);
	if (p->writable)
		event_free(p->writable);
	close_fd(&p->fd);
	(void)vectors_unref(p->vectors);
	free(p);
	return NULL;
}
