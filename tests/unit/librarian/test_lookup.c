/* SPDX-License-Identifier: MIT */

/* test_lookup.c - What is known of a name, and when it is not any more */

#include "fixture.h"

#include "lookup.h"
#include "schema.h"

static int set_up(void **state)
{
	*state = fixture_new(2, 8);
	return 0;
}

static void test_table(void **state)
{
	struct shelf s = { .id = 5, .parent_id = 2, .name = "a" };
	struct lookup *l = lookup_new();
	const struct shelf *known;

	(void)state;
	assert_non_null(l);
	assert_null(lookup_find(l, 1, &(struct shelf_place){ 2, "a" }));
	lookup_keep(l, 1, &s);
	known = lookup_find(l, 1, &(struct shelf_place){ 2, "a" });
	assert_non_null(known);
	assert_int_equal(known->id, 5);
	assert_null(lookup_find(l, 2, &(struct shelf_place){ 2, "a" }));
	assert_null(lookup_find(l, 1, &(struct shelf_place){ 3, "a" }));
	assert_null(lookup_find(l, 1, &(struct shelf_place){ 2, "ab" }));
	/* many more than there is room for: none is taken for another */
	for (int i = 0; i < 5000; i++) {
		(void)snprintf(s.name, sizeof(s.name), "name%d", i);
		s.id = i;
		lookup_keep(l, 2, &s);
	}
	for (int i = 0; i < 5000; i++) {
		struct shelf_place place = { .parent_id = 2 };

		(void)snprintf(place.name, sizeof(place.name), "name%d", i);
		known = lookup_find(l, 2, &place);
		assert_true(!known || known->id == i);
	}
	free(l);
}

static bool is_known(const struct fixture *f, const char *name)
{
	struct shelf_place place = { .parent_id = SCHEMA_ROOT };

	(void)snprintf(place.name, sizeof(place.name), "%s", name);
	return lookup_find(f->lib.lookup, db_version(f->lib.db), &place);
}

static int64_t size_of(struct fixture *f, const char *path)
{
	return reply_int(ask(f, 1, "{'command':'get_shelf','path':'%s'}", path),
			 "size_bytes");
}

static void test_writes_end_it(void **state)
{
	struct fixture *f = *state;

	assert_works(f, 1, "{'command':'create_shelf','path':'/a'}");
	assert_false(is_known(f, "a"));
	assert_int_equal(size_of(f, "/a"), 0);
	assert_true(is_known(f, "a"));
	assert_int_equal(size_of(f, "/a"), 0);
	assert_works(f, 1,
		     "{'command':'resize_shelf','path':'/a','size_bytes':5}");
	assert_int_equal(size_of(f, "/a"), 5);
	assert_works(f, 2,
		     "{'command':'rename_shelf','path':'/a',"
		     "'newpath':'/b'}");
	assert_int_equal(size_of(f, "/b"), 5);
	assert_fails(ENOENT, f, 1, "{'command':'get_shelf','path':'/a'}");
}

/* What a request did in its transaction goes with it. */
static void test_failures_end_it(void **state)
{
	struct fixture *f = *state;

	assert_works(f, 1, "{'command':'create_shelf','path':'/a'}");
	assert_int_equal(size_of(f, "/a"), 0);
	/* found in the shelf that was made, before it fails */
	assert_fails(EINVAL, f, 1,
		     "{'command':'create_shelf','path':'/late',"
		     "'want_books':7}");
	assert_fails(ENOENT, f, 1, "{'command':'get_shelf','path':'/late'}");
	assert_int_equal(db_run(f->lib.db, SQL_BEGIN), 0);
	assert_int_equal(
		db_script(f->lib.db, "UPDATE shelves SET size_bytes = 7"), 0);
	assert_int_equal(size_of(f, "/a"), 7);
	assert_int_equal(db_run(f->lib.db, SQL_ROLLBACK), 0);
	assert_int_equal(size_of(f, "/a"), 0);
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, set_up, fixture_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		TEST(test_writes_end_it),
		TEST(test_failures_end_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
