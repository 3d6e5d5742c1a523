/* SPDX-License-Identifier: MIT */

/* test_plans.c - No request looks at all rows of a table
 *
 * SQLite is asked for the plan of every statement. "SCAN" is to be found only
 * where all rows are wanted, or the table has one row; nothing is sorted.
 */

#include "fixture.h"

#include <sqlite3.h>

#define TEXT(name, text) { SQL_##name, #name, text },
static const struct {
	enum sql id;
	const char *name;
	const char *text;
} statements[] = { SQL_STATEMENTS(TEXT) };

/* What they scan is what they want, or is small. */
static const enum sql scanners[] = {
	SQL_GET_BOOK_SIZE,
	SQL_GET_POLICY,
	SQL_SET_POLICY,
	SQL_GET_ZEROED_IN,
	SQL_SET_ZEROED_IN,
	SQL_NODES,
	SQL_MODULES,
	SQL_COUNT_STATE, /* at the start only */
	SQL_COUNT_NAMES,
	SQL_COUNT_FREE_IN,
	SQL_BOOKS_ALL,
	SQL_GET_MODE,
	SQL_GLOBALS_MACHINE,
	SQL_RANGES,
	SQL_LMP_NODES,
	SQL_LMP_FIRST,
	SQL_LMP_HELD,
	SQL_LMP_BOOKS,
	SQL_MODULES_DELETE,
	SQL_FREE_UP,
	SQL_FREE_DOWN,
	SQL_ORPHANS_PUT,
	SQL_ZOMBIES_OFF,
	SQL_ZOMBIES_EMPTY,
	SQL_ORPHAN,
	/* at the start only, too */ SQL_BOOKS_FREE,
	SQL_BOOKS_ZOMBIE,
	SQL_NEXT_SHELF,
	SQL_NEXT_HANDLE,
	SQL_OPENS_ALL,
	SQL_OPENS_DELETE,
	SQL_LOCKS_DELETE,
	/* when a node starts or ends */
	SQL_HELD_BY_NODE,
	SQL_OPENS_OF_NODE_DELETE,
	SQL_REVOCATIONS_OF_NODE,
};

static bool may_scan(enum sql id)
{
	for (size_t i = 0; i < ARRAY_SIZE(scanners); i++)
		if (scanners[i] == id)
			return true;
	return false;
}

static void check(sqlite3 *sq, size_t i)
{
	sqlite3_stmt *s;
	char *text;

	assert_true(asprintf(&text, "EXPLAIN QUERY PLAN %s",
			     statements[i].text) > 0);
	assert_int_equal(sqlite3_prepare_v2(sq, text, -1, &s, NULL), SQLITE_OK);
	while (sqlite3_step(s) == SQLITE_ROW) {
		const char *plan = (const char *)sqlite3_column_text(s, 3);

		if ((strstr(plan, "SCAN") && !may_scan(statements[i].id)) ||
		    strstr(plan, "TEMP B-TREE"))
			fail_msg("%s: %s", statements[i].name, plan);
	}
	(void)sqlite3_finalize(s);
	free(text);
}

static void test_plans(void **state)
{
	struct fixture f;
	sqlite3 *sq;

	(void)state;
	fixture_make(&f, 2, 4);
	assert_int_equal(sqlite3_open(f.db, &sq), SQLITE_OK);
	for (size_t i = 0; i < ARRAY_SIZE(statements); i++)
		check(sq, i);
	(void)sqlite3_close(sq);
	fixture_end(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plans),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
