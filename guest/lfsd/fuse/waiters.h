/* SPDX-License-Identifier: MIT */

/* waiters.h - Requests that wait for a lock, without a thread */
#pragma once

#include <pthread.h>

struct waiter;

struct waiters {
	pthread_mutex_t lock;
	struct waiter *first;
};

static inline void waiters_init(struct waiters *w)
{
	(void)pthread_mutex_init(&w->lock, NULL);
	w->first = NULL;
}
