/* SPDX-License-Identifier: MIT */

/* test_posix.c - What POSIX knows of a file, and sizes */

#include "posix.h"

static void test_object(void **state)
{
	struct fixture *f = *state;
	json_t *v = reply_value(
		ask(f, 1,
		    "{'command':'create_shelf','dir_id':2,'name':'a',"
		    "'mode':%d,'uid':1000,'gid':1001,'want_books':true}",
		    S_IFREG | 0640));
	int64_t now = shelf_now();

	assert_string_equal(json_string_value(json_object_get(v, "name")), "a");
	assert_int_equal(number(v, "parent_id"), ROOT);
	assert_int_equal(number(v, "mode"), S_IFREG | 0640);
	assert_int_equal(number(v, "uid"), 1000);
	assert_int_equal(number(v, "gid"), 1001);
	assert_int_equal(number(v, "rdev"), 0);
	assert_int_equal(number(v, "link_count"), 1);
	assert_true(number(v, "open_handle") > 0);
	assert_true(json_is_array(json_object_get(v, "books")));
	assert_true(number(v, "atime_ns") == number(v, "mtime_ns"));
	assert_true(number(v, "ctime_ns") == number(v, "mtime_ns"));
	assert_true(now - number(v, "mtime_ns") < 60 * 1000000000LL);
	assert_null(json_object_get(v, "ctime"));
	assert_null(json_object_get(v, "bos"));
	assert_true(number(v, "gen") == board_gen(&f->lib, number(v, "id")));
	json_decref(v);
	/* others see what they always have */
	f->session.protocol = 0;
	v = reply_value(ask(f, 1, "{'command':'get_shelf','path':'/a'}"));
	assert_int_equal(json_object_size(v), 12);
	assert_true(number(v, "mtime") == now / 1000000000 ||
		    number(v, "mtime") == now / 1000000000 - 1);
	json_decref(v);
}

static void test_types(void **state)
{
	static const uint32_t types[] = { S_IFIFO, S_IFSOCK, S_IFCHR, S_IFBLK };
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		json_t *v =
			reply_value(ask(f, 1,
					"{'command':'create_shelf','dir_id':2,"
					"'name':'t%zu','mode':%u,'rdev':259}",
					i, types[i] | 0600));

		assert_int_equal(number(v, "mode"), types[i] | 0600);
		assert_int_equal(number(v, "rdev"), 259);
		assert_true(json_is_null(json_object_get(v, "open_handle")));
		json_decref(v);
	}
	assert_fails(ENXIO, f, 1, "{'command':'open_shelf','path':'/t0'}");
	assert_fails(EINVAL, f, 1,
		     "{'command':'resize_shelf','path':'/t1','size_bytes':1}");
	assert_fails(EINVAL, f, 1,
		     "{'command':'create_shelf','dir_id':2,'name':'x',"
		     "'mode':%d}",
		     S_IFDIR | 0700);
	f->session.protocol = 1;
	assert_fails(EINVAL, f, 1,
		     "{'command':'create_shelf','path':'/x','mode':%d}",
		     S_IFIFO | 0600);
}

static void test_setgid(void **state)
{
	struct fixture *f = *state;
	int64_t d = make_dir(f, ROOT, "d");
	json_t *v;

	assert_works(f, 1,
		     "{'command':'set_attr','id':%lld,'mode':1533,'gid':77}",
		     (long long)d); /* 02775 */
	v = reply_value(ask(f, 1,
			    "{'command':'mkdir','dir_id':%lld,'name':'e',"
			    "'mode':493,'uid':5,'gid':6}",
			    (long long)d));
	assert_int_equal(number(v, "mode"), S_IFDIR | 02755);
	assert_int_equal(number(v, "gid"), 77);
	assert_int_equal(number(v, "uid"), 5);
	json_decref(v);
	v = reply_value(ask(f, 1,
			    "{'command':'create_shelf','dir_id':%lld,"
			    "'name':'f','mode':420,'gid':6}",
			    (long long)d));
	assert_int_equal(number(v, "mode"), S_IFREG | 0644);
	assert_int_equal(number(v, "gid"), 77);
	json_decref(v);
	v = reply_value(ask(f, 1,
			    "{'command':'symlink','dir_id':%lld,'name':'l',"
			    "'target':'x','gid':6}",
			    (long long)d));
	assert_int_equal(number(v, "gid"), 77);
	json_decref(v);
}

static void test_set_attr(void **state)
{
	struct fixture *f = *state;
	int64_t id = create(f, ROOT, "a"), before = shelf_now();
	json_t *v = reply_value(ask(f, 1,
				    "{'command':'set_attr','id':%lld,"
				    "'mode':2541,'uid':4294967295,'gid':3,"
				    "'atime_ns':-5,'mtime_ns':7}",
				    (long long)id));

	assert_int_equal(number(v, "mode"), S_IFREG | 04755);
	assert_int_equal(number(v, "uid"), 4294967295);
	assert_int_equal(number(v, "gid"), 3);
	assert_int_equal(number(v, "atime_ns"), -5);
	assert_int_equal(number(v, "mtime_ns"), 7);
	assert_true(number(v, "ctime_ns") >= before);
	json_decref(v);
	v = reply_value(ask(f, 1,
			    "{'command':'set_attr','id':%lld,"
			    "'mtime_ns':'now'}",
			    (long long)id));
	assert_true(number(v, "mtime_ns") >= before);
	assert_int_equal(number(v, "atime_ns"), -5);
	assert_int_equal(number(v, "mode"), S_IFREG | 04755);
	json_decref(v);
	assert_fails(EINVAL, f, 1, "{'command':'set_attr','id':%lld,'mode':%d}",
		     (long long)id, S_IFREG | 0600);
	assert_fails(EINVAL, f, 1,
		     "{'command':'set_attr','id':%lld,'uid':4294967296}",
		     (long long)id);
	assert_fails(EINVAL, f, 1,
		     "{'command':'set_attr','id':%lld,'mtime_ns':'then'}",
		     (long long)id);
	assert_fails(ENOENT, f, 1, "{'command':'set_attr','id':99,'uid':1}");
	/* old clients have seconds, rounded down */
	f->session.protocol = 0;
	assert_works(f, 1, "{'command':'set_am_time','path':'/a','mtime':-9}");
	assert_int_equal(
		reply_int(ask(f, 1, "{'command':'get_shelf','path':'/a'}"),
			  "mtime"),
		-9);
	assert_fails(EINVAL, f, 1,
		     "{'command':'set_am_time','path':'/a',"
		     "'mtime':9223372036854775807}");
}

static void test_keep_size(void **state)
{
	struct fixture *f = *state;
	int64_t id = create(f, ROOT, "a");
	const struct pool_counts *n = &f->lib.pool.counts;
	json_t *v;

	v = reply_value(ask(f, 1,
			    "{'command':'resize_shelf','id':%lld,"
			    "'size_bytes':%llu,'keep_size':true,"
			    "'want_books':true}",
			    (long long)id, 3 * BOOK));
	assert_int_equal(number(v, "size_bytes"), 0);
	assert_int_equal(number(v, "book_count"), 3);
	assert_int_equal(json_array_size(json_object_get(v, "books")), 3);
	json_decref(v);
	/* it grows into them */
	assert_works(f, 1,
		     "{'command':'resize_shelf','id':%lld,'size_bytes':%llu}",
		     (long long)id, BOOK + 5);
	assert_int_equal(n->n[BOOK_INUSE], 3);
	/* less than there is: nothing */
	assert_works(f, 1,
		     "{'command':'resize_shelf','id':%lld,'size_bytes':9,"
		     "'keep_size':true}",
		     (long long)id);
	assert_int_equal(n->n[BOOK_INUSE], 3);
	assert_int_equal(number_of(get_id(f, id), "size_bytes"), BOOK + 5);
	/* more than it has */
	assert_works(f, 1,
		     "{'command':'resize_shelf','id':%lld,'size_bytes':%llu}",
		     (long long)id, 4 * BOOK);
	assert_int_equal(n->n[BOOK_INUSE], 4);
	assert_works(f, 1,
		     "{'command':'resize_shelf','id':%lld,'size_bytes':%llu,"
		     "'keep_size':true}",
		     (long long)id, 6 * BOOK);
	assert_int_equal(n->n[BOOK_INUSE], 6);
	/* a cut takes them */
	assert_works(f, 1,
		     "{'command':'resize_shelf','id':%lld,'size_bytes':%llu}",
		     (long long)id, 4 * BOOK - 1);
	assert_int_equal(n->n[BOOK_INUSE], 4);
	assert_fails(ENOSPC, f, 1,
		     "{'command':'resize_shelf','id':%lld,'size_bytes':%llu,"
		     "'keep_size':true}",
		     (long long)id, 17 * BOOK);
	assert_fails(EISDIR, f, 1,
		     "{'command':'resize_shelf','id':2,'size_bytes':9,"
		     "'keep_size':true}");
}

/* What a mapping has written behind the end, and what was there before. */
static void test_bytes_between(void **state)
{
	struct fixture *f = *state;
	int64_t id = create(f, ROOT, "a");
	char *fam = mmap(NULL, 16 * BOOK, PROT_READ | PROT_WRITE, MAP_SHARED,
			 f->fam_fd, 0),
	     *book;
	json_t *v;

	assert_true(fam != MAP_FAILED);
	assert_works(f, 1,
		     "{'command':'resize_shelf','id':%lld,'size_bytes':%llu,"
		     "'keep_size':true}",
		     (long long)id, 2 * BOOK);
	assert_works(f, 1,
		     "{'command':'resize_shelf','id':%lld,'size_bytes':100}",
		     (long long)id);
	v = get(f, ROOT, "a");
	book = fam + (size_t)json_integer_value(
			     json_array_get(json_object_get(v, "books"), 0)) *
			     BOOK;
	json_decref(v);
	memset(book, 'x', 4096);
	assert_works(f, 1, "{'command':'append','id':%lld,'len':%llu}",
		     (long long)id, BOOK);
	assert_int_equal(book[99], 'x');
	assert_int_equal(book[100], 0);
	assert_int_equal(book[4095], 0);
	memset(book, 'x', 8192);
	assert_works(f, 1,
		     "{'command':'resize_shelf','id':%lld,'size_bytes':50}",
		     (long long)id);
	assert_works(f, 1, "{'command':'append','id':%lld,'len':9000}",
		     (long long)id);
	assert_int_equal(book[49], 'x');
	assert_int_equal(book[50], 0);
	assert_int_equal(book[8191], 0);
	(void)munmap(fam, 16 * BOOK);
}

static void test_append(void **state)
{
	struct fixture *f = *state;
	int64_t id = create(f, ROOT, "a");
	json_t *v;

	for (int i = 0; i < 3; i++) {
		v = reply_value(ask(f, 1 + i % 2,
				    "{'command':'append','id':%lld,'len':%llu,"
				    "'want_books':true}",
				    (long long)id, BOOK));
		assert_int_equal(number(v, "offset"), i * BOOK);
		assert_int_equal(number(v, "size_bytes"), (i + 1) * BOOK);
		assert_int_equal(json_array_size(json_object_get(v, "books")),
				 i + 1);
		json_decref(v);
	}
	assert_int_equal(reply_int(ask(f, 1,
				       "{'command':'append','id':%lld,"
				       "'len':0}",
				       (long long)id),
				   "offset"),
			 3 * BOOK);
	assert_fails(EINVAL, f, 1, "{'command':'append','id':%lld,'len':-1}",
		     (long long)id);
	assert_fails(ENOSPC, f, 1, "{'command':'append','id':%lld,'len':%llu}",
		     (long long)id, 14 * BOOK);
	assert_fails(EFBIG, f, 1,
		     "{'command':'append','id':%lld,"
		     "'len':9223372036854775807}",
		     (long long)id);
	assert_fails(EFBIG, f, 1,
		     "{'command':'resize_shelf','id':%lld,"
		     "'size_bytes':9223372036854775807}",
		     (long long)id);
	/* one that no shelf can have, and one that it will not get */
	assert_fails(EFBIG, f, 1,
		     "{'command':'resize_shelf','id':%lld,"
		     "'size_bytes':%llu}",
		     (long long)id, 16 * BOOK + 1);
	assert_fails(ENOSPC, f, 1,
		     "{'command':'resize_shelf','id':%lld,"
		     "'size_bytes':%llu,'grow_only':true}",
		     (long long)id, 16 * BOOK + 1);
	assert_fails(EISDIR, f, 1, "{'command':'append','id':2,'len':1}");
}

static int64_t append(struct fixture *f, uint32_t node, int64_t id,
		      int64_t handle, int64_t token)
{
	return reply_int(ask(f, node,
			     "{'command':'append','id':%lld,'len':10,"
			     "'open_handle':%lld,'token':%lld}",
			     (long long)id, (long long)handle,
			     (long long)token),
			 "offset");
}

/* Whoever asks again gets the same bytes, whatever others did meanwhile. */
static void test_append_again(void **state)
{
	struct fixture *f = *state;
	int64_t id = create(f, ROOT, "a");
	int64_t one = open_id(f, 1, id), other = open_id(f, 2, id);

	assert_int_equal(append(f, 1, id, one, 7), 0);
	assert_int_equal(append(f, 2, id, other, 7), 10);
	assert_int_equal(append(f, 1, id, one, 7), 0);
	fixture_close(f);
	fixture_open(f);
	assert_int_equal(append(f, 2, id, other, 7), 10);
	assert_int_equal(append(f, 1, id, one, 8), 20);
	assert_int_equal(append(f, 1, id, one, 7), 30);
	/* No handle of this node: nothing is remembered. */
	assert_int_equal(append(f, 1, id, other, 7), 40);
	assert_int_equal(append(f, 1, id, other, 7), 50);
	assert_int_equal(append(f, 1, id, one, 0), 60);
	assert_int_equal(append(f, 1, id, one, 0), 70);
	assert_fails(EINVAL, f, 1,
		     "{'command':'append','id':%lld,'len':1,'token':-1}",
		     (long long)id);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_object),    TEST(test_types),
		TEST(test_setgid),    TEST(test_set_attr),
		TEST(test_keep_size), TEST(test_bytes_between),
		TEST(test_append),    TEST(test_append_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
