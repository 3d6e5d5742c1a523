/* SPDX-License-Identifier: MIT */

/* shelf.h - The table of shelves that this node knows
 *
 * A shelf is in the table while the kernel has looked it up, or while this
 * node holds it: has a handle of it at the Librarian.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct shelf_info;

/**
 * struct shelf - A file or directory
 * @next:	In its chain of the table
 * @id:		The Librarian's; never used again for another shelf
 * @parent_id:	Directory where it was last seen
 * @name:	And under which name; owned
 * @size:	As last heard; what fam.ko has while the shelf is held
 * @lookups:	How often the kernel has been given it
 * @opens:	Open files
 * @handle:	At the Librarian; 0 = not held
 * @fd:		Of fam.ko; -1 while not held
 * @books:	As fam.ko has them; @n_books of them, NULL = not known. Owned
 * @backing:	Number by which FUSE knows @fd; 0 = none
 * @cut:	Size to which a request is cutting it; UINT64_MAX = none does
 * @watch:	Waits for the end of the last mapping; belongs to the hooks
 */
struct shelf {
	struct shelf *next;
	uint64_t id;
	uint64_t parent_id;
	char *name;
	uint32_t mode;
	uint32_t links;
	uint64_t size;
	uint32_t n_books;
	int64_t ctime;
	int64_t mtime;
	uint64_t lookups;

	uint32_t opens;
	uint64_t handle;
	int fd;
	uint32_t *books;
	int backing;
	uint64_t cut;
	void *watch;
};

struct shelf_table {
	struct shelf **chains;
	size_t n_chains; /* a power of two, or 0 */
	size_t n;
};

/* Frees all shelves; idempotent. */
void shelf_table_deinit(struct shelf_table *t);

/* NULL = not there. */
struct shelf *shelf_find(const struct shelf_table *t, uint64_t id);

/**
 * shelf_learn() - Bring a shelf up to date, or add it
 * @t:		Table
 * @info:	What the Librarian says; all but handle and books is copied
 * @ret_shelf:	Belongs to the table
 *
 * Size and number of books of a held shelf are left alone: they are what
 * fam.ko has, and change with it.
 *
 * Return: 0 or -ENOMEM
 */
int shelf_learn(struct shelf_table *t, const struct shelf_info *info,
		struct shelf **ret_shelf);

/* Its new place; -ENOMEM leaves the old one. */
int shelf_set_place(struct shelf *s, uint64_t parent_id, const char *name);

/* Removes and frees it if neither the kernel knows it nor this node holds it. */
void shelf_put(struct shelf_table *t, struct shelf *s);

/* The next shelf in any order; NULL starts, NULL ends. @s may be gone by then
 * if @next was asked for before.
 */
struct shelf *shelf_next(const struct shelf_table *t, const struct shelf *s);

/**
 * shelf_path() - Where a name is, for the Librarian
 * @t:		Table
 * @root_id:	The root directory's
 * @parent_id:	Directory; it and those above it have to be in the table
 * @name:	Name in it; NULL = the directory itself
 * @ret_path:	free() it
 *
 * Return: 0, -ESTALE if a directory is not known, -ENAMETOOLONG, -ENOMEM
 */
int shelf_path(const struct shelf_table *t, uint64_t root_id,
	       uint64_t parent_id, const char *name, char **ret_path);
