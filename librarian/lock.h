/* SPDX-License-Identifier: MIT */

/* lock.h - Locks on bytes of shelves, which hold between nodes
 *
 * A lock is an owner's, whom its node names: what is one owner's never stands
 * in its own way. As POSIX has it: locking bytes that the owner has locked
 * already changes their type, unlocking a part splits, neighbours of the same
 * type are one. Locks of flock(2) are of another kind, which does not mind
 * those of fcntl(2), and reach over the whole shelf.
 *
 * They are rows, so they outlive this process; the node's end, unlock_all and
 * the shelf's end take them away. All of these are to be called in a
 * transaction, but for lock_find().
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct librarian;

enum lock_kind {
	LOCK_POSIX,
	LOCK_FLOCK,
	LOCK_KINDS,
};

#define LOCK_OWNER_MAX 64     /* bytes */
#define LOCKS_PER_SHELF 16384 /* ENOLCK behind it */

struct lock {
	int64_t shelf_id;
	enum lock_kind kind;
	bool exclusive;
	int64_t first; /* bytes; @last is included, INT64_MAX = to the end */
	int64_t last;
	uint32_t node_id;
	char owner[LOCK_OWNER_MAX + 1];
	int64_t pid; /* for those who ask who has it */
};

/* Whether one owner has both. */
bool lock_same_owner(const struct lock *a, const struct lock *b);

/**
 * lock_find() - What stands in the way
 * @want:	Lock that somebody wants
 * @ret_other:	Another owner's lock that conflicts
 *
 * Return: 0; -ENOENT if nothing does
 */
int lock_find(struct librarian *lib, const struct lock *want,
	      struct lock *ret_other);

/**
 * lock_set() - Lock
 *
 * Return: 0; -EAGAIN if another owner's lock conflicts; -ENOLCK if there are
 *         too many
 */
int lock_set(struct librarian *lib, const struct lock *want);

/* The owner's locks on these bytes go. */
int lock_clear(struct librarian *lib, const struct lock *range);

/* All locks of a node go; with @owner, only that one's. */
int lock_clear_node(struct librarian *lib, uint32_t node_id, const char *owner);
