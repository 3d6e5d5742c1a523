/* SPDX-License-Identifier: MIT */

/* test_touch.c - The time of a directory, and the number of additional names
 *
 * Both are known in memory, so that the database need not be asked; both have to
 * follow whatever changes them.
 */

#include "fixture.h"

#include "shelf.h"

#define CREATE(path) "{'command':'create_shelf','path':'" path "'}"
#define LATE "{'command':'create_shelf','path':'/late','want_books':7}"

static int set_up(void **state)
{
	struct fixture *f = fixture_new(2, 8);

	f->session.protocol = LIBRARIAN_PROTOCOL_POSIX;
	*state = f;
	return 0;
}

static int64_t root_time(struct fixture *f)
{
	return reply_int(ask(f, 1, "{'command':'get_shelf','path':'/'}"),
			 "mtime_ns");
}

static void set_root_time(struct fixture *f, int64_t t)
{
	assert_works(f, 1, "{'command':'set_attr','path':'/','mtime_ns':%lld}",
		     (long long)t);
}

/* New files of the same moment write it once; a time that was set does not stay
 * because of that.
 */
static void test_time(void **state)
{
	struct fixture *f = *state;
	int64_t before = shelf_now();

	assert_works(f, 1, CREATE("/a"));
	assert_true(root_time(f) >= before);
	set_root_time(f, 7);
	assert_works(f, 1, CREATE("/b"));
	assert_true(root_time(f) >= before);
	/* another directory does not count for it */
	set_root_time(f, 7);
	assert_works(f, 1, "{'command':'mkdir','path':'/d'}");
	set_root_time(f, 7);
	assert_works(f, 1, CREATE("/d/x"));
	assert_int_equal(root_time(f), 7);
	assert_works(f, 1, CREATE("/c"));
	assert_true(root_time(f) >= before);
}

/* What is rolled back was not written. */
static void test_time_of_failures(void **state)
{
	struct fixture *f = *state;
	int64_t before = shelf_now();

	set_root_time(f, 7);
	assert_fails(EINVAL, f, 1, LATE);
	assert_int_equal(root_time(f), 7);
	assert_works(f, 1, CREATE("/a"));
	assert_true(root_time(f) >= before);
}

static json_t *of_node(const char *text)
{
	json_t *o = quoted(text);

	(void)json_object_set_new(o, "context", quoted("{'node_id':1}"));
	return o;
}

/* Nor is what is undone in a transaction that goes on. */
static void test_time_of_batches(void **state)
{
	struct fixture *f = *state;
	struct request rqs[2];
	int64_t before = shelf_now();

	set_root_time(f, 7);
	rqs[0] = request_of(f, of_node(LATE));
	rqs[1] = request_of(f, of_node(CREATE("/a")));
	batch_run(&f->lib, rqs, ARRAY_SIZE(rqs));
	assert_int_equal(reply_errno(reply_of(&rqs[0])), EINVAL);
	assert_int_equal(reply_errno(reply_of(&rqs[1])), 0);
	request_deinit(&rqs[0]);
	request_deinit(&rqs[1]);
	assert_true(root_time(f) >= before);
}

static int link_errno(struct fixture *f, int64_t id, const char *name)
{
	return reply_errno(ask(f, 1,
			       "{'command':'link','id':%lld,'dir_id':2,"
			       "'name':'%s'}",
			       (long long)id, name));
}

static void test_names(void **state)
{
	struct fixture *f = *state;
	const int64_t *names = &f->lib.pool.counts.names;
	int64_t id;

	assert_works(f, 1, CREATE("/a"));
	id = reply_int(ask(f, 1, "{'command':'get_shelf','path':'/a'}"), "id");
	assert_int_equal(*names, 0);
	assert_int_equal(link_errno(f, id, "b"), 0);
	assert_int_equal(link_errno(f, id, "c"), 0);
	assert_int_equal(link_errno(f, id, "c"), EEXIST);
	assert_int_equal(*names, 2);
	assert_works(f, 1,
		     "{'command':'rename_shelf','dir_id':2,'name':'c',"
		     "'newdir_id':2,'newname':'d'}");
	assert_int_equal(*names, 2);
	/* its row takes one of the others */
	assert_works(f, 1, "{'command':'unlink','dir_id':2,'name':'a'}");
	assert_int_equal(*names, 1);
	fixture_close(f);
	fixture_open(f);
	f->session.protocol = LIBRARIAN_PROTOCOL_POSIX;
	assert_int_equal(*names, 1);
	assert_works(f, 1, "{'command':'get_shelf','path':'/b'}");
	assert_works(f, 1, "{'command':'get_shelf','path':'/d'}");
	assert_works(f, 1, "{'command':'unlink','dir_id':2,'name':'d'}");
	assert_int_equal(*names, 0);
	assert_works(f, 1, "{'command':'get_shelf','path':'/b'}");
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, set_up, fixture_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_time),
		TEST(test_time_of_failures),
		TEST(test_time_of_batches),
		TEST(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
