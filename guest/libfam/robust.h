/* SPDX-License-Identifier: MIT */

/* robust.h - Robust locks whose waiters have their own way to wait */
#pragma once

#include "fam_robust.h"

/**
 * struct robust_wait - How to wait
 * @wait:	Until the lock may have changed since the last call, or for
 *		milliseconds at most; it can end before
 * @ms:		At most so long, so that the owner is asked about; above 0
 */
struct robust_wait {
	void (*wait)(void *arg, int ms);
	void *arg;
	unsigned ms;
};

/* fam_robust_lock(); @by NULL = to look at growing intervals */
int robust_lock(struct fam_robust_lock *lock,
		const struct fam_robust_self *self, int timeout_ms,
		const struct robust_wait *by);
