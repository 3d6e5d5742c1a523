/* SPDX-License-Identifier: MIT */

/* fam_doorbell.h - Wait for other nodes: words, mutexes, conditions, barriers
 *
 * What futex(2) is to the processes of one node, for memory that nodes share: a
 * process sleeps until another one, on any node, has changed a word and woken
 * those who wait for it. Nodes wake each other by their doorbells
 * (/dev/fam-doorbell; fame-run up --doorbell).
 *
 * A node that dies wakes nobody. So whoever sleeps looks again at intervals
 * (fam_doorbell_set_look()), which is also how the death of an owner is found.
 *
 * Instead of a doorbell, NULL can be given everywhere. All works the same then,
 * but who waits looks every millisecond. All who share a word have doorbells, or
 * none has.
 *
 * Memory has to be registered, see fam_atomic.h; zeros are a word, a condition
 * and a mutex that nobody has. Who takes part in a mutex or barrier is a
 * struct fam_robust_self, see fam_robust.h.
 */
#ifndef FAM_DOORBELL_H
#define FAM_DOORBELL_H

#include <stdint.h>

#include "fam_robust.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- the doorbell ------------------------------------------------------------ */

/* For one thread at a time: each that waits opens its own. */
struct fam_doorbell;

#define FAM_DOORBELL_LOOK_MS 250U

/**
 * fam_doorbell_open() - Be rung from now on
 * @path:	The device; NULL = /dev/fam-doorbell
 * @ret:	For fam_doorbell_close()
 *
 * Return: 0, -ENOENT (this node has no doorbell), -ENOMEM, or what open(2) says
 */
int fam_doorbell_open(const char *path, struct fam_doorbell **ret);
void fam_doorbell_close(struct fam_doorbell *bell);

/* How long a sleep lasts at most before it looks again; from 1 ms on */
void fam_doorbell_set_look(struct fam_doorbell *bell, unsigned ms);

/**
 * struct fam_doorbell_stats - What became of sleeps
 * @sleeps:	How often it slept
 * @woken:	Of these, ended by a ring
 * @late:	Ended without a ring though the word had changed: the waker has
 *		died, or does not use fam_wake()
 * @rings:	That it sent
 */
struct fam_doorbell_stats {
	uint64_t sleeps;
	uint64_t woken;
	uint64_t late;
	uint64_t rings;
};

void fam_doorbell_get_stats(const struct fam_doorbell *bell,
			    struct fam_doorbell_stats *ret);

/* ---- words ------------------------------------------------------------------- */

/**
 * struct fam_word - What can be waited for; at a multiple of 64
 * @value:	Changed by fam_atomic_32_*(), and fam_wake() after that
 * @vector:	Of the doorbells, by which its waiters are rung; 0 is as good as
 *		any, others keep busy words apart
 * @waiters:	Bit N % 64 of number N / 64: on node N somebody may wait
 */
struct fam_word {
	int32_t value;
	int32_t vector;
	int64_t waiters[4];
	int64_t reserved[3];
};

/**
 * fam_wait() - Sleep until a word has changed
 * @bell:	Or NULL
 * @word:	In shared memory
 * @old:	Until it is no longer this; tried a short while before sleeping
 * @timeout_ms:	How long; -1 = as long as it takes; 0 = do not
 *
 * Return: 0, or -ETIMEDOUT: it is still @old
 */
int fam_wait(struct fam_doorbell *bell, struct fam_word *word, int32_t old,
	     int timeout_ms);

/**
 * fam_wake() - Wake all who wait for a word, after a change of it
 *
 * While nobody waits it is a few loads, and no call of the system.
 *
 * Return: how many nodes were rung, or what write(2) says
 */
int fam_wake(struct fam_doorbell *bell, struct fam_word *word);

/* ---- mutexes and conditions ----------------------------------------------------- */

/* A robust lock whose waiters sleep. */
struct fam_mutex {
	struct fam_robust_lock lock;
	struct fam_word freed; /* counts unlocks */
};

/* Once, by one, before others use it. */
void fam_mutex_init(struct fam_mutex *m, uint32_t lease_ms);

/* All as fam_robust_lock() and so on. fam_robust_consistent() and
 * fam_robust_renew() are called with &m->lock.
 */
int fam_mutex_lock(struct fam_doorbell *bell, struct fam_mutex *m,
		   const struct fam_robust_self *self, int timeout_ms);
int fam_mutex_unlock(struct fam_doorbell *bell, struct fam_mutex *m,
		     const struct fam_robust_self *self);

struct fam_cond {
	struct fam_word signals; /* counts them */
};

/**
 * fam_cond_wait() - Unlock, sleep until a signal, lock
 * @timeout_ms:	For the signal; -1 = as long as it takes
 *
 * It may end without a signal: test what you wait for in a loop.
 *
 * Return: with the mutex locked: 0, -ETIMEDOUT, -EOWNERDEAD as from
 *         fam_mutex_lock(). Without: -EPERM (it was not the owner),
 *         -ENOTRECOVERABLE
 */
int fam_cond_wait(struct fam_doorbell *bell, struct fam_cond *c,
		  struct fam_mutex *m, const struct fam_robust_self *self,
		  int timeout_ms);

/* Wakes all who wait for it; as fam_wake(). */
int fam_cond_broadcast(struct fam_doorbell *bell, struct fam_cond *c);

/* ---- barriers ------------------------------------------------------------------- */

#define FAM_BARRIER_PARTIES_MAX 64U

/**
 * struct fam_barrier - Opens when all parties have arrived, again and again
 * @opened:	How often it has
 * @mutex:	Guards the rest
 * @n:		Parties
 * @parties:	Who each is, in the low half as in fam_robust_lock.word, and in the
 *		high half the opening for which it has arrived
 */
struct fam_barrier {
	struct fam_word opened;
	struct fam_mutex mutex;
	int64_t n;
	int64_t reserved[7];
	int64_t parties[FAM_BARRIER_PARTIES_MAX];
};

/* Once, by one. 0, or -EINVAL: @n is not 1 to FAM_BARRIER_PARTIES_MAX */
int fam_barrier_init(struct fam_barrier *b, unsigned n);

/**
 * fam_barrier_wait() - Arrive, and wait for the others
 * @party:	From 0 to n - 1, another for each; a process that takes the place of
 *		a dead one takes its party
 * @timeout_ms:	-1 = as long as it takes
 *
 * Return: 1 to one of the parties, 0 to the others. -EOWNERDEAD: a party has
 *         died that the barrier waits for; -ETIMEDOUT; -EINVAL;
 *         -ENOTRECOVERABLE. After an error the caller has not arrived.
 */
int fam_barrier_wait(struct fam_doorbell *bell, struct fam_barrier *b,
		     unsigned party, const struct fam_robust_self *self,
		     int timeout_ms);

#ifdef __cplusplus
}
#endif

#endif
