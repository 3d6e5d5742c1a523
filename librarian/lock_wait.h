/* SPDX-License-Identifier: MIT */

/* lock_wait.h - Who waits for locks
 *
 * Theory of operation
 *
 * A lock that is not to be had is refused, also to those who would wait. What
 * they want is kept here, in memory; when bytes of it are unlocked, their node
 * is told by an event (after the commit, like everything), what they wanted is
 * forgotten, and they ask again. Nobody is put into a queue, so nothing has to
 * be kept right over crashes: whoever has lost its connection asks again.
 *
 * Released ranges are collected while a transaction runs, so that one that is
 * rolled back can be made to have released nothing.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "lock.h"

#define LOCK_WAITS_MAX 8192U	  /* ENOLCK behind it */
#define LOCK_WAITS_PER_NODE 1024U /* likewise: others want to wait, too */
#define LOCK_RELEASED_MAX 32U

TAILQ_HEAD(lock_wait_list, lock_wait);

struct lock_waits {
	struct lock_wait_list list;
	unsigned n;
	struct lock released[LOCK_RELEASED_MAX];
	size_t n_released; /* more than fit: anything may have been released */
};

void lock_wait_init(struct lock_waits *w);
void lock_wait_deinit(struct lock_waits *w);

/**
 * lock_wait_add() - An owner waits for a lock that it was refused
 *
 * Return: 0; -EDEADLK if those that have it wait for that owner; -ENOLCK if too
 *         many wait; another negative errno
 */
int lock_wait_add(struct librarian *lib, const struct lock *want);

/* An owner waits no more for a lock of that kind on that shelf. */
void lock_wait_forget(struct librarian *lib, const struct lock *want);

/* A node's owners wait no more; with @owner, only that one. */
void lock_wait_forget_node(struct librarian *lib, uint32_t node_id,
			   const char *owner);

/* Bytes are locked no more, or by less; NULL = those of any shelf. */
void lock_wait_release(struct librarian *lib, const struct lock *was);

/* It is durable: who waits for these bytes is told. */
void lock_wait_tell(struct librarian *lib);
