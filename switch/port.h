/* SPDX-License-Identifier: MIT */

/* port.h - A node's stream of frames, in and out
 *
 * On the wire a frame is its length, 32 bits big-endian, and its bytes. A port
 * hands out what it received as a run of whole wire frames in its buffer, and
 * takes runs of wire frames to send: so frames that go the same way are passed
 * from the receiving buffer to the kernel by one system call, without a copy.
 *
 * What the kernel does not take at once waits in a bounded queue; beyond that
 * whole frames are dropped, as any switch does, and nobody waits for a slow
 * node.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WIRE_HEADER 4U
/* The most that QEMU itself puts in one frame. */
#define PORT_FRAME_MAX 69632U
#define PORT_RX_SIZE (256U * 1024U)
#define PORT_QUEUE_MAX (2U * 1024U * 1024U) /* a power of two */

struct port {
	int fd; /* -1 = nobody there */

	uint8_t *rx; /* PORT_RX_SIZE */
	size_t rx_len;

	uint8_t *queue; /* a ring of PORT_QUEUE_MAX; NULL until needed */
	size_t head;	/* of the ring */
	size_t queued;	/* bytes */

	uint64_t frames_in;
	uint64_t bytes_in;
	uint64_t frames_out; /* queued ones included */
	uint64_t bytes_out;
	uint64_t dropped; /* by the full queue */
};

/**
 * port_open() - Set up a port
 * @p:		To be filled
 * @fd:		Stream socket, owned by the port on success; -1 = no node
 *
 * Return: 0, -ENOMEM, or -ENOTSOCK, -EBADF if @fd is no stream socket
 */
int port_open(struct port *p, int fd);

/* The node is gone. Counters stay; safe to call again. */
void port_close(struct port *p);

/**
 * port_receive() - Read once
 *
 * Return: 0, also if nothing was there; -EPIPE = the other end is closed; any
 *         other negative errno of recv(2)
 */
int port_receive(struct port *p);

/**
 * port_frames() - Count and give the whole frames that were received
 * @ret_len:	Bytes of them, headers included; they begin at p->rx
 *
 * Return: 0, or -EPROTO if a length is impossible
 */
int port_frames(struct port *p, size_t *ret_len);

/* Drop the frames that port_frames() gave. */
void port_consume(struct port *p, size_t len);

/**
 * port_send() - Send a run of whole wire frames
 *
 * Return: 0, also if frames were dropped or nobody is there; a negative errno
 *         when the socket failed
 */
int port_send(struct port *p, const uint8_t *wire, size_t len);

/* Send from the queue what the kernel takes now. Return: as port_send() */
int port_flush(struct port *p);

static inline bool port_is_open(const struct port *p)
{
	return p->fd >= 0;
}
