/* SPDX-License-Identifier: MIT */

/* commands_book.c - Commands about books */

#include <errno.h>

#include "cleanup.h"
#include "commands.h"
#include "jread.h"
#include "jwrite.h"
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
	row_write(c->out, rows, book_keys, ARRAY_SIZE(book_keys));
	db_end(rows);
	return 0;
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

static int write_group(struct call *c, const struct jvalue *group)
{
	sqlite3_stmt *rows;
	int64_t n;
	int r;

	if (!call_to_number(group, &n))
		return call_fail(c, -EINVAL,
				 "intlv_group is a list of numbers");
	r = db_query(c->lib->db, SQL_BOOKS_IN, &rows, sql_int(n));
	return r < 0 ? r :
		       call_write_rows(c, rows, book_keys,
				       ARRAY_SIZE(book_keys));
}

/* A group alone is good for a list of one; an empty list is all groups. */
int cmd_get_book_ig(struct call *c)
{
	const struct jvalue *groups = jvalue_get(c->args, "intlv_group");
	bool list = jvalue_is(groups, JVALUE_ARRAY);
	int r = 0;

	if (list && !groups->n)
		return cmd_get_book_all(c);
	/* More than there can be: the same again and again is not served. */
	if (list && groups->n > LZA_IG_MAX + 1)
		return call_fail(c, -EINVAL, "too many groups");
	jwrite_open(c->out, '[');
	if (!list)
		r = write_group(c, groups);
	/* None of them has any in it, or it is no number. */
	for (uint32_t i = 0; list && r == 0 && i < groups->n; i++)
		r = write_group(c, groups + 1 + i);
	jwrite_close(c->out, ']');
	return r;
}

/* What is on no shelf has nulls. */
int cmd_get_book_info_all(struct call *c)
{
	static const char *const keys[] = {
		"id",	      "allocated", "attributes", "intlv_group",
		"shelf_id",   "seq_num",   "creator_id", "size_bytes",
		"book_count", "ctime",	   "mtime",	 "name",
	};
	sqlite3_stmt *rows = NULL;
	int64_t group;
	int r;

	r = call_number(c, "intlv_group", 0, INT64_MAX, -1, &group);
	if (r == 0)
		r = db_query(c->lib->db, SQL_BOOKS_INFO, &rows, sql_int(group));
	return r < 0 ? r : call_return_rows(c, rows, keys, ARRAY_SIZE(keys));
}

/* Nothing, as there: books become free when they are zeroed, not when somebody
 * says so.
 */
int cmd_kill_zombie_books(struct call *c)
{
	(void)c;
	return 0;
}
