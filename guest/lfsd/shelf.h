/* SPDX-License-Identifier: MIT */

/* shelf.h - The table of shelves that this node holds
 *
 * A shelf is in the table while anything refers to it: an open file, its handle
 * at the Librarian, or an operation that is under way. Shelves that are neither
 * open nor mapped nor were a moment ago are not known here at all: ids are never
 * used again, so the kernel's inode numbers need no memory of ours.
 *
 * Locks: the table's is held for a few instructions. A shelf's own is held
 * while its handle, size or books change, also while the Librarian is asked for
 * that, so that what it answers is applied in its order. Whoever has one takes
 * no other shelf's.
 */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * struct shelf - A file that is held, or becomes it
 * @next: @refs:	The table's
 * @id:		The Librarian's
 * @lock:	For all that follows
 * @opens:	Open files
 * @handle:	At the Librarian; 0 = not held
 * @fd:		Of fam.ko; -1 = none. Stays while a file is open.
 * @backing:	Number by which FUSE knows @fd; 0 = none
 * @size: @books: @n_books:	As fam.ko has them; books are owned
 * @mtime_ns:	Of a write that the Librarian has not heard of; 0 = none
 * @told_ns:	By the node's clock: earlier writes are in the Librarian's mtime
 * @bare_gen:	Of the board: as long as it holds, and is @bare, the file has no
 *		capabilities
 * @wanted:	The handle is to be given back as soon as it may
 * @locked:	Some file has had a POSIX lock
 * @watched:	The hooks wait for its last mapping to end
 */
struct shelf {
	struct shelf *next;
	uint32_t refs;
	uint64_t id;

	pthread_mutex_t lock;
	uint32_t opens;
	uint64_t handle;
	int fd;
	int backing;
	uint64_t size;
	uint32_t *books;
	uint32_t n_books;
	int64_t mtime_ns;
	int64_t told_ns;
	uint64_t bare_gen;
	bool bare;
	bool wanted;
	bool locked;
	bool watched;
};

struct shelf_table {
	pthread_mutex_t lock;
	struct shelf **chains;
	size_t n_chains; /* a power of two, or 0 */
	size_t n;
};

void shelf_table_init(struct shelf_table *t);

/* Frees all shelves, whoever refers to them. */
void shelf_table_deinit(struct shelf_table *t);

/* One reference more, for shelf_put(). NULL = not there */
struct shelf *shelf_get(struct shelf_table *t, uint64_t id);

/* The same; it is added if it is not there. NULL = no memory */
struct shelf *shelf_get_or_add(struct shelf_table *t, uint64_t id);

/* For another holder of a reference that the caller has. */
void shelf_ref(struct shelf_table *t, struct shelf *s);

/* NULL is fine. The last reference frees it; it must not be locked. */
void shelf_put(struct shelf_table *t, struct shelf *s);

/* The ids of all shelves that are there now: free() them. 0 or -ENOMEM */
int shelf_table_ids(struct shelf_table *t, uint64_t **ret_ids, size_t *ret_n);

static inline void shelf_lock(struct shelf *s)
{
	(void)pthread_mutex_lock(&s->lock);
}

static inline void shelf_unlock(struct shelf *s)
{
	(void)pthread_mutex_unlock(&s->lock);
}
