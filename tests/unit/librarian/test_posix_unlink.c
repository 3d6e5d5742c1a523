/* SPDX-License-Identifier: MIT */

/* test_posix_unlink.c - Names that go, and what is held without one */

#include "posix.h"

static void test_unlink(void **state)
{
	struct fixture *f = *state;
	int64_t d = make_dir(f, ROOT, "d"), id = create(f, d, "a"), handle;
	int64_t root = number_of(get_id(f, ROOT), "mtime_ns");
	json_t *v;

	assert_int_equal(unlink_in(f, ROOT, "d"), EISDIR);
	assert_int_equal(unlink_in(f, d, "x"), ENOENT);
	assert_works(f, 1,
		     "{'command':'resize_shelf','id':%lld,'size_bytes':9}",
		     (long long)id);
	handle = open_id(f, 2, id);
	v = reply_value(ask(f, 1,
			    "{'command':'unlink','dir_id':%lld,'name':'a'}",
			    (long long)d));
	assert_int_equal(number(v, "link_count"), 0);
	assert_int_equal(number(v, "size_bytes"), 9);
	json_decref(v);
	assert_int_equal(number_of(get_id(f, id), "link_count"), 0);
	assert_int_equal(get_errno(f, d, "a"), ENOENT);
	assert_works(f, 1,
		     "{'command':'resize_shelf','id':%lld,'size_bytes':%llu}",
		     (long long)id, BOOK + 1);
	/* the root has nothing to do with it */
	assert_int_equal(number_of(get_id(f, ROOT), "mtime_ns"), root);
	assert_int_equal(close_id(f, 2, id, handle), 0);
	assert_fails(ENOENT, f, 1, "{'command':'get_shelf','id':%lld}",
		     (long long)id);
	assert_int_equal(number_of(get_id(f, ROOT), "mtime_ns"), root);
	assert_int_equal(f->lib.pool.counts.n[BOOK_INUSE], 0);
}

/* How many handles there are */
static size_t opens(struct fixture *f)
{
	json_t *v = reply_value(ask(f, 1, "{'command':'list_open_shelves'}"));
	size_t n = json_array_size(v);

	json_decref(v);
	return n;
}

static int unlink_held(struct fixture *f, const char *name, int64_t handle)
{
	return reply_errno(ask(f, 1,
			       "{'command':'unlink','dir_id':%d,'name':'%s',"
			       "'open_handle':%lld}",
			       ROOT, name, (long long)handle));
}

static void test_unlink_with_handle(void **state)
{
	struct fixture *f = *state;
	int64_t a = create(f, ROOT, "a"), b = create(f, ROOT, "b");
	int64_t mine = open_id(f, 1, a), other = open_id(f, 2, b);
	int64_t missing = open_id(f, 1, b);

	/* neither of another shelf, nor of another node */
	assert_int_equal(unlink_held(f, "b", mine), 0);
	assert_int_equal(number_of(get_id(f, b), "link_count"), 0);
	assert_int_equal(close_id(f, 1, b, missing), 0);
	assert_int_equal(number_of(get_id(f, b), "link_count"), 0);
	assert_int_equal(close_id(f, 2, b, other), 0);
	assert_fails(ENOENT, f, 1, "{'command':'get_shelf','id':%lld}",
		     (long long)b);
	/* what fails has given nothing back */
	(void)make_dir(f, ROOT, "d");
	assert_int_equal(unlink_held(f, "d", mine), EISDIR);
	assert_int_equal(unlink_held(f, "x", mine), ENOENT);
	assert_int_equal(opens(f), 1);
	assert_int_equal(unlink_held(f, "a", mine), 0);
	assert_fails(ENOENT, f, 1, "{'command':'get_shelf','id':%lld}",
		     (long long)a);
	assert_int_equal(opens(f), 0);
}

static void test_tmpfile(void **state)
{
	struct fixture *f = *state;
	int64_t d = make_dir(f, ROOT, "d"), handle, id;
	char text[64];
	json_t *v;

	assert_works(f, 1,
		     "{'command':'set_attr','id':%lld,'mode':1472,"
		     "'gid':8}",
		     (long long)d); /* 02700 */
	v = reply_value(ask(f, 1,
			    "{'command':'create_shelf','dir_id':%lld,"
			    "'tmpfile':true,'mode':384,'uid':7}",
			    (long long)d));
	assert_int_equal(number(v, "link_count"), 0);
	assert_int_equal(number(v, "uid"), 7);
	assert_int_equal(number(v, "gid"), 8);
	id = number(v, "id");
	handle = number(v, "open_handle");
	json_decref(v);
	assert_string_equal(list(f, d, "", text), "");
	assert_string_equal(list(f, ROOT, "", text), "d lost+found ");
	assert_int_equal(link_to(f, id, d, "t"), 0);
	assert_int_equal(number_of(get(f, d, "t"), "link_count"), 1);
	assert_int_equal(close_id(f, 1, id, handle), 0);
	assert_int_equal(number_of(get(f, d, "t"), "id"), id);
	/* one that gets no name goes */
	v = reply_value(ask(f, 1,
			    "{'command':'create_shelf','dir_id':2,"
			    "'tmpfile':true}"));
	id = number(v, "id");
	assert_int_equal(close_id(f, 1, id, number(v, "open_handle")), 0);
	json_decref(v);
	assert_fails(ENOENT, f, 1, "{'command':'get_shelf','id':%lld}",
		     (long long)id);
	v = reply_value(ask(f, 1,
			    "{'command':'create_shelf','dir_id':2,"
			    "'tmpfile':true}"));
	id = number(v, "id");
	json_decref(v);
	assert_int_equal(shelf_node_down(&f->lib, 1), 0);
	assert_fails(ENOENT, f, 1, "{'command':'get_shelf','id':%lld}",
		     (long long)id);
	assert_fails(EINVAL, f, 1,
		     "{'command':'create_shelf','dir_id':2,'tmpfile':true,"
		     "'open':false}");
	assert_fails(EINVAL, f, 1,
		     "{'command':'create_shelf','path':'/x','tmpfile':true}");
}

/* Whoever holds it without need may give it back. */
static void test_wanted(void **state)
{
	struct session nodes[] = {
		{ .node_id = 1, .hello = true, .protocol = 2, .events = true },
		{ .node_id = 2, .hello = true, .protocol = 2, .events = true },
		{ .node_id = 2, .hello = true, .protocol = 1, .events = true },
		{ .node_id = 2, .hello = true, .protocol = 2 },
	};
	struct fixture *f = *state;
	const struct outbox *o = &f->lib.outbox;
	int64_t a = create(f, ROOT, "a"), b = create(f, ROOT, "b");

	for (size_t i = 0; i < ARRAY_SIZE(nodes); i++)
		TAILQ_INSERT_TAIL(&f->lib.sessions, &nodes[i], link);
	(void)open_id(f, 1, a);
	(void)open_id(f, 2, a);
	(void)open_id(f, 2, b);
	assert_int_equal(link_to(f, a, ROOT, "a2"), 0);
	assert_int_equal(unlink_in(f, ROOT, "a2"), 0);
	assert_int_equal(o->n, 0); /* it still has a name */
	assert_int_equal(unlink_in(f, ROOT, "a"), 0);
	assert_int_equal(o->n, 1);
	assert_ptr_equal(o->list[0].to, &nodes[1]);
	assert_string_equal(
		json_string_value(json_object_get(o->list[0].body, "event")),
		"wanted");
	assert_int_equal(number(o->list[0].body, "shelf_id"), a);
	(void)create(f, ROOT, "c");
	assert_int_equal(move(f, ROOT, "c", ROOT, "b", ""), 0);
	assert_int_equal(o->n, 2);
	assert_int_equal(number(o->list[1].body, "shelf_id"), b);
	outbox_cut(&f->lib.outbox, 0);
	TAILQ_INIT(&f->lib.sessions);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_unlink),
		TEST(test_unlink_with_handle),
		TEST(test_tmpfile),
		TEST(test_wanted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
