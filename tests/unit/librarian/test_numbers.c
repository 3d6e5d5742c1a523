/* SPDX-License-Identifier: MIT */

/* test_numbers.c - Shelves and handles never get a number that was given out */

#include "fixture.h"

static int64_t take(struct fixture *f, enum number_kind kind, int64_t n)
{
	int64_t first = 0;

	assert_int_equal(
		numbers_take(f->lib.db, &f->lib.numbers, kind, n, &first), 0);
	return first;
}

static int set_up(void **state)
{
	*state = fixture_new(2, 4);
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	fixture_end(f);
	free(f);
	return 0;
}

/* More than a block of them, one by one and together. */
static void test_follow(void **state)
{
	struct fixture *f = *state;

	for (int64_t i = 0; i < 3000; i++)
		assert_int_equal(take(f, NUMBER_SHELF, 1), 4 + i);
	assert_int_equal(take(f, NUMBER_HANDLE, 80), 1);
	assert_int_equal(take(f, NUMBER_HANDLE, 1), 81);
}

/* A process that ends, whenever it does, is followed by one with others. */
static void test_crash(void **state)
{
	struct fixture *f = *state;
	int64_t last = 0;

	for (int i = 0; i < 5; i++) {
		int64_t n = 0;

		while (n < last + 300)
			n = take(f, NUMBER_HANDLE, 1);
		last = n;
		fixture_close(f);
		fixture_open(f);
		assert_true(take(f, NUMBER_HANDLE, 1) > last);
	}
}

/* A block that was reserved in a transaction which came to nothing is no block.
 */
static void test_rollback(void **state)
{
	struct fixture *f = *state;
	struct undo before = librarian_mark(&f->lib);
	int64_t first;

	assert_int_equal(db_run(f->lib.db, SQL_BEGIN), 0);
	(void)take(f, NUMBER_SHELF, 1);
	assert_int_equal(db_run(f->lib.db, SQL_ROLLBACK), 0);
	librarian_undo(&f->lib, &before);
	first = take(f, NUMBER_SHELF, 1);
	assert_int_equal(first, 4);
	fixture_close(f);
	fixture_open(f);
	assert_true(take(f, NUMBER_SHELF, 1) > first);
}

/* Rows that somebody else has put there. */
static void test_foreign_rows(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(
		db_script(f->lib.db,
			  "INSERT INTO shelves (id, parent_id, name, mode,"
			  " creator_id, ctime, mtime)"
			  " VALUES (70000, 2, 'x', 33188, 1, 0, 0);"
			  "INSERT INTO opened_shelves VALUES (500, 70000, 1, "
			  "0, 0, 0)"),
		0);
	fixture_close(f);
	fixture_open(f);
	assert_int_equal(take(f, NUMBER_SHELF, 1), 70001);
	assert_int_equal(take(f, NUMBER_HANDLE, 1), 501);
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_follow),
		TEST(test_crash),
		TEST(test_rollback),
		TEST(test_foreign_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
