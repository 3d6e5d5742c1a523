/* SPDX-License-Identifier: MIT */

/* test_pending.c - Zeroing by the nodes, as tm-librarian's clients do it
 *
 * The requests are those of its node daemon, in its order.
 */

#include "fixture.h"

#include <sqlite3.h>
#include <sys/stat.h>

#define CREATE(path) "{'command':'create_shelf','path':'" path "','mode':33188}"
#define GET(path) "{'command':'get_shelf','path':'" path "'}"
#define DESTROY(path) "{'command':'destroy_shelf','path':'" path "'}"

static int set_up(void **state)
{
	struct fixture *f = malloc(sizeof(*f));

	fixture_make(f, 2, 8);
	f->conf.fam_fd = -1;
	fixture_open(f);
	*state = f;
	return 0;
}

static json_t *resize(struct fixture *f, const char *path, int64_t id,
		      uint64_t books)
{
	return ask(f, 1,
		   "{'command':'resize_shelf','path':'%s','id':%lld,"
		   "'size_bytes':%llu,'zero_enabled':true}",
		   path, (long long)id, (unsigned long long)(books * BOOK));
}

static int64_t create(struct fixture *f, uint64_t books)
{
	CLEANUP_JSON json_t *s = reply_value(ask(f, 1, CREATE("/a")));
	int64_t id = json_integer_value(json_object_get(s, "id"));
	int64_t handle = json_integer_value(json_object_get(s, "open_handle"));

	assert_int_equal(reply_errno(resize(f, "/a", id, books)), 0);
	assert_works(f, 1,
		     "{'command':'close_shelf','id':%lld,'open_handle':%lld}",
		     (long long)id, (long long)handle);
	return id;
}

static void expect(struct fixture *f, int64_t is_free, int64_t inuse,
		   int64_t zombie)
{
	const int64_t *n = f->lib.pool.counts.n;

	assert_int_equal(n[BOOK_FREE], is_free);
	assert_int_equal(n[BOOK_INUSE], inuse);
	assert_int_equal(n[BOOK_ZOMBIE], zombie);
}

/* Every ZOMBIE is on a shelf, and nothing but the database says how many. */
static void check(struct fixture *f)
{
	struct pool_counts was = f->lib.pool.counts;
	sqlite3_stmt *s;
	sqlite3 *sq;

	assert_int_equal(sqlite3_open(f->db, &sq), SQLITE_OK);
	assert_int_equal(
		sqlite3_prepare_v2(sq,
				   "SELECT COUNT(*) FROM books b LEFT JOIN"
				   " books_on_shelves s ON s.book_id = b.id"
				   " WHERE (b.allocated = 0) <>"
				   " (s.book_id IS NULL)",
				   -1, &s, NULL),
		SQLITE_OK);
	assert_int_equal(sqlite3_step(s), SQLITE_ROW);
	assert_int_equal(sqlite3_column_int64(s, 0), 0);
	(void)sqlite3_finalize(s);
	(void)sqlite3_close(sq);
	fixture_close(f);
	fixture_open(f);
	assert_memory_equal(&was, &f->lib.pool.counts, sizeof(was));
}

/* The path is relative, as there. */
static int pend(struct fixture *f, int64_t id)
{
	return reply_errno(ask(f, 1,
			       "{'command':'rename_shelf','path':'/a',"
			       "'id':%lld,'newpath':'" LIBRARIAN_PENDING
			       "%lld'}",
			       (long long)id, (long long)id));
}

static void test_unlink(void **state)
{
	struct fixture *f = *state;
	int64_t id = create(f, 3);
	char path[64];

	expect(f, 13, 3, 0);
	assert_int_equal(pend(f, id), 0);
	expect(f, 13, 0, 3);
	assert_fails(ENOENT, f, 1, GET("/a"));
	(void)snprintf(path, sizeof(path), "/" LIBRARIAN_PENDING "%lld",
		       (long long)id);
	check(f);
	/* dd opens and closes; it neither grows nor gets its name back */
	assert_int_equal(reply_errno(resize(f, path, id, 4)), EPERM);
	assert_fails(EPERM, f, 1,
		     "{'command':'rename_shelf','path':'%s','newpath':'/a'}",
		     path);
	/* not yet */
	assert_fails(EBUSY, f, 1, "{'command':'destroy_shelf','path':'%s'}",
		     path);
	expect(f, 13, 0, 3);
	/* truncate -s0 */
	assert_int_equal(reply_errno(resize(f, path, id, 0)), 0);
	expect(f, 16, 0, 0);
	check(f);
	/* unlink */
	assert_works(f, 1, "{'command':'destroy_shelf','path':'%s'}", path);
	assert_fails(ENOENT, f, 1, "{'command':'get_shelf','id':%lld}",
		     (long long)id);
}

static void test_shrink(void **state)
{
	struct fixture *f = *state;
	CLEANUP_JSON json_t *v = NULL, *before = NULL, *after = NULL, *z = NULL;
	int64_t id = create(f, 5);
	const char *path;

	before = reply_value(
		ask(f, 1, "{'command':'list_shelf_books','path':'/a'}"));
	v = reply_value(resize(f, "/a", id, 2));
	path = json_string_value(json_object_get(v, "z_shelf_path"));
	assert_non_null(path);
	/* .lfs_pending_zero_<name>_<parent>_<time>_<physloc> */
	assert_int_equal(strncmp(path, "/" LIBRARIAN_PENDING "a_2_", 23), 0);
	assert_string_equal(path + strlen(path) - 6, "_1_1_1");
	expect(f, 11, 2, 3);
	z = reply_value(ask(f, 1, "{'command':'get_shelf','path':'%s'}", path));
	assert_int_equal(json_integer_value(json_object_get(z, "size_bytes")),
			 3 * BOOK);
	assert_int_equal(json_integer_value(json_object_get(z, "book_count")),
			 3);
	after = reply_value(
		ask(f, 1, "{'command':'list_shelf_books','path':'%s'}", path));
	assert_int_equal(json_array_size(after), 3);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(json_integer_value(json_object_get(
					 json_array_get(after, i), "id")),
				 json_integer_value(json_object_get(
					 json_array_get(before, i + 2), "id")));
	check(f);
	id = json_integer_value(json_object_get(z, "id"));
	assert_int_equal(reply_errno(resize(f, path, id, 0)), 0);
	expect(f, 14, 2, 0);
	assert_works(f, 1, "{'command':'destroy_shelf','path':'%s'}", path);
	check(f);
}

/* The same name in the same second is no reason to fail. */
static void test_shrink_often(void **state)
{
	struct fixture *f = *state;
	int64_t id = create(f, 16);

	for (uint64_t n = 15; n; n--)
		assert_int_equal(reply_errno(resize(f, "/a", id, n)), 0);
	expect(f, 0, 1, 15);
	check(f);
}

/* Theirs leaves ZOMBIEs that only fsck finds. */
static void test_destroy_with_books(void **state)
{
	struct fixture *f = *state;
	int64_t id = create(f, 3);
	char path[64];

	assert_works(f, 1, DESTROY("/a"));
	assert_fails(ENOENT, f, 1, GET("/a"));
	expect(f, 13, 0, 3);
	check(f);
	(void)snprintf(path, sizeof(path), "/" LIBRARIAN_PENDING "%lld",
		       (long long)id);
	assert_int_equal(reply_errno(resize(f, path, id, 0)), 0);
	assert_works(f, 1, "{'command':'destroy_shelf','path':'%s'}", path);
	expect(f, 16, 0, 0);
}

static void test_held(void **state)
{
	struct fixture *f = *state;
	int64_t id = create(f, 3);

	assert_works(f, 2, "{'command':'open_shelf','path':'/a'}");
	assert_int_equal(pend(f, id), EBUSY);
	assert_int_equal(reply_errno(resize(f, "/a", id, 1)), EMFILE);
	expect(f, 13, 3, 0);
	f->session.admin = true;
	assert_works(f, 0, "{'command':'node_down','node_id':2}");
	f->session.admin = false;
	assert_int_equal(pend(f, id), 0);
}

/* Another process of the same node is another one. */
static void test_other_process(void **state)
{
	struct fixture *f = *state;
	static const char shrink[] =
		"{'command':'resize_shelf','path':'/a','size_bytes':1,"
		"'context':{'node_id':1,'pid':%d}}";
	int64_t id = create(f, 3);

	(void)id;
	assert_works(f, 0,
		     "{'command':'open_shelf','path':'/a',"
		     "'context':{'node_id':1,'pid':77}}");
	assert_fails(EMFILE, f, 0, shrink, 78);
	/* a daemon that says hello looks after its own processes */
	f->session.hello = true;
	f->session.node_id = 1;
	assert_works(f, 0, shrink, 78);
}

static void test_block_device(void **state)
{
	struct fixture *f = *state;
	int64_t id;

	id = reply_int(ask(f, 1,
			   "{'command':'create_shelf','path':'/a','mode':%d}",
			   S_IFBLK | 0600),
		       "id");
	assert_int_equal(pend(f, id), 0);
	assert_int_equal(reply_int(ask(f, 1,
				       "{'command':'get_shelf','id':%lld}",
				       (long long)id),
				   "mode"),
			 S_IFREG | 0600);
}

/* What was left by one way of zeroing is good for the other. */
static void test_with_fam_and_back(void **state)
{
	struct fixture *f = *state;
	int64_t id = create(f, 3);

	assert_int_equal(pend(f, id), 0);
	(void)create(f, 2);
	fixture_close(f);
	f->conf.fam_fd = f->fam_fd;
	fixture_open(f);
	expect(f, 11, 2, 3);
	assert_fails(ENOENT, f, 1, "{'command':'get_shelf','id':%lld}",
		     (long long)id);
	assert_int_equal(zero_all(&f->lib), 0);
	expect(f, 14, 2, 0);
	/* now ZOMBIEs that are on no shelf */
	assert_works(f, 1, DESTROY("/a"));
	expect(f, 14, 0, 2);
	fixture_close(f);
	f->conf.fam_fd = -1;
	fixture_open(f);
	expect(f, 14, 0, 2);
	check(f);
	id = reply_int(ask(f, 1, GET("/" LIBRARIAN_PENDING "orphans")), "id");
	assert_int_equal(
		reply_errno(resize(f, "/" LIBRARIAN_PENDING "orphans", id, 0)),
		0);
	expect(f, 16, 0, 0);
	check(f);
}

/* With the FAM such names mean nothing: clients may go that way all the same. */
static void test_with_fam(void **state)
{
	struct fixture *f = *state;
	char path[64];
	int64_t id;

	fixture_close(f);
	f->conf.fam_fd = f->fam_fd;
	fixture_open(f);
	id = create(f, 3);
	/* but that somebody is going to write zeros over it */
	assert_works(f, 2, "{'command':'open_shelf','path':'/a'}");
	assert_int_equal(pend(f, id), EBUSY);
	f->session.admin = true;
	assert_works(f, 0, "{'command':'node_down','node_id':2}");
	f->session.admin = false;
	assert_int_equal(pend(f, id), 0);
	expect(f, 13, 3, 0);
	(void)snprintf(path, sizeof(path), "/" LIBRARIAN_PENDING "%lld",
		       (long long)id);
	assert_int_equal(reply_errno(resize(f, path, id, 4)), 0);
	assert_int_equal(reply_errno(resize(f, path, id, 0)), 0);
	assert_works(f, 1, "{'command':'destroy_shelf','path':'%s'}", path);
	expect(f, 12, 0, 4);
	assert_int_equal(zero_all(&f->lib), 0);
	expect(f, 16, 0, 0);
}

/* A shelf that lost its name while it was held goes with its last handle. */
static void test_unlinked(void **state)
{
	struct fixture *f = *state;
	int64_t id = create(f, 3), handle;

	handle = reply_int(ask(f, 2, "{'command':'open_shelf','path':'/a'}"),
			   "open_handle");
	assert_works(f, 1,
		     "{'command':'rename_shelf','path':'/a',"
		     "'newpath':'/" LIBRARIAN_UNLINKED "%lld'}",
		     (long long)id);
	assert_works(f, 2,
		     "{'command':'close_shelf','id':%lld,'open_handle':%lld}",
		     (long long)id, (long long)handle);
	expect(f, 13, 0, 3);
	check(f);
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, set_up, fixture_tear_down)

/* The name of the shelf that gets the end of a file is a text in any case. */
static void test_bytes(void **state)
{
	struct fixture *f = *state;
	json_t *v;

	f->session.protocol = LIBRARIAN_PROTOCOL_POSIX;
	assert_works(f, 1,
		     "{'command':'create_shelf','dir_id':2,'name_b64':'Zv8=',"
		     "'mode':33188}");
	assert_works(f, 1, "{'command':'resize_shelf','id':4,'size_bytes':1}");
	f->session.protocol = 0;
	v = reply_value(ask(f, 1,
			    "{'command':'resize_shelf','id':4,"
			    "'size_bytes':0}"));
	assert_non_null(
		strstr(json_string_value(json_object_get(v, "z_shelf_path")),
		       "/.lfs_pending_zero_4_2_"));
	json_decref(v);
	check(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_unlink),
		TEST(test_shrink),
		TEST(test_bytes),
		TEST(test_shrink_often),
		TEST(test_destroy_with_books),
		TEST(test_held),
		TEST(test_other_process),
		TEST(test_block_device),
		TEST(test_with_fam_and_back),
		TEST(test_with_fam),
		TEST(test_unlinked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
