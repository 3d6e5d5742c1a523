/* SPDX-License-Identifier: MIT */

/* lfs.h - The file system: operations of a node on shelves
 *
 * Knows the Librarian (client.h) and fam.ko (fam_dev.h), but not FUSE. One
 * thread: an operation runs to its end before the next begins.
 *
 * Theory of operation. The Librarian has all names, sizes and books. This node
 * keeps nothing that can be old: every operation asks. What it does keep is
 * the list of books of the shelves that it holds, in fam.ko.
 *
 * Holding. The first open of a shelf takes a handle at the Librarian. As long
 * as a node has a handle, the Librarian lets no other node shrink or destroy
 * the shelf, so its list of books can only grow, and no book that this node
 * may map goes to another shelf. The handle is given back when the shelf is
 * neither open nor mapped here: FUSE reports the last close though a mapping
 * may remain, and then fam.ko tells when that ends. Before the handle goes,
 * fam.ko's list is emptied.
 *
 * Unlinked shelves. A shelf that somebody holds is not destroyed but renamed
 * to LIBRARIAN_UNLINKED and its id; the Librarian destroys it with the last
 * handle.
 *
 * Death. Handles outlive a daemon that is killed, as do mappings. The next one
 * asks the Librarian for this node's handles and fam.ko for each of the
 * shelves: those still mapped are adopted, the other handles are closed. After
 * a restart of the Librarian, lfs_restore() takes new handles of all that is
 * held and gives the old ones back, if they still count.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "err.h"
#include "fam_dev.h"
#include "request.h"
#include "shelf.h"

struct client;

/**
 * struct lfs_hooks - What the daemon's loop does for the file system
 * @watch:	Call lfs_unmapped() when the shelf's descriptor is readable
 * @unwatch:	Stop that
 * @arg:	For both
 */
struct lfs_hooks {
	int (*watch)(void *arg, struct shelf *s);
	void (*unwatch)(void *arg, struct shelf *s);
	void *arg;
};

struct lfs {
	struct client *client;
	struct fam_dev fam;
	struct lfs_hooks hooks;
	struct shelf_table table;
	uint64_t root_id;
	uint32_t node_id;
	uint64_t book_size;
	unsigned book_shift;
	uint64_t max_book; /* books that fit into the memory */
};

/* ---- life (hold.c) -------------------------------------------------------- */

/**
 * lfs_start() - Check memory against Librarian, learn the root, adopt
 * @lfs:	client, fam and hooks are set, all else 0
 * @node_id:	This node
 * @e:		Why not
 */
int lfs_start(struct lfs *lfs, uint32_t node_id, struct err *e);

/* Gives back all handles of shelves that are not mapped. */
void lfs_stop(struct lfs *lfs);

/* For client_conf.restore; @arg is the lfs. */
void lfs_restore(void *arg);

/* The shelf's descriptor is readable: nothing maps it any more, perhaps. */
void lfs_unmapped(struct lfs *lfs, struct shelf *s);

/* ---- operations (lfs.c) ---------------------------------------------------
 *
 * All return 0 or a negative errno. Ids are those of the Librarian. Shelves
 * that are returned belong to the table and stay there while the kernel knows
 * them.
 */

/* Adds one to the shelf's lookups, as the kernel will. */
int lfs_lookup(struct lfs *lfs, const struct caller *who, uint64_t parent_id,
	       const char *name, struct shelf **ret_s);
void lfs_forget(struct lfs *lfs, uint64_t id, uint64_t n);

/* The shelf as it is now. */
int lfs_getattr(struct lfs *lfs, const struct caller *who, uint64_t id,
		struct shelf **ret_s);
int lfs_resize(struct lfs *lfs, const struct caller *who, uint64_t id,
	       uint64_t size);

/* Makes the shelf at least that big. */
int lfs_allocate(struct lfs *lfs, const struct caller *who, uint64_t id,
		 uint64_t size);
int lfs_set_mtime(struct lfs *lfs, const struct caller *who, uint64_t id,
		  int64_t mtime);

/* Without "." and "..", and without what is unlinked; see shelf_infos_free() */
int lfs_list(struct lfs *lfs, const struct caller *who, uint64_t id,
	     struct shelf_info **ret_infos, size_t *ret_n);

/* Held and opened once; and looked up once, if it is created. */
int lfs_open(struct lfs *lfs, const struct caller *who, uint64_t id,
	     struct shelf **ret_s);
int lfs_create(struct lfs *lfs, const struct caller *who, uint64_t parent_id,
	       const char *name, mode_t mode, bool exclusive,
	       struct shelf **ret_s);
void lfs_release(struct lfs *lfs, struct shelf *s);

/* On an open shelf. Bytes, or a negative errno. */
ssize_t lfs_read(struct lfs *lfs, const struct caller *who, struct shelf *s,
		 void *buf, size_t size, off_t off);
ssize_t lfs_write(struct lfs *lfs, const struct caller *who, struct shelf *s,
		  const void *buf, size_t size, off_t off);

/* At the end of the shelf as it is now. Two nodes that append in the same
 * moment may meet there: the Librarian knows no appending.
 */
ssize_t lfs_append(struct lfs *lfs, const struct caller *who, struct shelf *s,
		   const void *buf, size_t size);

int lfs_unlink(struct lfs *lfs, const struct caller *who, uint64_t parent_id,
	       const char *name);
int lfs_rename(struct lfs *lfs, const struct caller *who, uint64_t parent_id,
	       const char *name, uint64_t newparent_id, const char *newname,
	       bool replace);
int lfs_stats(struct lfs *lfs, const struct caller *who,
	      struct fs_stats *ret_stats);

/* ---- between the two files ------------------------------------------------ */

/* Asks for a shelf: by @path in the root (id 0), or by @id (path NULL). */
int lfs_get(struct lfs *lfs, const struct caller *who, const char *path,
	    uint64_t id, bool want_books, struct shelf_info *ret_info);

/* Take a handle of @s, which is not held. */
int hold_take(struct lfs *lfs, const struct caller *who, struct shelf *s);

/* Start to hold @s with the handle and the books in @info, which lose them. */
int hold_begin(struct lfs *lfs, struct shelf *s, struct shelf_info *info);

/* Give up a shelf that is not open: at once, or when it is not mapped. */
void hold_end(struct lfs *lfs, struct shelf *s);

/* Size and books of a held shelf, as in @info, go to fam.ko; the books are
 * asked for if @info does not have them and they are needed.
 */
int hold_update(struct lfs *lfs, struct shelf *s, struct shelf_info *info);

/* Cut a held shelf here, so that nothing reaches what will be cut off. */
int hold_cut(struct lfs *lfs, struct shelf *s, uint64_t size);
