/* SPDX-License-Identifier: MIT */

/* barrier.c - A barrier that tells of the death of a party
 *
 * All changes are made under the mutex. Each is one store, and what follows from
 * it is found by whoever looks next: so one that dies in the middle leaves
 * nothing to mend. Parties sleep until the number of openings changes, and ask
 * about those that are missing when they look.
 */

#include <errno.h>
#include <string.h>

#include "clock.h"
#include "doorbell.h"
#include "fam_atomic.h"

#define NODE_SHIFT 24

struct arrival {
	struct fam_doorbell *bell;
	struct fam_barrier *b;
	const struct fam_robust_self *self;
	unsigned party;
	unsigned n;
	int32_t opened; /* before it arrived */
};

int fam_barrier_init(struct fam_barrier *b, unsigned n)
{
	if (!n || n > FAM_BARRIER_PARTIES_MAX)
		return -EINVAL;
	memset(b, 0, sizeof(*b));
	fam_mutex_init(&b->mutex, 0);
	fam_atomic_64_write(&b->n, n);
	return 0;
}

static int enter(const struct arrival *a)
{
	int r = fam_mutex_lock(a->bell, &a->b->mutex, a->self, -1);

	return r == -EOWNERDEAD ?
		       fam_robust_consistent(&a->b->mutex.lock, a->self) :
		       r;
}

static void leave(const struct arrival *a)
{
	(void)fam_mutex_unlock(a->bell, &a->b->mutex, a->self);
}

static uint64_t party(const struct arrival *a, unsigned i)
{
	return (uint64_t)fam_atomic_64_read(&a->b->parties[i]);
}

static void set_arrived(const struct arrival *a, int32_t opening)
{
	uint64_t who = (uint64_t)a->self->node << NODE_SHIFT | a->self->id;

	fam_atomic_64_write(&a->b->parties[a->party],
			    (int64_t)((uint64_t)(uint32_t)opening << 32 | who));
}

static bool has_arrived(const struct arrival *a, unsigned i)
{
	return party(a, i) >> 32 == (uint32_t)a->opened + 1U;
}

static bool all_have_arrived(const struct arrival *a)
{
	for (unsigned i = 0; i < a->n; i++)
		if (!has_arrived(a, i))
			return false;
	return true;
}

/* One that was there, and is missed now */
static bool has_died(const struct arrival *a, unsigned i)
{
	uint32_t who = (uint32_t)party(a, i);

	return !has_arrived(a, i) && who && a->self->alive &&
	       !a->self->alive(who >> NODE_SHIFT, who & FAM_ROBUST_ID_MAX,
			       a->self->arg);
}

static bool one_has_died(const struct arrival *a)
{
	for (unsigned i = 0; i < a->n; i++)
		if (has_died(a, i))
			return true;
	return false;
}

/* 0, 1 or an error of fam_barrier_wait(), or -EAGAIN. @why_not is the error if
 * the barrier is still closed, or 0.
 */
static int look(const struct arrival *a, int why_not)
{
	int r = enter(a);

	if (r < 0)
		return r;
	r = -EAGAIN;
	if (fam_atomic_32_read(&a->b->opened.value) != a->opened) {
		r = 0;
	} else if (all_have_arrived(a)) {
		(void)fam_atomic_32_fetch_add(&a->b->opened.value, 1);
		r = 1;
	} else if (why_not) {
		set_arrived(a, a->opened);
		r = why_not;
	}
	leave(a);
	if (r == 1)
		(void)fam_wake(a->bell, &a->b->opened);
	return r;
}

static int arrive(struct arrival *a)
{
	int r = enter(a);

	if (r < 0)
		return r;
	a->opened = fam_atomic_32_read(&a->b->opened.value);
	set_arrived(a, (int32_t)((uint32_t)a->opened + 1U));
	leave(a);
	return 0;
}

int fam_barrier_wait(struct fam_doorbell *bell, struct fam_barrier *b,
		     unsigned party, const struct fam_robust_self *self,
		     int timeout_ms)
{
	struct arrival a = {
		.bell = bell, .b = b, .self = self, .party = party
	};
	int64_t n = fam_atomic_64_read(&b->n);
	int look_ms = (int)doorbell_look_ms(bell);
	uint64_t start = clock_ms();
	int r;

	if (n < 1 || n > FAM_BARRIER_PARTIES_MAX || party >= n)
		return -EINVAL;
	a.n = (unsigned)n;
	r = arrive(&a);
	if (r == 0)
		r = look(&a, 0);
	while (r == -EAGAIN) {
		int left = clock_left(start, timeout_ms);

		r = fam_wait(bell, &b->opened, a.opened,
			     left < look_ms ? left : look_ms);
		if (r < 0)
			r = look(&a, one_has_died(&a) ? -EOWNERDEAD :
				     left <= look_ms  ? -ETIMEDOUT :
							0);
	}
	return r;
}
