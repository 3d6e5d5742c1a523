/* SPDX-License-Identifier: MIT */

/* lock.c - flock() and fcntl() locks, which hold between nodes
 *
 * All of them are the Librarian's; owners are this node's kernel's numbers.
 */

#include <errno.h>

#include "ask.h"
#include "cleanup.h"

int lfs_lock(struct lfs *lfs, const struct caller *who, struct shelf *s,
	     const struct lock *l, bool wait)
{
	if (l->kind == LOCK_KIND_POSIX && l->type != LOCK_TYPE_UNLOCK) {
		shelf_lock(s);
		s->locked = true;
		shelf_unlock(s);
	}
	return lfs_tell(lfs, who, request_lock(l, wait));
}

int lfs_test_lock(struct lfs *lfs, const struct caller *who,
		  const struct lock *l, struct lock_info *ret_info)
{
	CLEANUP_REPLY struct reply reply = { 0 };
	int r;

	r = client_ask(lfs->client, who, request_test_lock(l), &reply);
	if (r == 0)
		r = lfs_check(lock_info_parse(reply.value, ret_info), "a lock");
	return r;
}

int lfs_unlock_posix(struct lfs *lfs, const struct caller *who, struct shelf *s,
		     uint64_t owner)
{
	const struct lock l = {
		.shelf_id = s->id,
		.kind = LOCK_KIND_POSIX,
		.type = LOCK_TYPE_UNLOCK,
		.owner = owner,
		.end = INT64_MAX,
		.pid = who ? (uint32_t)who->pid : 0,
	};
	bool locked;

	shelf_lock(s);
	locked = s->locked;
	shelf_unlock(s);
	return locked ? lfs_tell(lfs, who, request_lock(&l, false)) : 0;
}
