/* SPDX-License-Identifier: MIT */

/* port.c - The agent's line to its host: frames on a virtio-serial port
 *
 * Theory of operation
 *
 * A port whose host end is not connected reads as end of file and polls as
 * readable for ever: a level-triggered loop would spin until the host comes.
 * The driver wakes its waiters whenever data, room or the host's state
 * changes, so the port is watched edge-triggered: each edge makes us read
 * until nothing is left and write until nothing more fits.
 *
 *	read(2) gives	means
 *	n > 0		data; the host is there
 *	EAGAIN		no data; the host is there
 *	0		no host; half a frame of it, and what was queued for
 *			it, are of no use to its successor
 *
 * Bytes that are no frames cannot be passed over: where the next frame starts
 * is unknown. They are thrown away until the host's end is opened anew.
 */

#include "port.h"

#include <errno.h>
#include <event2/buffer.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"
#include "json.h"
#include "log.h"

#define READ_SIZE 65536
#define FULL_MARK ((size_t)256 * 1024)

enum port_state {
	PORT_ABSENT,
	PORT_CONNECTED,
	PORT_CONFUSED, /* connected, but what it sends is discarded */
};

struct port {
	int fd;
	enum port_state state;
	struct event *ev;
	struct event *flush; /* made active by port_send() */
	struct evbuffer *in;
	struct evbuffer *out;
	bool was_full;
	const struct port_ops *ops;
	void *arg;
};

bool port_is_full(const struct port *p)
{
	return evbuffer_get_length(p->out) >= FULL_MARK;
}

/* ---- state ---------------------------------------------------------------- */

static void come(struct port *p)
{
	if (p->state != PORT_ABSENT)
		return;
	p->state = PORT_CONNECTED;
	p->ops->connected(p->arg);
}

static void go(struct port *p)
{
	if (p->state == PORT_ABSENT)
		return;
	p->state = PORT_ABSENT;
	(void)evbuffer_drain(p->in, evbuffer_get_length(p->in));
	(void)evbuffer_drain(p->out, evbuffer_get_length(p->out));
	p->was_full = false;
	p->ops->gone(p->arg);
}

/* ---- from the host -------------------------------------------------------- */

static void take_frames(struct port *p)
{
	struct frame f;
	int r;

	while ((r = frame_get(p->in, &f)) > 0) {
		p->ops->frame(p->arg, &f);
		frame_done(p->in, &f);
	}
	if (r < 0) {
		log_err_errno(r, "the host sends what is no frame; it is "
				 "ignored until it connects again");
		p->state = PORT_CONFUSED;
	}
}

/* Return: as read(2), with a negative errno */
static ssize_t read_some(struct port *p)
{
	struct evbuffer_iovec v;
	ssize_t n;

	if (evbuffer_reserve_space(p->in, READ_SIZE, &v, 1) != 1)
		return -ENOMEM;
	do
		n = read(p->fd, v.iov_base, v.iov_len);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	v.iov_len = (size_t)n;
	(void)evbuffer_commit_space(p->in, &v, 1);
	return n;
}

static void read_all(struct port *p)
{
	for (;;) {
		ssize_t n = read_some(p);

		if (n == 0) {
			go(p);
			return;
		}
		if (n < 0 && n != -EAGAIN) {
			log_err_errno((int)n, "cannot read from the host");
			return;
		}
		come(p);
		if (n < 0)
			return;
		if (p->state == PORT_CONNECTED)
			take_frames(p);
		if (p->state == PORT_CONFUSED)
			(void)evbuffer_drain(p->in, evbuffer_get_length(p->in));
	}
}

/* ---- to the host ---------------------------------------------------------- */

static void write_all_queued(struct port *p)
{
	while (p->state != PORT_ABSENT && evbuffer_get_length(p->out)) {
		if (evbuffer_write(p->out, p->fd) >= 0 || errno == EINTR)
			continue;
		if (errno == EPIPE)
			go(p);
		else if (errno != EAGAIN)
			log_err_errno(errno, "cannot write to the host");
		break;
	}
	if (p->was_full && !port_is_full(p)) {
		p->was_full = false;
		p->ops->room(p->arg);
	}
}

int port_send(struct port *p, uint8_t type, uint16_t channel, const void *data,
	      size_t len)
{
	int r;

	if (p->state == PORT_ABSENT)
		return 0;
	r = frame_put(p->out, type, channel, data, len);
	if (r < 0)
		return r;
	if (port_is_full(p))
		p->was_full = true;
	event_active(p->flush, EV_WRITE, 0);
	return 0;
}

int port_send_json(struct port *p, uint8_t type, uint16_t channel, json_t *o)
{
	CLEANUP_JSON json_t *owned = o;
	CLEANUP_FREE char *line = owned ? json_line(owned) : NULL;

	if (!line)
		return -ENOMEM;
	return port_send(p, type, channel, line, strlen(line));
}

/* ---- life ----------------------------------------------------------------- */

static void on_edge(evutil_socket_t fd, short what, void *arg)
{
	struct port *p = arg;

	(void)fd;
	(void)what;
	read_all(p);
	write_all_queued(p);
}

static void on_flush(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	write_all_queued(arg);
}

int port_new(struct event_base *base, int fd, const struct port_ops *ops,
	     void *arg, struct port **ret_port)
{
	struct port *p = calloc(1, sizeof(*p));

	if (!p) {
		(void)close(fd);
		return -ENOMEM;
	}
	p->fd = fd;
	p->ops = ops;
	p->arg = arg;
	p->in = evbuffer_new();
	p->out = evbuffer_new();
	p->ev = event_new(base, fd, EV_READ | EV_WRITE | EV_ET | EV_PERSIST,
			  on_edge, p);
	p->flush = event_new(base, -1, 0, on_flush, p);
	if (!p->in || !p->out || !p->ev || !p->flush ||
	    event_add(p->ev, NULL) < 0) {
		(void)port_free(p);
		return -ENOMEM;
	}
	/* An edge before now was seen by nobody. */
	event_active(p->ev, EV_READ, 0);
	*ret_port = p;
	return 0;
}

struct port *port_free(struct port *p)
{
	if (!p)
		return NULL;
	if (p->ev)
		event_free(p->ev);
	if (p->flush)
		event_free(p->flush);
	if (p->in)
		evbuffer_free(p->in);
	if (p->out)
		evbuffer_free(p->out);
	close_fd(&p->fd);
	free(p);
	return NULL;
}
