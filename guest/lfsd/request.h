/* SPDX-License-Identifier: MIT */

/* request.h - What lfsd asks the Librarian, and what it makes of the answers
 *
 * Nothing here does any input or output. Builders return a new object, or
 * NULL without memory. A shelf is named by its id (path NULL), by a path
 * (id 0), or by both: ESTALE if another shelf has that path now.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Whoever an operation is done for: goes into the request's context. */
struct caller {
	uid_t uid;
	gid_t gid;
	pid_t pid;
};

/**
 * struct shelf_info - A shelf as the Librarian describes it
 * @name:	Owned
 * @handle:	Of open and create; 0 = none
 * @books:	Flat numbers, @n_books of them; owned. NULL if they were not
 *		asked for, or there are none.
 * @has_books:	The reply had the list
 */
struct shelf_info {
	uint64_t id;
	uint64_t parent_id;
	char *name;
	uint32_t mode;
	uint32_t links;
	uint64_t size;
	int64_t ctime;
	int64_t mtime;
	uint64_t handle;
	bool has_books;
	uint32_t n_books;
	uint32_t *books;
};

struct fs_stats {
	uint64_t book_size;
	uint64_t books_total;
	uint64_t books_used;
};

/* A handle that the Librarian keeps for this node. */
struct open_info {
	uint64_t handle;
	uint64_t shelf_id;
};

json_t *request_hello(uint32_t node_id, const char *token, uint32_t protocol,
		      bool events);
json_t *request_stats(void);
json_t *request_get(const char *path, uint64_t id, bool want_books);
json_t *request_open(uint64_t id);
json_t *request_create(const char *path, mode_t mode, bool excl);
json_t *request_close(uint64_t id, uint64_t handle);
json_t *request_resize(uint64_t id, uint64_t size, bool grow_only);
json_t *request_destroy(const char *path, uint64_t id);
json_t *request_rename(const char *path, uint64_t id, const char *newpath,
		       bool replace);
json_t *request_list(uint64_t id);
json_t *request_list_open(void);
json_t *request_times(uint64_t id, int64_t mtime);

/**
 * request_set_context() - Say to what the answer belongs
 * @request:	Gets a "context", which comes back with the reply: whatever is
 *		in it is written and read twice
 * @seq:	Of this request
 * @who:	For whom; NULL = for lfsd itself
 *
 * Return: 0 or -ENOMEM
 */
int request_set_context(json_t *request, uint64_t seq,
			const struct caller *who);

/**
 * books_parse() - A list of books
 * @list:	Numbers
 * @max_book:	They are below this
 * @ret_books:	NULL if there are none; owned by the caller
 * @ret_n:	How many
 *
 * Return: 0, -EPROTO for anything else than such a list, -ENOMEM
 */
int books_parse(const json_t *list, uint64_t max_book, uint32_t **ret_books,
		uint32_t *ret_n);

/**
 * shelf_info_parse() - A shelf in a reply
 * @value:	The reply's value, or one of a list
 * @max_book:	Book numbers are below this
 * @ret_info:	For shelf_info_deinit(); set on success only
 *
 * Return: 0, -EPROTO for anything that is missing or out of range, -ENOMEM
 */
int shelf_info_parse(const json_t *value, uint64_t max_book,
		     struct shelf_info *ret_info);

/* Frees what it owns; idempotent. */
void shelf_info_deinit(struct shelf_info *info);

#define CLEANUP_SHELF_INFO __attribute__((cleanup(shelf_info_deinit)))

/* The list of a directory: as above, for each. free() the array and deinit
 * its members by shelf_infos_free().
 */
int shelf_infos_parse(const json_t *value, uint64_t max_book,
		      struct shelf_info **ret_infos, size_t *ret_n);
void shelf_infos_free(struct shelf_info *infos, size_t n);

int fs_stats_parse(const json_t *value, struct fs_stats *ret_stats);

/**
 * open_infos_parse() - The handles of one node
 * @value:	Value of list_open_shelves
 * @node_id:	Handles of other nodes are left out
 * @ret_opens:	free() it
 * @ret_n:	How many
 */
int open_infos_parse(const json_t *value, uint32_t node_id,
		     struct open_info **ret_opens, size_t *ret_n);
