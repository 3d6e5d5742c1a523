/* SPDX-License-Identifier: MIT */

/* port.h - The agent's line to its host: frames on a virtio-serial port */
#pragma once

#include <event2/event.h>
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "frame.h"

struct port;

struct port_ops {
	/* The host is there: at start if it is, and whenever it comes back */
	void (*connected)(void *arg);
	/* It has gone; what was on the way either way is dropped already */
	void (*gone)(void *arg);
	/* A frame came; it is valid until the call returns */
	void (*frame)(void *arg, const struct frame *f);
	/* port_is_full() has become false */
	void (*room)(void *arg);
};

/**
 * port_new() - Take over an open port
 * @base:	Loop
 * @fd:		Non-blocking; owned by the port from now on, also on failure
 * @ops: @arg:	Callbacks; called from the loop only, never from port_send()
 * @ret_port:	To be freed by port_free()
 *
 * Return: 0 or -ENOMEM
 */
int port_new(struct event_base *base, int fd, const struct port_ops *ops,
	     void *arg, struct port **ret_port);

struct port *port_free(struct port *p);

/**
 * port_send() - Queue a frame
 *
 * Frames are dropped while the host is not there.
 *
 * Return: 0, -EMSGSIZE, -ENOMEM
 */
int port_send(struct port *p, uint8_t type, uint16_t channel, const void *data,
	      size_t len);

/* The same with an object as payload, which it takes over; NULL = -ENOMEM. */
int port_send_json(struct port *p, uint8_t type, uint16_t channel, json_t *o);

/* True while so much is queued that whoever has a choice should wait for
 * room().
 */
bool port_is_full(const struct port *p);
