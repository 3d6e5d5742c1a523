/* SPDX-License-Identifier: MIT */

/* file_lock.h - Exclusion by a lock on the file that is mapped
 *
 * For operations that the processor cannot do in one step. Whoever keeps the
 * file's locks, on a shelf the Librarian, lets go of that of a process or node
 * that has ended, so nobody waits for the dead.
 */
#pragma once

#include <stdbool.h>

struct file_lock;

/**
 * file_lock_new() - Prepare to lock a file
 * @fd:		The file, or -1; only used here
 *
 * Opens the file anew, so that forks and the caller's own use of flock(2) by
 * @fd do not meddle; only if the processor cannot do without.
 *
 * Return: to be freed by file_lock_free(), which takes NULL; NULL: no memory
 */
struct file_lock *file_lock_new(int fd);
void file_lock_free(struct file_lock *l);

/**
 * file_lock_take() - Wait until nobody has the lock
 * @shared:	Others may have it shared, too
 *
 * Return: 0, or -ENOTSUP: there is no lock that all nodes respect
 */
int file_lock_take(struct file_lock *l, bool shared);
void file_lock_drop(struct file_lock *l);

/**
 * file_lock_is_local() - Do other nodes not see a lock on this file?
 * @fd:		On which this process has a lock, of either kind
 *
 * So it is in a FUSE file system whose daemon does not take part in locking:
 * the kernel then keeps the locks itself, and lists them.
 */
bool file_lock_is_local(int fd);

/* Does the processor have cmpxchg16b? */
bool file_lock_is_needless(void);

/* For tests: from now on act as if it had not. */
void file_lock_pretend(void);
