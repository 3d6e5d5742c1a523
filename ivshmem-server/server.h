/* SPDX-License-Identifier: MIT */

/* server.h - Who is connected, and who is told of whom
 *
 * Theory of operation
 *
 * A client that connects is told, in this order: the version of the protocol
 * (0), its number, the shared memory (-1), then for each other client the
 * number and the descriptors that ring it, and last its own number with those
 * by which it is rung. The others are told its number with its descriptors.
 * When it ends they are told its number without any.
 *
 * So each pair of clients rings each other without the server: the guest
 * writes to its device, QEMU or the kernel to an eventfd, and the other QEMU
 * interrupts its guest. The server sleeps while nobody comes or goes.
 *
 * Numbers. QEMU's device (7.2, and the newest) frees its record of a client
 * when it hears that the client has ended, and uses it again when it hears the
 * same number again. So that no QEMU is led there:
 *  - a number that is given out in turn is given out again only when nobody is
 *    connected any more who was told of its end;
 *  - a number that is reserved has its descriptors from the start and for ever.
 *    All are told of it when they connect, whether somebody has it or not. Who
 *    has it may end and come back: the others are not told, and what they ring
 *    meanwhile is heard after the return.
 *
 * Nobody waits for anybody: what a client does not take is queued for it
 * (peer.h), and one that ends is taken off the list in its own event, so no
 * list changes while it is gone through.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "err.h"
#include "peer.h"

#define SERVER_CLIENTS_MAX 1024U
#define SERVER_PROTOCOL 0

/* Descriptors besides those of clients: memory, sockets, loop, messages. */
#define SERVER_FDS_SPARE 32U

struct server_conf {
	unsigned vectors;     /* 1..VECTORS_MAX, of each client */
	unsigned clients_max; /* 1..SERVER_CLIENTS_MAX */
	const uint32_t *ids;  /* reserved; borrowed */
	unsigned n_ids;
	unsigned n_in_order; /* of them, for clients in the order of connecting;
			       * 0 = these get others, one after the other
			       */
	bool given;	     /* their vectors come by server_give() */
	uint32_t first;	     /* number in turn */
	int memory_fd;	     /* borrowed */
	uint64_t memory_size; /* bytes */
};

struct server_counters {
	uint64_t connects, refused, left, dropped;
};

struct server {
	struct event_base *base;
	struct server_conf conf;
	struct vectors *memory;
	struct peer_list peers; /* in the order in which they came */
	unsigned n_peers;
	struct vectors **reserved; /* of conf.ids, in their order */
	uint32_t next_id;
	/* When each number was said to have ended; in connects. */
	uint64_t *ended;
	struct server_counters counters;
};

/* Any number that is free. */
#define SERVER_ANY_ID (PEER_ID_MAX + 1)

/* -ENOMEM or -EMFILE; needs no deinit then. */
int server_init(struct server *s, struct event_base *base,
		const struct server_conf *conf);

/* All clients are hung up on. */
void server_deinit(struct server *s);

/**
 * server_attach() - A client has connected
 * @s:		Server
 * @fd:		Its socket; taken over, also on failure
 * @id:		Its number, a reserved one, or SERVER_ANY_ID
 * @known:	It was told everything by a predecessor of this server
 * @e:		Why it was refused
 *
 * Return: 0, -EBUSY (that number is taken), -ENOSPC (as many as there may be),
 *         -ENOSR (no number is left), -EMFILE, -ENOMEM, -ESTALE (the memory is
 *         not what it was)
 */
int server_attach(struct server *s, int fd, uint32_t id, bool known,
		  struct err *e);

/**
 * server_give() - The next descriptors of a reserved number's vectors
 * @s:		Server whose conf.given is set, before clients are told of them
 * @id:		Number
 * @fds: @n:	Taken over, also on failure
 *
 * Return: 0, -EINVAL if the number is not reserved, -ENOSPC if it has them all
 */
int server_give(struct server *s, uint32_t id, const int *fds, unsigned n);

/* NULL = not there. */
struct peer *server_find(struct server *s, uint32_t id);
