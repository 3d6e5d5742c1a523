/* SPDX-License-Identifier: MIT */

/* robust.c - A lock that survives its owner
 *
 * Theory of operation. Every change of hands is a compare-and-store of the
 * whole word, which has the owner and a number that grows whenever the lock is
 * taken. So of several that find the owner dead one gets the lock, and what was
 * found out about an owner is of no effect if the lock was let go and taken
 * again meanwhile, even by the same one.
 *
 * The lease is watched from outside: word and beat have to stay as they are for
 * so long. Clocks of nodes are never compared. A new watch begins with each
 * change, so nobody loses a lock that it has had for less than the lease.
 *
 * Nobody is woken: waiting means to look again, at intervals that grow to a
 * millisecond. mutex.c has waiters that sleep.
 */

#include "robust.h"

#include <errno.h>
#include <stddef.h>
#include <time.h>

#include "clock.h"
#include "fam_atomic.h"

#define NODE_SHIFT 24
#define OWNER_MASK 0xffffffffULL
#define TAKEN_SHIFT 32
#define TAKEN_MASK (0x3fffffffULL << TAKEN_SHIFT)
#define BROKEN (1ULL << 62)
#define LOST (1ULL << 63)

/* Look often at first, then sleep: 1 us, 2 us, up to 1 ms. */
#define SPINS 1000U
#define SLEEP_MIN_NS 1000L
#define DOUBLINGS 10U

/* To ask about the owner may cost a message: not before that, nor more often. */
#define ASK_MS 50U

static uint64_t owner_word(const struct fam_robust_self *s)
{
	return (uint64_t)s->node << NODE_SHIFT | s->id;
}

static bool is_somebody(uint32_t node, uint32_t id)
{
	return node && node <= FAM_ROBUST_NODE_MAX && id &&
	       id <= FAM_ROBUST_ID_MAX;
}

static uint64_t word_of(struct fam_robust_lock *lock)
{
	return (uint64_t)fam_atomic_64_read(&lock->word);
}

static bool replace(struct fam_robust_lock *lock, uint64_t from, uint64_t to)
{
	return (uint64_t)fam_atomic_64_compare_store(&lock->word, (int64_t)from,
						     (int64_t)to) == from;
}

/* ---- waiting ------------------------------------------------------------------ */

struct watch {
	uint64_t word;
	int64_t beat;
	uint64_t since_ms; /* both are as they are */
	uint64_t start_ms;
	uint64_t ask_ms; /* when to ask about the owner */
	unsigned turns;
};

static bool lease_is_over(struct fam_robust_lock *lock, struct watch *w,
			  uint64_t word)
{
	int64_t lease = fam_atomic_64_read(&lock->lease_ms);
	int64_t beat = fam_atomic_64_read(&lock->beat);
	uint64_t now = clock_ms();

	if (lease <= 0)
		return false;
	if (!w->since_ms || w->word != word || w->beat != beat) {
		w->word = word;
		w->beat = beat;
		w->since_ms = now;
		return false;
	}
	return now - w->since_ms >= (uint64_t)lease;
}

static bool is_gone(struct watch *w, uint64_t word,
		    const struct fam_robust_self *self)
{
	uint32_t owner = (uint32_t)(word & OWNER_MASK);
	uint64_t now = clock_ms();

	if (!self->alive || owner == owner_word(self) || now < w->ask_ms)
		return false;
	w->ask_ms = now + ASK_MS;
	return !self->alive(owner >> NODE_SHIFT, owner & FAM_ROBUST_ID_MAX,
			    self->arg);
}

static void wait_a_little(struct watch *w)
{
	struct timespec t = { .tv_nsec = SLEEP_MIN_NS };
	unsigned doublings;

	if (w->turns++ < SPINS) {
		__builtin_ia32_pause();
		return;
	}
	doublings = w->turns - SPINS;
	t.tv_nsec <<= doublings < DOUBLINGS ? doublings : DOUBLINGS;
	(void)nanosleep(&t, NULL);
}

static uint64_t taken_by(uint64_t word, const struct fam_robust_self *self)
{
	uint64_t taken = (word + (1ULL << TAKEN_SHIFT)) & TAKEN_MASK;

	return (word & BROKEN) | taken | owner_word(self);
}

/* 0, -EOWNERDEAD, -ENOTRECOVERABLE, or -EAGAIN */
static int try_lock(struct fam_robust_lock *lock, struct watch *w,
		    const struct fam_robust_self *self)
{
	uint64_t word = word_of(lock);
	uint64_t to = taken_by(word, self);

	if (word & LOST)
		return -ENOTRECOVERABLE;
	if (word & OWNER_MASK) {
		if (!is_gone(w, word, self) && !lease_is_over(lock, w, word))
			return -EAGAIN;
		to |= BROKEN;
	}
	if (!replace(lock, word, to))
		return -EAGAIN;
	(void)fam_atomic_64_fetch_add(&lock->beat, 1);
	return to & BROKEN ? -EOWNERDEAD : 0;
}

static void wait_by(struct watch *w, const struct robust_wait *by, int left)
{
	if (!by || w->turns < SPINS)
		wait_a_little(w);
	else
		by->wait(by->arg, left < (int)by->ms ? left : (int)by->ms);
}

int robust_lock(struct fam_robust_lock *lock,
		const struct fam_robust_self *self, int timeout_ms,
		const struct robust_wait *by)
{
	struct watch w = { .start_ms = clock_ms() };
	int r;

	w.ask_ms = timeout_ms == 0 ? 0 : w.start_ms + ASK_MS;
	if (!is_somebody(self->node, self->id))
		return -EINVAL;
	while ((r = try_lock(lock, &w, self)) == -EAGAIN) {
		int left = clock_left(w.start_ms, timeout_ms);

		if (left == 0)
			return -ETIMEDOUT;
		wait_by(&w, by, left);
	}
	return r;
}

int fam_robust_lock(struct fam_robust_lock *lock,
		    const struct fam_robust_self *self, int timeout_ms)
{
	return robust_lock(lock, self, timeout_ms, NULL);
}

/* ---- the owner ---------------------------------------------------------------- */

void fam_robust_init(struct fam_robust_lock *lock, uint32_t lease_ms)
{
	fam_atomic_64_write(&lock->beat, 0);
	fam_atomic_64_write(&lock->lease_ms, lease_ms);
	fam_atomic_64_write(&lock->word, 0);
}

/* Only the owner changes the word, unless it has lost the lock. */
static int change(struct fam_robust_lock *lock,
		  const struct fam_robust_self *self, uint64_t clear,
		  uint64_t set)
{
	uint64_t word = word_of(lock);

	if ((word & OWNER_MASK) != owner_word(self) ||
	    !replace(lock, word, (word & ~clear) | set))
		return -EPERM;
	(void)fam_atomic_64_fetch_add(&lock->beat, 1);
	return 0;
}

int fam_robust_consistent(struct fam_robust_lock *lock,
			  const struct fam_robust_self *self)
{
	return change(lock, self, BROKEN, 0);
}

int fam_robust_renew(struct fam_robust_lock *lock,
		     const struct fam_robust_self *self)
{
	return change(lock, self, 0, 0);
}

int fam_robust_unlock(struct fam_robust_lock *lock,
		      const struct fam_robust_self *self)
{
	bool broken = word_of(lock) & BROKEN;

	return change(lock, self, OWNER_MASK | BROKEN, broken ? LOST : 0);
}
