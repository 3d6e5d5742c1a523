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
	int64_t parent_id;
	char name[LIBRARIAN_NAME_MAX + 1];
	uint32_t mode; /* with the type of file */
	uint64_t size_bytes;
	uint64_t book_count;
	int64_t link_count;
	int64_t creator_id; /* node */
	int64_t ctime;
	int64_t mtime;
	bool stale_tail; /* see schema.c */
};

/* Where a new name is to be. */
struct shelf_place {
	int64_t parent_id;
	char name[LIBRARIAN_NAME_MAX + 1];
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

/* Calls @fn for all that is in directory @id, by name, until it returns < 0. */
int shelf_each(struct librarian *lib, int64_t id, shelf_fn fn, void *arg);

/* A new, empty file with the default policy. */
int shelf_create(struct librarian *lib, const struct shelf_place *place,
		 uint32_t mode, uint32_t node_id, struct shelf *ret_s);

/* The same of any kind, without a policy. */
int shelf_insert(struct librarian *lib, const struct shelf_place *place,
		 uint32_t mode, uint32_t node_id, struct shelf *ret_s);

/* The row goes and nothing else; its parent is the caller's matter. */
int shelf_remove_row(struct librarian *lib, const struct shelf *s);

/* Something in a directory has changed, and so many directories have come. */
int shelf_touch(struct librarian *lib, int64_t dir_id, int links);

/* A new handle. */
int shelf_open(struct librarian *lib, int64_t id, uint32_t node_id, int64_t pid,
	       int64_t *ret_handle);

int shelf_is_held(struct librarian *lib, const struct shelf *s, bool *ret_held);

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
 * Return: 0; BOOK_NEEDS_ZEROING; -EMFILE if it gets smaller and others hold it
 *         who cannot be told (revoke.h); -ENOSPC; -EPERM if it is to be
 *         zeroed, not to grow
 */
int shelf_resize(struct librarian *lib, struct shelf *s, uint64_t size,
		 const struct shelf_actor *who, struct shelf *ret_z);

/* Removes a file or a symbolic link; -EBUSY if anybody holds it, or nodes have
 * still to zero its books.
 */
int shelf_destroy(struct librarian *lib, const struct shelf *s);

/* The same without a question. */
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

/* The same without a question. */
int shelf_set_name(struct librarian *lib, struct shelf *s,
		   const struct shelf_place *place);

int64_t shelf_now(void);

/* When it was changed last; 0 = now. */
int shelf_set_time(struct librarian *lib, const struct shelf *s, int64_t mtime);

/* Destroys every unlinked shelf that nobody holds. */
int shelf_destroy_unheld(struct librarian *lib);

/* Drops all handles of a node that has ended, and what only they held. */
int shelf_node_down(struct librarian *lib, uint32_t node_id);
