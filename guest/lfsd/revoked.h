/* SPDX-License-Identifier: MIT */

/* revoked.h - Waiting until a cut can be seen by all nodes */
#pragma once

#include <pthread.h>
#include <stdint.h>

#define REVOKED_KEPT 64

/**
 * struct revoked - Revocations that have ended
 * @next: @numbers:	The last of them, in a ring
 */
struct revoked {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	unsigned next;
	uint64_t numbers[REVOKED_KEPT];
};

void revoked_init(struct revoked *r);

/* All nodes have let go. */
void revoked_note(struct revoked *r, uint64_t number);

/* Until revoked_note(), which may have been called already, or @ms have passed:
 * a node that dies says nothing.
 */
void revoked_wait(struct revoked *r, uint64_t number, int64_t ms);
