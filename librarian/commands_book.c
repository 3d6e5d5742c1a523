/* SPDX-License-Identifier: MIT */

/* commands_book.c - Commands about books */

#include <errno.h>

#include "cleanup.h"
#include "commands.h"
#include "json.h"
#include "librarian.h"
#include "shelf.h"

static json_t *book_to_json(sqlite3_stmt *row)
{
	static const char *const keys[] = { "id", "intlv_group", "book_num",
					    "allocated", "attributes" };
	CLEANUP_JSON json_t *o = json_object();

	for (size_t i = 0; o && i < ARRAY_SIZE(keys); i++)
		if (json_object_set_new(o, keys[i],
					json_integer(sqlite3_column_int64(
						row, (int)i))) < 0)
			return NULL;
	return take_ptr(&o);
}

int cmd_list_shelf_books(struct call *c)
{
	CLEANUP_JSON json_t *list = json_array();
	sqlite3_stmt *rows;
	struct shelf s;
	int r;

	r = call_shelf(c, &s);
	if (r < 0)
		return r;
	if (!list)
		return -ENOMEM;
	r = db_query(c->lib->db, SQL_BOOKS_OF_SHELF, &rows, sql_int(s.id));
	if (r < 0)
		return r;
	while ((r = db_next(c->lib->db, rows)) > 0) {
		if (json_array_append_new(list, book_to_json(rows)) < 0) {
			db_end(rows);
			return -ENOMEM;
		}
	}
	return r < 0 ? r : call_return(c, take_ptr(&list));
}
