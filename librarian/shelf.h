/* SPDX-License-Identifier: MIT */

/* shelf.h - Shelves: names, sizes, open handles
 *
 * Files, directories (directory.h) and symbolic links are shelves.
 *
 * Functions return 0 or a negative errno that is meant for the client. Those
 * that change something are to be called in a transaction, and rolled back
 * when they fail.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "proto_librarian.h"

struct librarian;

#define SHELF_PATH_MAX 4095U /* bytes */

struct shelf {
	int64_t id;
	/* The name by which it was found; bytes, any but NUL and '/'. */
	int64_t parent_id;
	char name[LIBRARIAN_NAME_MAX + 1];
	bool linked;   /* that is not the one in its row, see hard_link.h */
	uint32_t mode; /* with the type of file */
	uint64_t size_bytes;
	uint64_t book_count;
	uint64_t spare_books; /* of these, behind the end */
	int64_t link_count;   /* 0 = nameless, and held */
	int64_t creator_id;   /* node */
	int64_t ctime;	      /* when it was made, in seconds */
	int64_t atime;	      /* in nanoseconds since the epoch, as are: */
	int64_t mtime;
	int64_t changed; /* what POSIX calls ctime */
	uint32_t uid;
	uint32_t gid;
	uint64_t rdev;
	bool stale_tail;    /* see schema.c */
	int64_t revocation; /* by shelf_resize(): others have yet to let go */
};

/* Where a name is, or is to be. */
struct shelf_place {
	int64_t parent_id;
	char name[LIBRARIAN_NAME_MAX + 1];
};

/* What is to be made. */
struct shelf_new {
	struct shelf_place place;
	uint32_t mode; /* with the type of file */
	uint32_t uid;
	uint32_t gid;
	uint64_t rdev;
	uint32_t node_id; /* who makes it */
};

/**
 * shelf_walk() - Find what a path names
 * @lib:	Librarian
 * @path:	Begins at the root, with or without a slash; "/" is the root
 * @ret_s:	Set on success
 *
 * Return: 0, -ENOENT, -ENOTDIR, -ENAMETOOLONG, -EINVAL (empty, "." or "..")
 */
int shelf_walk(struct librarian *lib, const char *path, struct shelf *ret_s);

/**
 * shelf_walk_parent() - Find the directory in which a path's last name is
 * @ret_place:	That directory and the name, which need not exist
 *
 * Return: as above
 */
int shelf_walk_parent(struct librarian *lib, const char *path,
		      struct shelf_place *ret_place);

int shelf_by_id(struct librarian *lib, int64_t id, struct shelf *ret_s);
int shelf_by_name(struct librarian *lib, const struct shelf_place *place,
		  struct shelf *ret_s);

/* Whether the name is that of a shelf that lives on without one. */
bool shelf_name_is_unlinked(const char *name);

typedef int (*shelf_fn)(const struct shelf *s, void *arg);

/**
 * shelf_each_after() - What is in a directory, by name
 * @id:		Directory
 * @after:	Names behind this one; "" = all
 * @fn:		Gets each of them, until it returns other than 0
 *
 * Return: 0, a negative errno, or what @fn has returned
 */
int shelf_each_after(struct librarian *lib, int64_t id, const char *after,
		     shelf_fn fn, void *arg);

static inline int shelf_each(struct librarian *lib, int64_t id, shelf_fn fn,
			     void *arg)
{
	return shelf_each_after(lib, id, "", fn, arg);
}

/* A new, empty file with the default policy. */
int shelf_create(struct librarian *lib, const struct shelf_new *what,
		 struct shelf *ret_s);

/* The same of any kind, without a policy. */
int shelf_insert(struct librarian *lib, const struct shelf_new *what,
		 struct shelf *ret_s);

/* The same without a name: its place is not looked at. It is to be held at
 * once, or would go as soon as somebody looks for what nobody holds.
 */
int shelf_insert_nameless(struct librarian *lib, const struct shelf_new *what,
			  bool policy, struct shelf *ret_s);

/* The row goes and nothing else; its parent is the caller's matter. */
int shelf_remove_row(struct librarian *lib, const struct shelf *s);

/* Something in a directory has changed, and so many directories have come. */
int shelf_touch(struct librarian *lib, int64_t dir_id, int links);

/* A new handle. */
int shelf_open(struct librarian *lib, int64_t id, uint32_t node_id, int64_t pid,
	       int64_t *ret_handle);

int shelf_is_held(struct librarian *lib, const struct shelf *s, bool *ret_held);

/* Gives a handle back, if it is one of this shelf and node, and nothing else. */
int shelf_drop_handle(struct librarian *lib, const struct shelf *s,
		      int64_t handle, uint32_t node_id);

/* Gives it back; an unlinked shelf that nobody holds any more goes with it. */
int shelf_close(struct librarian *lib, const struct shelf *s, int64_t handle,
		uint32_t node_id);

/* Who wants a shelf to be smaller. */
struct shelf_actor {
	uint32_t node_id;
	int64_t pid;   /* of the process there */
	bool for_node; /* its node looks after its own processes */
};

/**
 * shelf_resize() - Give a shelf this size
 * @s:		Shelf; brought up to date
 * @size:	New size in bytes
 * @who:	Who asks
 * @ret_z:	The shelf that has the books which are left and which nodes have
 *		to zero; its id is 0 if there is none
 *
 * Growing takes spare books first, cutting leaves none.
 *
 * Return: 0; BOOK_NEEDS_ZEROING; -EMFILE if it gets smaller and others hold it
 *         who cannot be told (revoke.h); -ENOSPC; -EPERM if it is to be
 *         zeroed, not to grow
 */
int shelf_resize(struct librarian *lib, struct shelf *s, uint64_t size,
		 const struct shelf_actor *who, struct shelf *ret_z);

/**
 * shelf_reserve() - Have books for so many bytes, and leave the size alone
 * @s:		File; brought up to date
 * @size:	Bytes; those behind the end are in spare books
 * @node_id:	Who asks
 *
 * Return: as above; -EOPNOTSUPP where nodes zero books
 */
int shelf_reserve(struct librarian *lib, struct shelf *s, uint64_t size,
		  uint32_t node_id);

/* Removes a file or a symbolic link; of several names, only the one by which it
 * was found. -EBUSY if anybody holds it, or nodes have
 * still to zero its books.
 */
int shelf_destroy(struct librarian *lib, struct shelf *s);

/* The shelf goes, by whichever name, and is held by nobody. */
int shelf_delete(struct librarian *lib, const struct shelf *s);

/**
 * shelf_rename() - Give a shelf another name
 * @s:		Shelf; brought up to date
 * @place:	Its new name
 *		(a shelf that nobody holds goes when it is unlinked)
 * @replace:	If that exists already: false = -EEXIST; true = it goes, or
 *		lives on as unlinked while somebody holds it; an empty
 *		directory makes room for another one
 *
 * Return: 0; -EINVAL for a directory that would be inside of itself; -EBUSY
 *         if it is to be zeroed, and another node than @node_id holds it
 */
int shelf_rename(struct librarian *lib, struct shelf *s,
		 const struct shelf_place *place, bool replace,
		 uint32_t node_id);

/* The same without a question: the name by which it was found is this one now,
 * and both directories know.
 */
int shelf_set_name(struct librarian *lib, struct shelf *s,
		   const struct shelf_place *place);

/* The same, and no directory is touched. */
int shelf_move_name(struct librarian *lib, struct shelf *s,
		    const struct shelf_place *place);

/* Two shelves exchange their names. -EBUSY, -EPERM, -EINVAL as above. */
int shelf_exchange(struct librarian *lib, struct shelf *a, struct shelf *b);

/**
 * shelf_unlink() - Take the name away by which a shelf was found
 * @s:		No directory; brought up to date, or gone
 * @node_id:	Who asks
 *
 * With its last name it goes, or lives on without one as long as it is held.
 */
int shelf_unlink(struct librarian *lib, struct shelf *s, uint32_t node_id);

/* Now, in nanoseconds since the epoch. */
int64_t shelf_now(void);

/* Sets atime and mtime, for both are given. */
int shelf_set_times(struct librarian *lib, struct shelf *s, int64_t atime,
		    int64_t mtime);

/* Something about it has changed that has no time of its own. */
int shelf_changed(struct librarian *lib, struct shelf *s);

/* Destroys a nameless shelf that its last holder has given back; whoever waits
 * for that, after a cut, is told.
 */
int shelf_delete_unheld(struct librarian *lib, const struct shelf *s);

/* The same with every such shelf. */
int shelf_destroy_unheld(struct librarian *lib);

/* Drops all handles and locks of a node that has ended, and what only they held. */
int shelf_node_down(struct librarian *lib, uint32_t node_id);
