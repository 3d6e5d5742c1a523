/* SPDX-License-Identifier: MIT */

/* peer.h - One client: its number, its vectors, and what it is still to hear
 *
 * The protocol (version 0) goes one way, from here to the client: messages of
 * 8 bytes, a signed number in little-endian, with at most one descriptor.
 *
 * What a client does not take at once is queued, up to PEER_QUEUE_MAX events.
 * A client that lets the queue fill up, takes nothing for PEER_PATIENCE, says
 * anything or hangs up has ended: it is reported once, from the loop, never
 * from within a call of peer_send().
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>
#include <sys/types.h>

#include "vectors.h"

struct event_base;

#define PEER_QUEUE_MAX 8192U
#define PEER_PATIENCE 10 /* seconds */

#define PEER_ID_MAX 65535U

enum peer_end {
	PEER_LIVES,
	PEER_LEFT,     /* hung up */
	PEER_SPOKE,    /* sent something */
	PEER_SLOW,     /* did not read */
	PEER_BROKEN,   /* its socket failed */
	PEER_DETACHED, /* somebody else says so */
};

struct peer;

typedef void (*peer_end_fn)(struct peer *p, void *arg);

struct peer {
	TAILQ_ENTRY(peer) link;
	uint32_t id;
	pid_t pid; /* who connected; 0 = not known */
	uid_t uid;
	struct vectors *vectors;
	enum peer_end end;
	uint64_t number_of_connect; /* the server's, from 1 */

	/* Its own. */
	int fd;
	struct event *readable, *writable;
	peer_end_fn on_end;
	void *arg;
	struct peer_message *queue; /* a ring */
	unsigned room, first, n_queued;
	unsigned sent_of_first;
};

TAILQ_HEAD(peer_list, peer);

/**
 * peer_new() - A client on a socket
 * @base:	Loop
 * @fd:		Stream socket; taken over, also on failure
 * @id:		Number
 * @vectors:	Whose reference is taken over, also on failure
 * @fn: @arg:	Called once when it has ended; to free it is the callee's matter
 * @ret_p:	For peer_free()
 */
int peer_new(struct event_base *base, int fd, uint32_t id,
	     struct vectors *vectors, peer_end_fn fn, void *arg,
	     struct peer **ret_p);

/* NULL is fine; returns NULL. */
struct peer *peer_free(struct peer *p);

/**
 * peer_send() - Say a number, once for each descriptor
 * @p:		Peer; one that has ended hears nothing
 * @value:	Number
 * @v:		Descriptors; NULL = once, without any. Not taken over
 */
void peer_send(struct peer *p, int64_t value, struct vectors *v);

/* It is to be reported as ended. */
void peer_finish(struct peer *p, enum peer_end why);

/* For people. */
const char *peer_end_text(enum peer_end why);
