/* SPDX-License-Identifier: MIT */

/* lfs.h - The file system: operations of a node on shelves
 *
 * Knows the Librarian (client.h) and fam.ko (fam_dev.h), but not FUSE. Any
 * thread may call anything.
 *
 * Theory of operation. The Librarian has all names, attributes and sizes. What
 * it has said is used again as long as the board says that it holds (cache.h);
 * else it is asked. Nothing here is ever old.
 *
 * Holding. The first open of a shelf takes a handle at the Librarian. As long
 * as a node has a handle, no book that it may map goes to another shelf: when
 * another node cuts the shelf, this one is told (revoke.c), and the books are
 * used again when it has answered. The list of books is in fam.ko; it may be
 * shorter than the Librarian's, because another node made the shelf grow: then
 * fam.ko asks at its end (upcall.c). The handle is given back when the shelf is
 * neither open nor mapped here: FUSE reports the last close though a mapping
 * may remain, and then fam.ko tells when that ends. And it is kept for some
 * seconds more, so that the next open asks nobody (lazy.h), unless somebody
 * wants it. Before the handle goes, fam.ko's list is emptied.
 *
 * Order. Where a shelf's books change, its lock is held from the question to
 * fam.ko's new list, so answers are applied in the order in which they were
 * given. When this node cuts a shelf, fam.ko's list is cut before the
 * Librarian's: it gives the books to others at once.
 *
 * Lost answers. When the connection breaks, requests are sent again, and may
 * be carried out twice. What then fails because it is done already, succeeds.
 *
 * Death. Handles outlive a daemon that is killed, as do mappings. The next one
 * asks the Librarian for this node's handles and fam.ko for each of the
 * shelves: those still mapped are adopted, the other handles are closed. The
 * same is done after each new connection (settle.c).
 *
 * atime changes with creation and utimens() only. Of mtime, fam.ko remembers
 * writes; the Librarian hears of them when somebody here asks for the
 * attributes, and at fsync() and close(), by how long ago they were: all times
 * are the Librarian's clock's. Stores to mappings count at msync().
 */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "err.h"
#include "fam_dev.h"
#include "ghosts.h"
#include "info.h"
#include "lazy.h"
#include "request.h"
#include "revoked.h"
#include "shelf.h"

struct board;
struct cache;
struct client;
struct events;
struct reply;

/**
 * struct lfs_hooks - What FUSE's side does for the file system
 * @backing_open:	Make a descriptor of fam.ko known to FUSE. Return: its
 *			number there, or a negative errno
 * @backing_close:	The end of that
 * @watch:		Call lfs_unmapped() when the shelf's descriptor is
 *			readable; again, if it was watched already
 * @unwatch:		Stop that
 * @unlocked:		A lock of this shelf may be free now; 0 = of any
 * @arg:		For all
 */
struct lfs_hooks {
	int (*backing_open)(void *arg, int fd);
	void (*backing_close)(void *arg, int backing);
	int (*watch)(void *arg, const struct shelf *s);
	void (*unwatch)(void *arg, const struct shelf *s);
	void (*unlocked)(void *arg, uint64_t shelf_id);
	void *arg;
};

struct lfs {
	struct client *client;
	struct cache *cache;
	struct events *events; /* to be poked; NULL = due() is never called */
	const struct board *board; /* or NULL */
	uint64_t board_offset;	   /* where it is in the memory */
	struct fam_dev fam;
	struct lfs_hooks hooks;

	struct shelf_table table;
	struct ghosts ghosts;
	struct revoked revoked;
	pthread_mutex_t lazy_lock;
	struct lazy lazy;
	pthread_rwlock_t creating; /* read: a new handle has no shelf yet */
	bool unsettled;		   /* a connection is new; atomic */

	uint64_t root_id;
	uint32_t node_id;
	uint64_t book_size;
	unsigned book_shift;
	uint64_t max_book; /* books that fit into the memory */
};

/* ---- life (settle.c) ------------------------------------------------------ */

/* Once, before anything else is set. */
void lfs_init(struct lfs *lfs);

/**
 * lfs_start() - Check memory against Librarian, learn the root, adopt
 * @lfs:	client, cache, events, board, fam and hooks are set
 * @node_id:	This node
 * @e:		Why not
 */
int lfs_start(struct lfs *lfs, uint32_t node_id, struct err *e);

/* Gives back all handles of shelves that are not mapped. */
void lfs_stop(struct lfs *lfs);

/* Frees what is left; idempotent. */
void lfs_deinit(struct lfs *lfs);

/* For client_conf.restore; @arg is the lfs. */
void lfs_restore(void *arg);

/* For events_conf; @arg is the lfs. */
void lfs_event(void *arg, const struct jvalue *message);
int64_t lfs_due(void *arg);

/* The shelf's descriptor is readable: nothing maps it any more, perhaps. */
void lfs_unmapped(struct lfs *lfs, uint64_t id);

/* ---- names (names.c) -------------------------------------------------------
 *
 * All operations return 0 or a negative errno. Ids are those of the Librarian.
 * @ret_info is for shelf_info_deinit(), and may be without name and books.
 */

int lfs_lookup(struct lfs *lfs, const struct caller *who, const struct place *p,
	       struct shelf_info *ret_info);

/* Fifos, sockets, devices, and files that are not opened */
int lfs_mknod(struct lfs *lfs, const struct caller *who, const struct place *p,
	      const struct new_shelf *n, struct shelf_info *ret_info);
int lfs_mkdir(struct lfs *lfs, const struct caller *who, const struct place *p,
	      const struct new_shelf *n, struct shelf_info *ret_info);
int lfs_symlink(struct lfs *lfs, const struct caller *who,
		const struct place *p, const struct new_shelf *n,
		const char *target, struct shelf_info *ret_info);
int lfs_link(struct lfs *lfs, const struct caller *who, uint64_t id,
	     const struct place *p, struct shelf_info *ret_info);
int lfs_unlink(struct lfs *lfs, const struct caller *who,
	       const struct place *p);
int lfs_rmdir(struct lfs *lfs, const struct caller *who, const struct place *p);
int lfs_rename(struct lfs *lfs, const struct caller *who,
	       const struct place *from, const struct place *to,
	       enum rename_mode mode);

/* @ret_target: free() it */
int lfs_readlink(struct lfs *lfs, const struct caller *who, uint64_t id,
		 char **ret_target);

/* From the root, beginning with '/'; @ret_path: free() it */
int lfs_path(struct lfs *lfs, const struct place *p, char **ret_path);

/* A part of a directory; what it says is kept. */
int lfs_list(struct lfs *lfs, const struct caller *who, uint64_t id,
	     const char *after, uint32_t limit, struct listing *ret_listing);

/* ---- attributes (attr.c, xattr.c) ------------------------------------------ */

int lfs_getattr(struct lfs *lfs, const struct caller *who, uint64_t id,
		struct shelf_info *ret_info);
int lfs_set_attr(struct lfs *lfs, const struct caller *who, uint64_t id,
		 const struct attr_change *c);

/* Takes rights that a file lends away from it: somebody changes it. */
int lfs_kill_rights(struct lfs *lfs, const struct caller *who, uint64_t id);
int lfs_truncate(struct lfs *lfs, const struct caller *who, uint64_t id,
		 uint64_t size);
int lfs_stats(struct lfs *lfs, const struct caller *who,
	      struct fs_stats *ret_stats);

/* -EOPNOTSUPP for names that the Librarian has no place for. @ret_value: free()
 * it
 */
int lfs_get_xattr(struct lfs *lfs, const struct caller *who, uint64_t id,
		  const char *name, void **ret_value, size_t *ret_len);
int lfs_set_xattr(struct lfs *lfs, const struct caller *who, uint64_t id,
		  const char *name, const void *value, size_t len,
		  enum xattr_mode mode);

/* @ret_names: one after the other, each with its NUL; free() them */
int lfs_list_xattrs(struct lfs *lfs, const struct caller *who, uint64_t id,
		    char **ret_names, size_t *ret_len);
int lfs_remove_xattr(struct lfs *lfs, const struct caller *who, uint64_t id,
		     const char *name);

/* ---- open files (file.c) ---------------------------------------------------- */

/* Held, and opened once: for lfs_release(). */
int lfs_open(struct lfs *lfs, const struct caller *who, uint64_t id,
	     struct shelf **ret_s);

/* -EEXIST if anything has the name. Without a name, a file that goes with its
 * last close.
 */
int lfs_create(struct lfs *lfs, const struct caller *who, const struct place *p,
	       const struct new_shelf *n, struct shelf **ret_s,
	       struct shelf_info *ret_info);
void lfs_release(struct lfs *lfs, struct shelf *s);

/* The Librarian hears of writes. */
int lfs_sync(struct lfs *lfs, const struct caller *who, struct shelf *s);

/* Makes it that large at least; or has books for that, and keeps its size. */
int lfs_allocate(struct lfs *lfs, const struct caller *who, struct shelf *s,
		 uint64_t size, bool keep_size);

/* Bytes up to the end become zeros. */
int lfs_zero(struct lfs *lfs, const struct caller *who, struct shelf *s,
	     uint64_t off, uint64_t len);

/* Return: so many bytes, or a negative errno */
ssize_t lfs_copy(struct lfs *lfs, const struct caller *who, struct shelf *in,
		 uint64_t off_in, struct shelf *out, uint64_t off_out,
		 size_t len);

/* The physical address of a byte; -ENXIO behind the end */
int lfs_phys(struct lfs *lfs, const struct caller *who, struct shelf *s,
	     uint64_t off, uint64_t *ret_addr);

/* ---- locks (lock.c) --------------------------------------------------------- */

/* -EAGAIN: another has it; with @wait, hooks.unlocked tells when to try again. */
int lfs_lock(struct lfs *lfs, const struct caller *who, struct shelf *s,
	     const struct lock *l, bool wait);
int lfs_test_lock(struct lfs *lfs, const struct caller *who,
		  const struct lock *l, struct lock_info *ret_info);

/* A file descriptor was closed: its process's POSIX locks on the file go. */
int lfs_unlock_posix(struct lfs *lfs, const struct caller *who, struct shelf *s,
		     uint64_t owner);

/* ---- what fam.ko asks (upcall.c) ---------------------------------------------
 *
 * Results are for the application: see fam_ioctl.h.
 */

int lfs_grow(struct lfs *lfs, uint64_t id, uint64_t size);
int64_t lfs_append(struct lfs *lfs, uint64_t id, uint64_t len);
int lfs_extend(struct lfs *lfs, uint64_t id);
