/* SPDX-License-Identifier: MIT */

/* commands_book.c - Commands about books */

#include <errno.h>

#include "cleanup.h"
#include "commands.h"
#include "json.h"
#include "librarian.h"
#include "shelf.h"

/* The columns of a book, see sql.h. */
static const char *const book_keys[] = { "id", "intlv_group", "book_num",
					 "allocated", "attributes" };

int cmd_list_shelf_books(struct call *c)
{
	sqlite3_stmt *rows = NULL;
	struct shelf s;
	int r;

	r = call_shelf(c, &s);
	if (r == 0)
		r = db_query(c->lib->db, SQL_BOOKS_OF_SHELF, &rows,
			     sql_int(s.id));
	return r < 0 ? r :
		       call_return_rows(c, rows, book_keys,
					ARRAY_SIZE(book_keys));
}

int cmd_get_book(struct call *c)
{
	sqlite3_stmt *rows = NULL;
	int64_t id;
	int r;

	r = call_number(c, "id", 0, INT64_MAX, -1, &id);
	if (r == 0)
		r = db_query(c->lib->db, SQL_BOOK_GET, &rows, sql_int(id));
	if (r == 0)
		r = db_next(c->lib->db, rows);
	if (r == 0)
		return call_fail(c, -ENOENT, "no such book");
	if (r < 0)
		return r;
	r = call_return(c, row_to_json(rows, book_keys, ARRAY_SIZE(book_keys)));
	db_end(rows);
	return r;
}

int cmd_get_book_all(struct call *c)
{
	sqlite3_stmt *rows;
	int r;

	r = db_query(c->lib->db, SQL_BOOKS_ALL, &rows);
	return r < 0 ? r :
		       call_return_rows(c, rows, book_keys,
					ARRAY_SIZE(book_keys));
}

static int append_group(struct call *c, const json_t *group, json_t *list)
{
	sqlite3_stmt *rows;
	json_t *more;
	int64_t n;
	int r;

	if (!call_to_number(group, &n))
		return call_fail(c, -EINVAL,
				 "intlv_group is a list of numbers");
	r = db_query(c->lib->db, SQL_BOOKS_IN, &rows, sql_int(n));
	if (r == 0)
		r = call_return_rows(c, rows, book_keys, ARRAY_SIZE(book_keys));
	if (r < 0)
		return r;
	more = c->value;
	c->value = NULL;
	r = json_array_extend(list, more) < 0 ? -ENOMEM : 0;
	json_decref(more);
	return r;
}

/* A group alone is good for a list of one; an empty list is all groups. */
int cmd_get_book_ig(struct call *c)
{
	const json_t *groups = json_object_get(c->args, "intlv_group");
	CLEANUP_JSON json_t *list = json_array();
	int r = 0;

	if (!list)
		return -ENOMEM;
	if (!json_is_array(groups))
		r = append_group(c, groups, list);
	else if (!json_array_size(groups))
		return cmd_get_book_all(c);
	/* More than there can be: the same again and again is not served. */
	if (json_array_size(groups) > LZA_IG_MAX + 1)
		return call_fail(c, -EINVAL, "too many groups");
	for (size_t i = 0; r == 0 && i < json_array_size(groups); i++)
		r = append_group(c, json_array_get(groups, i), list);
	return r < 0 ? r : call_return(c, take_ptr(&list));
}

/* What is on no shelf has nulls. */
static json_t *info_to_json(sqlite3_stmt *row)
{
	static const char *const keys[] = {
		"id",	      "allocated", "attributes", "intlv_group",
		"shelf_id",   "seq_num",   "creator_id", "size_bytes",
		"book_count", "ctime",	   "mtime",	 "name",
	};
	CLEANUP_JSON json_t *o = json_object();

	for (int i = 0; o && i < (int)ARRAY_SIZE(keys); i++) {
		json_t *v;

		switch (sqlite3_column_type(row, i)) {
		case SQLITE_NULL:
			v = json_null();
			break;
		case SQLITE_TEXT:
			v = json_string(
				(const char *)sqlite3_column_text(row, i));
			break;
		default:
			v = json_integer(sqlite3_column_int64(row, i));
		}
		if (json_object_set_new(o, keys[i], v) < 0)
			return NULL;
	}
	return take_ptr(&o);
}

int cmd_get_book_info_all(struct call *c)
{
	CLEANUP_JSON json_t *list = json_array();
	sqlite3_stmt *rows = NULL;
	int64_t group;
	int r;

	r = call_number(c, "intlv_group", 0, INT64_MAX, -1, &group);
	if (r == 0)
		r = db_query(c->lib->db, SQL_BOOKS_INFO, &rows, sql_int(group));
	if (r < 0)
		return r;
	while ((r = db_next(c->lib->db, rows)) > 0) {
		if (json_array_append_new(list, info_to_json(rows)) < 0) {
			db_end(rows);
			return -ENOMEM;
		}
	}
	return r < 0 ? r : call_return(c, take_ptr(&list));
}

/* Nothing, as there: books become free when they are zeroed, not when somebody
 * says so.
 */
int cmd_kill_zombie_books(struct call *c)
{
	(void)c;
	return 0;
}
