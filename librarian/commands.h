/* SPDX-License-Identifier: MIT */

/* commands.h - The commands, and what each of them gets
 *
 * A command reads its parameters from @args, gives a result (none is JSON's
 * null) and returns 0; or it returns a negative errno, with a sentence in @why if
 * the errno's own text does not say enough. BOOK_NEEDS_ZEROING passes through.
 * One that takes long returns CALL_LATER.
 */
#pragma once

#include <jansson.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "proto_librarian.h"

struct check;
struct jvalue;
struct jwrite;
struct librarian;
struct session;
struct shelf;
struct shelf_new;
struct shelf_place;

/* What a directory's names were before a command changed them. */
struct names_seen {
	int64_t dir_id;
	int64_t gen;
};

struct call {
	struct librarian *lib;
	struct session *session;
	const struct jvalue *args;
	const struct jvalue *context; /* NULL: none was sent */
	uint32_t node_id;	      /* acts for this node; 0 = none */
	/* The result: a tree, owned, or if that is NULL what was written. */
	json_t *value;
	struct jwrite *out;
	struct check *later; /* with CALL_LATER: goes on; owned by the caller */
	const char *why;     /* constant text */
	int64_t looked_in;   /* directory of a name that was looked up; or 0 */
	struct names_seen names[2];
	unsigned n_names;
};

#define CALL_LATER 2

/* commands_node.c */
int cmd_version(struct call *c);
int cmd_hello(struct call *c);
int cmd_check_memory(struct call *c);
int cmd_get_fs_stats(struct call *c);
int cmd_update_node_soc_status(struct call *c);
int cmd_update_node_mc_status(struct call *c);
int cmd_set_token(struct call *c);
int cmd_node_down(struct call *c);

/* commands_shelf.c */
int cmd_create_shelf(struct call *c);
int cmd_open_shelf(struct call *c);
int cmd_close_shelf(struct call *c);
int cmd_list_open_shelves(struct call *c);
int cmd_get_shelf(struct call *c);
int cmd_resize_shelf(struct call *c);
int cmd_rename_shelf(struct call *c);
int cmd_destroy_shelf(struct call *c);
int cmd_set_am_time(struct call *c);

/* commands_list.c */
int cmd_list_shelves(struct call *c);

/* commands_posix.c */
int cmd_set_attr(struct call *c);
int cmd_link(struct call *c);
int cmd_unlink(struct call *c);
int cmd_append(struct call *c);

/* commands_lock.c */
int cmd_lock(struct call *c);
int cmd_test_lock(struct call *c);
int cmd_unlock_all(struct call *c);

/* commands_directory.c */
int cmd_mkdir(struct call *c);
int cmd_rmdir(struct call *c);
int cmd_symlink(struct call *c);
int cmd_readlink(struct call *c);
int cmd_get_shelf_path(struct call *c);

/* commands_book.c */
int cmd_list_shelf_books(struct call *c);
int cmd_get_book(struct call *c);
int cmd_get_book_all(struct call *c);
int cmd_get_book_ig(struct call *c);
int cmd_get_book_info_all(struct call *c);
int cmd_kill_zombie_books(struct call *c);

/* commands_event.c */
int cmd_send_OOB(struct call *c);
int cmd_ack(struct call *c);

/* commands_check.c */
int cmd_self_check(struct call *c);

/* commands_xattr.c */
int cmd_get_xattr(struct call *c);
int cmd_set_xattr(struct call *c);
int cmd_list_xattrs(struct call *c);
int cmd_remove_xattr(struct call *c);

/* ---- parameters ----------------------------------------------------------- */

/* Fails with this sentence. */
int call_fail(struct call *c, int error, const char *why);

/* A text without NUL; -EINVAL if it is absent or something else. */
int call_text(struct call *c, const char *key, const char **ret_text);

/* A number in one of the forms that tm-librarian's clients have for it. */
bool call_to_number(const struct jvalue *v, int64_t *ret_v);

/* The same of a parameter; an absent one is @absent. */
int call_number(struct call *c, const char *key, int64_t min, int64_t max,
		int64_t absent, int64_t *ret_v);

/* Absent is false. */
int call_flag(struct call *c, const char *key, bool *ret_v);

/* A number that fits 32 bits; absent is 0. */
int call_number32(struct call *c, const char *key, uint32_t *ret_v);

/* Whether the client speaks protocol 2. */
bool call_is_posix(const struct call *c);

/* ---- which shelf (call_shelf.c) ------------------------------------------- */

/* Room for @max bytes, and for what base64 has too much. */
#define CALL_BYTES_SIZE(max) (((max) + 2) / 3 * 3 + 1)

/**
 * call_bytes() - Bytes without NUL: a text, or base64 with @key and "_b64"
 * @buf:	CALL_BYTES_SIZE(@max) bytes; the value and a NUL
 *
 * Return: 0; -EINVAL; -ENAMETOOLONG
 */
int call_bytes(struct call *c, const char *key, size_t max, char *buf);

/* The same, and it may be a name. */
int call_name(struct call *c, const char *key,
	      char ret_name[LIBRARIAN_NAME_MAX + 1]);

/* The shelf that "path", "dir_id" and "name", "id", or "id" and one of the
 * others name; -ESTALE if they disagree.
 */
int call_shelf(struct call *c, struct shelf *ret_s);

/* What has this name in this directory. */
int call_entry(struct call *c, const char *dir_key, const char *key,
	       struct shelf *ret_s);

/* A name in a directory, which need not exist. */
int call_place_in(struct call *c, const char *dir_key, const char *key,
		  struct shelf_place *ret_place);

/* Where the path in @key leads. */
int call_place(struct call *c, const char *key, struct shelf_place *ret_place);

/**
 * call_new() - What is to be made
 * @type:	Type of file; for S_IFREG others may be asked for
 * @nameless:	Only "dir_id" is given, which says whose it is
 * @ret_new:	Place, mode, owner
 */
int call_new(struct call *c, uint32_t type, bool nameless,
	     struct shelf_new *ret_new);

/* Permissions, with the type of file: @type or what the client sends. */
int call_mode(struct call *c, uint32_t type, uint32_t *ret_mode);

/* ---- results -------------------------------------------------------------- */

/* Takes @value over; NULL is -ENOMEM. */
int call_return(struct call *c, json_t *value);

/* A row as an object: its columns, in order, under these keys. */
void row_write(struct jwrite *w, sqlite3_stmt *row, const char *const *keys,
	       size_t n);

/* All rows of a query, each as above, as members of the array that is open. */
int call_write_rows(struct call *c, sqlite3_stmt *rows, const char *const *keys,
		    size_t n);

/* The result is the list of them. */
int call_return_rows(struct call *c, sqlite3_stmt *rows,
		     const char *const *keys, size_t n);

/* ---- shelves as results (shelf_json.c) ------------------------------------ */

/* A text, or base64 under @key and "_b64" if it is no UTF-8; whoever does not
 * know of that gets a text in any case, in which such bytes are replaced.
 */
void call_write_bytes(struct call *c, const char *key, const char *text);

/* The same as a result: a text, or an object with that key. */
int call_return_bytes(struct call *c, const char *key, const char *text);

/* A shelf as this client knows it, as one value; @handle 0 = not open. */
void call_write_shelf(struct call *c, const struct shelf *s, int64_t handle);

/* The same as a result, with the keys of @more (taken over, may be NULL), the
 * generations of the names that were seen, and the directories that have these
 * and its books if the request wants them.
 */
int call_return_shelf(struct call *c, const struct shelf *s, int64_t handle,
		      json_t *more);

/* To be called before the names in a directory change: the result will say what
 * their generation was, and is. Of rename both directories, first the old one.
 */
void call_see_names(struct call *c, int64_t dir_id);
