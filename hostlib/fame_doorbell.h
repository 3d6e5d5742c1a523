/* SPDX-License-Identifier: MIT */

/* fame_doorbell.h - Doorbells for programs of the host
 *
 * A program of the host connects to a cluster's socket "doorbell", or to any
 * server of QEMU's ivshmem protocol. It gets a number and vectors as a node has
 * them, rings nodes and other programs, and is rung by them.
 *
 * Not thread-safe; needs nothing but the C library.
 */
#ifndef FAME_DOORBELL_H
#define FAME_DOORBELL_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct fame_doorbell;

#define FAME_DOORBELL_VECTORS_MAX 256U

/**
 * fame_doorbell_connect() - Get a number, and hear of all others
 * @path:	The server's socket
 * @vectors:	That the server gives each; 0 = as a cluster's mailbox says
 * @ret:	For fame_doorbell_close()
 *
 * Waits for the server, ten seconds at most until it accepts, and for each thing
 * it has to say.
 *
 * Return: 0, -EPROTO (it does not speak the protocol), -EINVAL (@vectors, or 0
 *         and it has no mailbox), -EMFILE (each vector of each other takes a
 *         descriptor: see RLIMIT_NOFILE), -EPIPE (it hung up: it has as many
 *         clients as it takes), -ETIMEDOUT, -ENAMETOOLONG (@path, above 107
 *         bytes), -ENOMEM, or what connect(2) says
 */
int fame_doorbell_connect(const char *path, unsigned vectors,
			  struct fame_doorbell **ret);

/* Leaves; NULL is fine. Descriptors and mailbox are gone then. */
void fame_doorbell_close(struct fame_doorbell *d);

/* By which others ring this program, from 256 on in a cluster. */
uint32_t fame_doorbell_number(const struct fame_doorbell *d);

/* That this program has: 0 to this - 1. */
unsigned fame_doorbell_vectors(const struct fame_doorbell *d);

/* The shared memory, mapped as long as @d lives; NULL if the server has none. */
void *fame_doorbell_mailbox(const struct fame_doorbell *d, size_t *ret_size);

/**
 * fame_doorbell_ring() - Ring once; never waits
 * @peer:	Whom
 * @vector:	From 0
 *
 * In a cluster's mailbox it is counted first, as a ring of the host.
 *
 * Return: 0, -ENODEV (nobody has that number), -ERANGE (it has no such vector)
 */
int fame_doorbell_ring(struct fame_doorbell *d, uint32_t peer, unsigned vector);

/* An eventfd that counts rings of that vector: nonblocking, to be polled and read
 * by the caller, and closed by fame_doorbell_close(). -ERANGE
 */
int fame_doorbell_fd(const struct fame_doorbell *d, unsigned vector);

/* When this descriptor is readable, call fame_doorbell_process(). */
int fame_doorbell_server_fd(const struct fame_doorbell *d);

/**
 * fame_doorbell_process() - Hear who has come and gone
 *
 * An error is final: it is returned from then on, and who wants to hear of others
 * again closes and connects anew. All that are known can still be rung, and ring.
 *
 * Return: 0, -EPROTO, -EMFILE, -ENOMEM, or -EPIPE: the server has ended
 */
int fame_doorbell_process(struct fame_doorbell *d);

#ifdef __cplusplus
}
#endif

#endif
