/* SPDX-License-Identifier: MIT */

/* commands_book.c - Commands about books */

#include "cleanup.h"
#include "commands.h"
#include "librarian.h"
#include "shelf.h"

int cmd_list_shelf_books(struct call *c)
{
	static const char *const keys[] = { "id", "intlv_group", "book_num",
					    "allocated", "attributes" };
	sqlite3_stmt *rows = NULL;
	struct shelf s;
	int r;

	r = call_shelf(c, &s);
	if (r == 0)
		r = db_query(c->lib->db, SQL_BOOKS_OF_SHELF, &rows,
			     sql_int(s.id));
	return r < 0 ? r : call_return_rows(c, rows, keys, ARRAY_SIZE(keys));
}
