/* SPDX-License-Identifier: MIT */

/* info.h - What the Librarian's answers say
 *
 * Parsers of values in replies; nothing here does any input or output. They
 * return 0, -EPROTO for anything that is missing or out of range, or -ENOMEM;
 * outputs are set on success only.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "jread.h"

/**
 * struct shelf_info - A shelf as the Librarian describes it
 * @name:	Owned; NULL if it has none
 * @mode:	Type and permissions
 * @handle:	Of open and create; 0 = none
 * @gen:	Of the board: the rest holds as long as it does
 * @has_gen:	There is a board
 * @revocation:	Of a cut: its number, if other nodes have to let go; or 0
 * @n_books:	All that belong to it, also behind its end
 * @books:	Flat numbers; owned. NULL if they were not asked for, or there
 *		are none.
 * @has_books:	The reply had the list
 */
struct shelf_info {
	uint64_t id;
	uint64_t parent_id;
	char *name;
	uint32_t mode;
	uint32_t links;
	uint32_t uid;
	uint32_t gid;
	uint32_t rdev;
	uint64_t size;
	int64_t atime_ns;
	int64_t mtime_ns;
	int64_t ctime_ns;
	uint64_t handle;
	uint64_t gen;
	bool has_gen;
	uint64_t revocation;
	bool has_books;
	uint32_t n_books;
	uint32_t *books;
};

/* @max_book: book numbers are below this. */
int shelf_info_parse(const struct jvalue *value, uint64_t max_book,
		     struct shelf_info *ret_info);

/* Frees what it owns; idempotent. */
void shelf_info_deinit(struct shelf_info *info);

#define CLEANUP_SHELF_INFO __attribute__((cleanup(shelf_info_deinit)))

/**
 * books_parse() - A list of books
 * @list:	Numbers
 * @max_book:	They are below this
 * @ret_books:	NULL if there are none; owned by the caller
 * @ret_n:	How many
 */
int books_parse(const struct jvalue *list, uint64_t max_book,
		uint32_t **ret_books, uint32_t *ret_n);

/**
 * struct listing - Names of a directory, in order
 * @infos: @n:	All have names
 * @more:	There are more behind them
 * @names_gen:	Of the board; 0 if there is none
 */
struct listing {
	struct shelf_info *infos;
	size_t n;
	bool more;
	uint64_t names_gen;
	bool has_gen;
};

int listing_parse(const struct jvalue *value, uint64_t max_book,
		  struct listing *ret_listing);

/* Idempotent. */
void listing_deinit(struct listing *l);

#define CLEANUP_LISTING __attribute__((cleanup(listing_deinit)))

/**
 * struct names_change - How a command changed the names of directories
 * @before: @after:		Gens of the directory
 * @new_before: @new_after:	Of a rename's other one
 */
struct names_change {
	uint64_t before;
	uint64_t after;
	uint64_t new_before;
	uint64_t new_after;
};

/* @whole: the reply. -ENOENT if it says nothing of that. */
int names_change_parse(const struct jvalue *whole,
		       struct names_change *ret_change);

/* Of a reply that a name is, or is not there. -ENOENT if it does not say. */
int names_gen_parse(const struct jvalue *whole, uint64_t *ret_gen);

struct fs_stats {
	uint64_t book_size;
	uint64_t books_total;
	uint64_t books_used;
	uint64_t shelves;
};

int fs_stats_parse(const struct jvalue *value, struct fs_stats *ret_stats);

/* A handle that the Librarian keeps for this node. */
struct open_info {
	uint64_t handle;
	uint64_t shelf_id;
};

/**
 * open_infos_parse() - The handles of one node
 * @value:	Value of list_open_shelves
 * @node_id:	Handles of other nodes are left out
 * @ret_opens:	free() it
 * @ret_n:	How many
 */
int open_infos_parse(const struct jvalue *value, uint32_t node_id,
		     struct open_info **ret_opens, size_t *ret_n);

/**
 * struct lock_info - A lock that is in the way, or none
 * @taken:	There is one; the rest holds only then
 * @write:	It excludes all others
 * @start: @end:	Bytes, both inclusive
 */
struct lock_info {
	bool taken;
	bool write;
	uint64_t start;
	uint64_t end;
	uint32_t pid;
	uint32_t node_id;
};

int lock_info_parse(const struct jvalue *value, struct lock_info *ret_info);

/**
 * bytes_parse() - Any bytes: a text, or in base64
 * @value:	Object
 * @key: @key_b64:	Under one of them
 * @ret_data:	free() it; a NUL follows
 * @ret_len:	Without the NUL
 *
 * Return: also -ENOENT if there is neither
 */
int bytes_parse(const struct jvalue *value, const char *key,
		const char *key_b64, void **ret_data, size_t *ret_len);
