/* SPDX-License-Identifier: MIT */

/* revoked.c - Waiting until a cut can be seen by all nodes */

#include "revoked.h"

#include <stdbool.h>
#include <string.h>

#include "thread.h"

void revoked_init(struct revoked *r)
{
	memset(r, 0, sizeof(*r));
	(void)pthread_mutex_init(&r->lock, NULL);
	(void)thread_cond_init(&r->changed);
}

void revoked_note(struct revoked *r, uint64_t number)
{
	(void)pthread_mutex_lock(&r->lock);
	r->numbers[r->next++ % REVOKED_KEPT] = number;
	(void)pthread_cond_broadcast(&r->changed);
	(void)pthread_mutex_unlock(&r->lock);
}

static bool has_ended(const struct revoked *r, uint64_t number)
{
	for (unsigned i = 0; i < REVOKED_KEPT; i++)
		if (r->numbers[i] == number)
			return true;
	return false;
}

void revoked_wait(struct revoked *r, uint64_t number, int64_t ms)
{
	const int64_t end = thread_now_ms() + ms;

	(void)pthread_mutex_lock(&r->lock);
	while (!has_ended(r, number) && thread_now_ms() < end)
		thread_wait(&r->changed, &r->lock, end - thread_now_ms());
	(void)pthread_mutex_unlock(&r->lock);
}
