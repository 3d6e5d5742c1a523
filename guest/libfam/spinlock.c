/* SPDX-License-Identifier: MIT */

/* spinlock.c - Ticket locks */

#include <sched.h>

#include "fam_atomic.h"

#define ONE_TICKET ((int64_t)1 << 32)

/* Then the owner may need this processor. */
#define SPINS 200

static int32_t head_of(int64_t pair)
{
	return (int32_t)pair;
}

static int32_t tail_of(int64_t pair)
{
	return (int32_t)(pair >> 32);
}

void fam_spin_lock_init(struct fam_spinlock *lock)
{
	fam_atomic_64_write(&lock->head_tail, 0);
}

void fam_spin_lock(struct fam_spinlock *lock)
{
	int64_t pair = fam_atomic_64_fetch_add(&lock->head_tail, ONE_TICKET);
	int32_t mine = tail_of(pair);

	if (head_of(pair) == mine)
		return;
	for (unsigned i = 1; fam_atomic_32_read(&lock->tickets.head) != mine;
	     i++)
		if (i % SPINS)
			__builtin_ia32_pause();
		else
			(void)sched_yield();
}

bool fam_spin_trylock(struct fam_spinlock *lock)
{
	int64_t pair = fam_atomic_64_read(&lock->head_tail);
	/* The tail may wrap, which unsigned numbers do. */
	int64_t taken = (int64_t)((uint64_t)pair + (uint64_t)ONE_TICKET);

	return head_of(pair) == tail_of(pair) &&
	       fam_atomic_64_compare_store(&lock->head_tail, pair, taken) ==
		       pair;
}

/* Of 32 bits: a carry would hand out a ticket. */
void fam_spin_unlock(struct fam_spinlock *lock)
{
	(void)fam_atomic_32_fetch_add(&lock->tickets.head, 1);
}
