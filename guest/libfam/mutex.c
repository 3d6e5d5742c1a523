/* SPDX-License-Identifier: MIT */

/* mutex.c - A robust lock whose waiters sleep, and conditions
 *
 * The lock is that of robust.c. Beside it is a word that counts unlocks: who
 * finds the lock taken sleeps until that has changed since before it tried.
 * Nobody unlocks for an owner that has died: waiters look from time to time, and
 * ask about the owner then.
 */

#include <errno.h>
#include <string.h>

#include "doorbell.h"
#include "fam_atomic.h"
#include "robust.h"

struct waiter {
	struct fam_doorbell *bell;
	struct fam_mutex *m;
	int32_t seen; /* of freed, before the lock was tried */
};

void fam_mutex_init(struct fam_mutex *m, uint32_t lease_ms)
{
	memset(m, 0, sizeof(*m));
	fam_robust_init(&m->lock, lease_ms);
}

static void wait_freed(void *arg, int ms)
{
	struct waiter *w = arg;

	(void)doorbell_wait(w->bell, &w->m->freed, w->seen, ms);
	w->seen = fam_atomic_32_read(&w->m->freed.value);
}

int fam_mutex_lock(struct fam_doorbell *bell, struct fam_mutex *m,
		   const struct fam_robust_self *self, int timeout_ms)
{
	struct waiter w = { .bell = bell,
			    .m = m,
			    .seen = fam_atomic_32_read(&m->freed.value) };
	const struct robust_wait by = { .wait = wait_freed,
					.arg = &w,
					.ms = doorbell_look_ms(bell) };

	return robust_lock(&m->lock, self, timeout_ms, &by);
}

/* A ring that fails is no failure of the unlock: who waits will look. */
int fam_mutex_unlock(struct fam_doorbell *bell, struct fam_mutex *m,
		     const struct fam_robust_self *self)
{
	int r = fam_robust_unlock(&m->lock, self);

	if (r < 0)
		return r;
	(void)fam_atomic_32_fetch_add(&m->freed.value, 1);
	(void)fam_wake(bell, &m->freed);
	return 0;
}

int fam_cond_wait(struct fam_doorbell *bell, struct fam_cond *c,
		  struct fam_mutex *m, const struct fam_robust_self *self,
		  int timeout_ms)
{
	int32_t seen = fam_atomic_32_read(&c->signals.value);
	int r = fam_mutex_unlock(bell, m, self);
	int waited;

	if (r < 0)
		return r;
	waited = fam_wait(bell, &c->signals, seen, timeout_ms);
	r = fam_mutex_lock(bell, m, self, -1);
	return r < 0 ? r : waited;
}

int fam_cond_broadcast(struct fam_doorbell *bell, struct fam_cond *c)
{
	(void)fam_atomic_32_fetch_add(&c->signals.value, 1);
	return fam_wake(bell, &c->signals);
}
