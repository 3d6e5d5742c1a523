/* SPDX-License-Identifier: MIT */

/* query.h - What the database of a fixture says, past the Librarian */
#pragma once

#include <sqlite3.h>

#include "fixture.h"

/* The first column of the first row, which is there. */
UNUSED static int64_t number(struct fixture *f, const char *sql)
{
	sqlite3_stmt *s;
	sqlite3 *sq;
	int64_t v;

	assert_int_equal(sqlite3_open(f->db, &sq), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(sq, sql, -1, &s, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(s), SQLITE_ROW);
	v = sqlite3_column_int64(s, 0);
	(void)sqlite3_finalize(s);
	(void)sqlite3_close(sq);
	return v;
}
