/* SPDX-License-Identifier: MIT */

/* test_shelf.c - The table of shelves, and paths made from it */

#include "shelf.h"

#include <errno.h>
#include <limits.h>

#include "request.h"

#include "../../unit.h"

static struct shelf *learn(struct shelf_table *t, uint64_t id, uint64_t parent,
			   const char *name)
{
	char copy[300];
	struct shelf_info info = { .id = id, .parent_id = parent, .size = 5 };
	struct shelf *s;

	strcpy(copy, name);
	info.name = copy;
	assert_int_equal(shelf_learn(t, &info, &s), 0);
	return s;
}

static void many(void **state)
{
	struct shelf_table t = { 0 };
	const struct shelf *s = NULL;
	size_t n = 0;

	(void)state;
	assert_null(shelf_find(&t, 1));
	assert_null(shelf_next(&t, NULL));
	for (uint64_t id = 1; id <= 10000; id++)
		learn(&t, id * 7, 2, "x");
	assert_int_equal(t.n, 10000);
	for (uint64_t id = 1; id <= 10000; id++) {
		s = shelf_find(&t, id * 7);
		assert_non_null(s);
		assert_int_equal(s->id, id * 7);
	}
	assert_null(shelf_find(&t, 8));
	s = NULL;
	while ((s = shelf_next(&t, s)))
		n++;
	assert_int_equal(n, 10000);
	shelf_table_deinit(&t);
	shelf_table_deinit(&t);
}

static void learning_again_moves(void **state)
{
	struct shelf_table t = { 0 };
	struct shelf *s = learn(&t, 7, 2, "old");

	(void)state;
	assert_ptr_equal(learn(&t, 7, 3, "new"), s);
	assert_int_equal(t.n, 1);
	assert_string_equal(s->name, "new");
	assert_int_equal(s->parent_id, 3);
	shelf_table_deinit(&t);
}

/* What fam.ko has is not changed by a message. */
static void size_of_a_held_shelf_stays(void **state)
{
	struct shelf_table t = { 0 };
	struct shelf *s = learn(&t, 7, 2, "a");

	(void)state;
	s->handle = 1;
	s->size = 99;
	learn(&t, 7, 2, "a");
	assert_int_equal(s->size, 99);
	shelf_table_deinit(&t);
}

static void put_keeps_what_is_used(void **state)
{
	struct shelf_table t = { 0 };
	struct shelf *s = learn(&t, 7, 2, "a");

	(void)state;
	learn(&t, 7 + 64, 2, "same chain");
	s->lookups = 1;
	shelf_put(&t, s);
	assert_non_null(shelf_find(&t, 7));
	s->lookups = 0;
	s->handle = 1;
	shelf_put(&t, s);
	assert_non_null(shelf_find(&t, 7));
	s->handle = 0;
	shelf_put(&t, s);
	assert_null(shelf_find(&t, 7));
	assert_non_null(shelf_find(&t, 7 + 64));
	shelf_table_deinit(&t);
}

static void paths(void **state)
{
	struct shelf_table t = { 0 };
	CLEANUP_FREE char *a = NULL, *b = NULL, *root = NULL;
	char *none;

	(void)state;
	learn(&t, 2, 2, ".");
	learn(&t, 5, 2, "dir");
	learn(&t, 6, 5, "sub");
	assert_int_equal(shelf_path(&t, 2, 2, "a", &a), 0);
	assert_string_equal(a, "/a");
	assert_int_equal(shelf_path(&t, 2, 6, "b", &b), 0);
	assert_string_equal(b, "/dir/sub/b");
	assert_int_equal(shelf_path(&t, 2, 2, NULL, &root), 0);
	assert_string_equal(root, "/");
	assert_int_equal(shelf_path(&t, 2, 77, "b", &none), -ESTALE);
	shelf_table_deinit(&t);
}

static void circles_end(void **state)
{
	struct shelf_table t = { 0 };
	char *none;

	(void)state;
	learn(&t, 5, 6, "a");
	learn(&t, 6, 5, "b");
	assert_int_equal(shelf_path(&t, 2, 5, "x", &none), -ENAMETOOLONG);
	shelf_table_deinit(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(many),
		cmocka_unit_test(learning_again_moves),
		cmocka_unit_test(size_of_a_held_shelf_stays),
		cmocka_unit_test(put_keeps_what_is_used),
		cmocka_unit_test(paths),
		cmocka_unit_test(circles_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
