/* SPDX-License-Identifier: MIT */

/* fam_robust.h - A lock that survives its owner
 *
 * The lock is a word in memory that nodes share. It says who owns it, and how
 * often it was taken. Whoever waits finds out in one of two ways that the owner
 * is no more, and takes the lock over; it is told so (-EOWNERDEAD), since what
 * the lock guards may be half changed.
 *
 * - By asking: fam_robust_self.alive says whether an owner still lives. It must
 *   never say "no" of one that does, and then this way is always right.
 *   fam_presence_alive() is such a function: each owner has a lock on its own
 *   byte of a file, which the kernel, and between nodes the Librarian, takes
 *   off when the process or its node has ended.
 * - By a lease: an owner that has not called fam_robust_renew() for lease_ms, by
 *   the clock of the one who waits, has lost the lock. No other service is
 *   needed, but an owner that was merely stopped for so long (a debugger, a
 *   node that is paused) is dead to the others. It learns so from
 *   fam_robust_renew() and fam_robust_unlock() (-EPERM), which does not help if
 *   it stores first: so call fam_robust_renew() before what must not be done
 *   by two, and choose the lease much longer than any pause.
 *
 * An owner is a process; its threads keep each other out as well, and each may
 * unlock. Memory has to be registered, see fam_atomic.h.
 */
#ifndef FAM_ROBUST_H
#define FAM_ROBUST_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define FAM_ROBUST_NODE_MAX 255U
#define FAM_ROBUST_ID_MAX 0xffffffU

/**
 * struct fam_robust_lock - In shared memory, at a multiple of 8, better of 64
 * @word:	Bits 0-23 the owner's id and 24-31 its node, both 0 if it is free;
 *		32-61 how often it was taken; 62 the owner before has died and
 *		nobody has mended its work yet; 63 nobody can
 * @beat:	Counts what the owners did, for those who watch a lease
 * @lease_ms:	0 = no lease
 */
struct fam_robust_lock {
	int64_t word;
	int64_t beat;
	int64_t lease_ms;
	int64_t reserved[5];
};

/**
 * struct fam_robust_self - Who takes locks
 * @node:	Number of this node, from 1 to FAM_ROBUST_NODE_MAX
 * @id:		Of this process in its node, from 1 to FAM_ROBUST_ID_MAX, such as
 *		getpid()
 * @alive:	Is that owner still there? NULL = it is not known
 * @arg:	For it
 */
struct fam_robust_self {
	uint32_t node;
	uint32_t id;
	bool (*alive)(uint32_t node, uint32_t id, void *arg);
	void *arg;
};

/* Once, by one, before others use it. */
void fam_robust_init(struct fam_robust_lock *lock, uint32_t lease_ms);

/**
 * fam_robust_lock() - Wait for the lock
 * @timeout_ms:	How long; -1 = as long as it takes; 0 = do not
 *
 * Return: 0, or -EOWNERDEAD: the caller has it, and is to mend what it guards
 *         and to say so by fam_robust_consistent() before it unlocks. Without
 *         the lock: -ETIMEDOUT, -ENOTRECOVERABLE (somebody unlocked without
 *         mending; only fam_robust_init() helps), -EINVAL (@self is nobody)
 */
int fam_robust_lock(struct fam_robust_lock *lock,
		    const struct fam_robust_self *self, int timeout_ms);

/* By the owner. 0, or -EPERM: it is not, or not any more. */
int fam_robust_consistent(struct fam_robust_lock *lock,
			  const struct fam_robust_self *self);
int fam_robust_renew(struct fam_robust_lock *lock,
		     const struct fam_robust_self *self);
int fam_robust_unlock(struct fam_robust_lock *lock,
		      const struct fam_robust_self *self);

/* ---- who is there ------------------------------------------------------------ */

struct fam_presence;

/**
 * fam_presence_join() - Be there until this process ends
 * @path:	A file that all have in common, and that is good for nothing else;
 *		made if it is not there
 * @node: @id:	As in struct fam_robust_self
 * @ret:	For fam_presence_leave()
 *
 * The process must not open the file itself: closing it would end the lock.
 *
 * Return: 0, -EINVAL, -EEXIST (another process is there by this name), -ENOTSUP
 *         (other nodes would not see the lock), or what open(2) says
 */
int fam_presence_join(const char *path, uint32_t node, uint32_t id,
		      struct fam_presence **ret);
void fam_presence_leave(struct fam_presence *p);

/* For fam_robust_self.alive, with the presence as arg. */
bool fam_presence_alive(uint32_t node, uint32_t id, void *presence);

#ifdef __cplusplus
}
#endif

#endif
