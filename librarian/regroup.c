/* SPDX-License-Identifier: MIT */

/* regroup.c - The same memory, shared out among other nodes */

#include "regroup.h"

#include "db.h"

/* Ids and places have the same order, see pool.h. */
static const char begin[] =
	"CREATE TEMP TABLE was AS"
	" SELECT b.allocated, s.shelf_id, s.seq_num,"
	"  ROW_NUMBER() OVER (ORDER BY b.id) AS place"
	" FROM books b LEFT JOIN books_on_shelves s ON s.book_id = b.id;"
	"DELETE FROM opened_shelves;"
	"DELETE FROM locks;"
	"DELETE FROM books_on_shelves;"
	"DELETE FROM books;"
	"DELETE FROM nodes;"
	"DELETE FROM ranges;";

/* Books that are new here may have been somebody's long ago: nobody knows any
 * more that they are zero, so the Librarian will look after it at its start.
 */
static const char end[] =
	"CREATE TEMP TABLE place_id AS"
	" SELECT id, ROW_NUMBER() OVER (ORDER BY id) AS place FROM books;"
	"UPDATE books SET allocated = was.allocated FROM was"
	" JOIN place_id USING (place)"
	" WHERE books.id = place_id.id AND was.allocated <> 0;"
	"INSERT INTO books_on_shelves (shelf_id, seq_num, book_id)"
	" SELECT shelf_id, seq_num, id FROM was JOIN place_id USING (place)"
	" WHERE shelf_id IS NOT NULL;"
	"UPDATE globals SET zeroed_in = '';"
	"DROP TABLE was;"
	"DROP TABLE place_id;";

int regroup_extent(struct db *db, int64_t *ret_books)
{
	return db_get(db, SQL_BOOKS_EXTENT, ret_books, sql_int(0));
}

int regroup_begin(struct db *db)
{
	return db_script(db, begin);
}

int regroup_end(struct db *db)
{
	return db_script(db, end);
}
