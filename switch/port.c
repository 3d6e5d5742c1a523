/* SPDX-License-Identifier: MIT */

/* port.c - A node's stream of frames, in and out */

#include "port.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "cleanup.h"
#include "packet.h"

#define SOCKET_BUFFER (1024 * 1024)

_Static_assert(PORT_RX_SIZE >= WIRE_HEADER + PORT_FRAME_MAX,
	       "a whole frame fits the receive buffer");
_Static_assert((PORT_QUEUE_MAX & (PORT_QUEUE_MAX - 1)) == 0,
	       "the ring wraps by a mask");

int port_open(struct port *p, int fd)
{
	const int size = SOCKET_BUFFER;
	int type;
	socklen_t len = sizeof(type);

	*p = (struct port){ .fd = -1 };
	if (fd < 0)
		return 0;
	if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) < 0)
		return -errno;
	if (type != SOCK_STREAM)
		return -ENOTSOCK;
	p->rx = malloc(PORT_RX_SIZE);
	if (!p->rx)
		return -ENOMEM;
	p->fd = fd;
	/* Only a wish: the system has a limit for it. */
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	return 0;
}

void port_close(struct port *p)
{
	close_fd(&p->fd);
	free(p->rx);
	free(p->queue);
	p->rx = NULL;
	p->queue = NULL;
	p->rx_len = 0;
	p->head = 0;
	p->queued = 0;
}

int port_receive(struct port *p)
{
	ssize_t n = recv(p->fd, p->rx + p->rx_len, PORT_RX_SIZE - p->rx_len,
			 MSG_DONTWAIT);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	if (n == 0)
		return -EPIPE;
	p->rx_len += (size_t)n;
	return 0;
}

int port_frames(struct port *p, size_t *ret_len)
{
	size_t at = 0, len;

	while (p->rx_len - at >= WIRE_HEADER) {
		len = get_be32(p->rx + at);
		if (len > PORT_FRAME_MAX)
			return -EPROTO;
		if (p->rx_len - at < WIRE_HEADER + len)
			break;
		at += WIRE_HEADER + len;
		p->frames_in++;
		p->bytes_in += len;
	}
	*ret_len = at;
	return 0;
}

void port_consume(struct port *p, size_t len)
{
	p->rx_len -= len;
	memmove(p->rx, p->rx + len, p->rx_len);
}

static void queue_put(struct port *p, const uint8_t *data, size_t len)
{
	size_t at = (p->head + p->queued) & (PORT_QUEUE_MAX - 1);
	size_t first = PORT_QUEUE_MAX - at;

	if (first > len)
		first = len;
	memcpy(p->queue + at, data, first);
	memcpy(p->queue, data + first, len - first);
	p->queued += len;
}

/* Queue the run but its first @done bytes, which are sent already. Only whole
 * frames are left out: the rest of one that is on its way has to follow.
 */
static int queue_run(struct port *p, const uint8_t *wire, size_t len,
		     size_t done)
{
	size_t at = 0, size, skip;

	if (!p->queue)
		p->queue = malloc(PORT_QUEUE_MAX);
	if (!p->queue)
		return -ENOMEM;
	for (; at < len; at += size) {
		size = WIRE_HEADER + get_be32(wire + at);
		if (done >= at + size) {
			p->frames_out++;
			p->bytes_out += size - WIRE_HEADER;
			continue;
		}
		skip = done > at ? done - at : 0;
		if (p->queued + size - skip > PORT_QUEUE_MAX) {
			p->dropped++;
			continue;
		}
		queue_put(p, wire + at + skip, size - skip);
		p->frames_out++;
		p->bytes_out += size - WIRE_HEADER;
	}
	return 0;
}

static void count_run(struct port *p, const uint8_t *wire, size_t len)
{
	size_t at = 0, size;

	for (; at < len; at += WIRE_HEADER + size) {
		size = get_be32(wire + at);
		p->frames_out++;
		p->bytes_out += size;
	}
}

int port_send(struct port *p, const uint8_t *wire, size_t len)
{
	ssize_t n = 0;

	if (p->fd < 0)
		return 0;
	if (!p->queued) {
		n = send(p->fd, wire, len, MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n < 0 && errno != EAGAIN && errno != EINTR &&
		    errno != ENOBUFS)
			return -errno;
		if (n < 0)
			n = 0;
	}
	if ((size_t)n == len) {
		count_run(p, wire, len);
		return 0;
	}
	return queue_run(p, wire, len, (size_t)n);
}

int port_flush(struct port *p)
{
	while (p->queued) {
		size_t first = PORT_QUEUE_MAX - p->head;
		struct iovec io[2];
		struct msghdr m = { .msg_iov = io, .msg_iovlen = 2 };
		ssize_t n;

		if (first > p->queued)
			first = p->queued;
		io[0] = (struct iovec){ p->queue + p->head, first };
		io[1] = (struct iovec){ p->queue, p->queued - first };
		n = sendmsg(p->fd, &m, MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n < 0)
			return errno == EAGAIN || errno == EINTR ||
					       errno == ENOBUFS ?
				       0 :
				       -errno;
		p->head = (p->head + (size_t)n) & (PORT_QUEUE_MAX - 1);
		p->queued -= (size_t)n;
	}
	p->head = 0;
	return 0;
}
