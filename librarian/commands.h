/* SPDX-License-Identifier: MIT */

/* commands.h - The commands, and what each of them gets
 *
 * A command reads its parameters from @args, gives a result (none is JSON's
 * null) and returns 0; or it returns a negative errno, with a sentence in @why if
 * the errno's own text does not say enough. BOOK_NEEDS_ZEROING passes through.
 */
#pragma once

#include <jansson.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

struct jwrite;
struct librarian;
struct session;
struct shelf;
struct shelf_place;

struct call {
	struct librarian *lib;
	struct session *session;
	const json_t *args;
	const json_t *context; /* NULL: none was sent */
	uint32_t node_id;      /* acts for this node; 0 = none */
	/* The result: a tree, owned, or if that is NULL what was written. */
	json_t *value;
	struct jwrite *out;
	const char *why; /* constant text */
};

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
int cmd_list_shelves(struct call *c);
int cmd_resize_shelf(struct call *c);
int cmd_rename_shelf(struct call *c);
int cmd_destroy_shelf(struct call *c);
int cmd_set_am_time(struct call *c);

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
bool call_to_number(const json_t *j, int64_t *ret_v);

/* The same of a parameter; an absent one is @absent. */
int call_number(struct call *c, const char *key, int64_t min, int64_t max,
		int64_t absent, int64_t *ret_v);

/* Absent is false. */
int call_flag(struct call *c, const char *key, bool *ret_v);

/* The shelf that "path", "id" or both name; -ESTALE if they disagree. */
int call_shelf(struct call *c, struct shelf *ret_s);

/* Where the path in @key leads. */
int call_place(struct call *c, const char *key, struct shelf_place *ret_place);

/* Where "path" leads; the name is one that clients may give to new shelves. */
int call_new_place(struct call *c, struct shelf_place *ret_place);

/* Permissions, with the type of file: @type, or if the client sends one, that
 * or @other.
 */
int call_mode(struct call *c, uint32_t type, uint32_t other,
	      uint32_t *ret_mode);

/* ---- results -------------------------------------------------------------- */

/* Takes @value over; NULL is -ENOMEM. */
int call_return(struct call *c, json_t *value);

/* A shelf as clients know it, as one value; @handle 0 = not open. */
void shelf_write(struct jwrite *w, const struct shelf *s, int64_t handle);

/* The same as a result, with the keys of @more (taken over, may be NULL), and
 * its books if the request wants them.
 */
int call_return_shelf(struct call *c, const struct shelf *s, int64_t handle,
		      json_t *more);

/* A row as an object: its columns, in order, under these keys. */
void row_write(struct jwrite *w, sqlite3_stmt *row, const char *const *keys,
	       size_t n);

/* All rows of a query, each as above, as members of the array that is open. */
int call_write_rows(struct call *c, sqlite3_stmt *rows, const char *const *keys,
		    size_t n);

/* The result is the list of them. */
int call_return_rows(struct call *c, sqlite3_stmt *rows,
		     const char *const *keys, size_t n);
