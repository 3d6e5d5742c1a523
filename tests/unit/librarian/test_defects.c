/* SPDX-License-Identifier: MIT */

/* test_defects.c - What tm-librarian does wrong, and we do not: a test each */

#include "query.h"

#include <sqlite3.h>

#define CREATE(path) "{'command':'create_shelf','path':'" path "'}"
#define GET(path) "{'command':'get_shelf','path':'" path "'}"

static int set_up(void **state)
{
	*state = fixture_new(2, 8);
	return 0;
}

static void run_sql(struct fixture *f, const char *sql)
{
	sqlite3 *sq;

	assert_int_equal(sqlite3_open(f->db, &sq), SQLITE_OK);
	assert_int_equal(sqlite3_exec(sq, sql, NULL, NULL, NULL), SQLITE_OK);
	(void)sqlite3_close(sq);
}

/* theirs: ESTALE */
static void test_destroy_of_an_open_shelf(void **state)
{
	struct fixture *f = *state;

	assert_works(f, 1, CREATE("/a"));
	assert_fails(EBUSY, f, 2, "{'command':'destroy_shelf','path':'/a'}");
	assert_works(f, 1, GET("/a"));
}

/* theirs: success, with what is there */
static void test_mkdir_of_an_existing_path(void **state)
{
	struct fixture *f = *state;

	assert_works(f, 1, "{'command':'mkdir','path':'/d','mode':16895}");
	assert_fails(EEXIST, f, 1,
		     "{'command':'mkdir','path':'/d','mode':16895}");
	assert_fails(EEXIST, f, 1,
		     "{'command':'symlink','path':'/d','target':'x'}");
	assert_int_equal(number(f, "SELECT link_count FROM shelves WHERE id=2"),
			 4);
}

/* theirs: the text of an AttributeError, EINVAL */
static void test_missing_parent(void **state)
{
	static const char *const commands[] = {
		"{'command':'create_shelf','path':'%s/x','mode':33188}",
		"{'command':'get_shelf','path':'%s/x'}",
		"{'command':'open_shelf','path':'%s/x'}",
		"{'command':'destroy_shelf','path':'%s/x'}",
		"{'command':'list_shelves','path':'%s/x'}",
		"{'command':'list_shelf_books','path':'%s/x'}",
		"{'command':'resize_shelf','path':'%s/x','size_bytes':1}",
		"{'command':'rename_shelf','path':'/a','newpath':'%s/x'}",
		"{'command':'mkdir','path':'%s/x','mode':511}",
		"{'command':'rmdir','path':'%s/x'}",
		"{'command':'symlink','path':'%s/x','target':'y'}",
		"{'command':'readlink','path':'%s/x'}",
		"{'command':'set_am_time','path':'%s/x','mtime':0}",
		"{'command':'get_xattr','path':'%s/x','xattr':'user.x'}",
		"{'command':'list_xattrs','path':'%s/x'}",
	};
	struct fixture *f = *state;
	char text[160];

	assert_works(f, 1, CREATE("/a"));
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		char *path = strstr(commands[i], "%s");
		int before = (int)(path - commands[i]);

		(void)snprintf(text, sizeof(text), "%.*s/no%s", before,
			       commands[i], path + 2);
		assert_fails(ENOENT, f, 1, "%s", text);
		(void)snprintf(text, sizeof(text), "%.*s/a%s", before,
			       commands[i], path + 2);
		assert_fails(ENOTDIR, f, 1, "%s", text);
	}
}

/* theirs: errno 0, and neither context nor seq */
static void test_unknown_node(void **state)
{
	struct fixture *f = *state;
	CLEANUP_JSON json_t *r = NULL, *want = NULL;

	r = ask(f, 0,
		"{'command':'get_fs_stats','context':{'node_id':9,'seq':3}}");
	want = quoted("{'errmsg':'unknown node','errno':1,"
		      "'context':{'node_id':9,'seq':3}}");
	assert_true(json_equal(r, want));
}

/* theirs: LocalEnc is not there */
static void test_every_policy_allocates(void **state)
{
	static const char *const policies[] = {
		"RandomBooks", "LocalNode",	"LocalEnc",   "NonLocal_Enc",
		"Nearest",     "NearestRemote", "NearestEnc", "LZAascending",
		"RequestIG",   "LZAdescending",
	};
	struct fixture *f = *state;

	assert_works(f, 1, CREATE("/a"));
	assert_works(f, 1,
		     "{'command':'set_xattr','path':'/a',"
		     "'xattr':'user.LFS.InterleaveRequest',"
		     "'value':'\\u0001'}");
	for (size_t i = 0; i < ARRAY_SIZE(policies); i++) {
		assert_works(f, 1,
			     "{'command':'set_xattr','path':'/a',"
			     "'xattr':'user.LFS.AllocationPolicy',"
			     "'value':'%s'}",
			     policies[i]);
		assert_works(f, 1,
			     "{'command':'resize_shelf','path':'/a',"
			     "'size_bytes':%llu}",
			     (unsigned long long)(i + 1) * BOOK);
	}
	/* there is only one enclosure */
	assert_works(f, 1,
		     "{'command':'set_xattr','path':'/a',"
		     "'xattr':'user.LFS.AllocationPolicy',"
		     "'value':'NearestRack'}");
	assert_fails(ENOSPC, f, 1,
		     "{'command':'resize_shelf','path':'/a',"
		     "'size_bytes':29360128}");
}

/* theirs: a variable of the class */
static void test_default_policy_lasts(void **state)
{
	struct fixture *f = *state;
	CLEANUP_JSON json_t *v = NULL;

	assert_works(f, 1,
		     "{'command':'set_xattr','path':'/',"
		     "'xattr':'user.LFS.AllocationPolicyDefault',"
		     "'value':'LZAdescending'}");
	fixture_close(f);
	fixture_open(f);
	v = reply_value(ask(f, 2,
			    "{'command':'get_xattr','path':'/',"
			    "'xattr':'user.LFS.AllocationPolicyDefault'}"));
	assert_string_equal(json_string_value(json_object_get(v, "value")),
			    "LZAdescending");
}

/* theirs: for ever */
static void test_rows_of_links_go(void **state)
{
	struct fixture *f = *state;

	assert_works(f, 1, "{'command':'symlink','path':'/l','target':'/a'}");
	assert_works(f, 1, "{'command':'destroy_shelf','path':'/l'}");
	assert_int_equal(number(f, "SELECT COUNT(*) FROM links"), 0);
	assert_works(f, 1, CREATE("/a"));
	assert_works(f, 1,
		     "{'command':'set_xattr','path':'/a','xattr':'user.x',"
		     "'value':'y'}");
	f->session.admin = true;
	assert_works(f, 0, "{'command':'node_down','node_id':1}");
	assert_works(f, 1, "{'command':'destroy_shelf','path':'/a'}");
	assert_int_equal(number(f, "SELECT COUNT(*) FROM shelf_xattrs"), 0);
}

/* theirs: an unlink and a rename; here both happen or none */
static void test_rename_over_an_existing_shelf(void **state)
{
	struct fixture *f = *state;
	int64_t a, b;

	a = reply_int(ask(f, 1, CREATE("/a")), "id");
	b = reply_int(ask(f, 1, CREATE("/b")), "id");
	f->session.admin = true;
	assert_works(f, 0, "{'command':'node_down','node_id':1}");
	f->session.admin = false;
	assert_works(f, 1,
		     "{'command':'resize_shelf','path':'/b',"
		     "'size_bytes':4194304}");
	/* the old one is gone already when this fails */
	assert_int_equal(db_script(f->lib.db,
				   "CREATE TEMP TRIGGER t BEFORE UPDATE OF"
				   " name ON shelves WHEN new.name = 'b' BEGIN"
				   " SELECT RAISE(FAIL, 'private'); END"),
			 0);
	assert_true(reply_errno(ask(f, 1,
				    "{'command':'rename_shelf','path':'/a',"
				    "'newpath':'/b','replace':true}")) != 0);
	assert_int_equal(reply_int(ask(f, 1, GET("/a")), "id"), a);
	assert_int_equal(reply_int(ask(f, 1, GET("/b")), "id"), b);
	assert_int_equal(reply_int(ask(f, 1, GET("/b")), "book_count"), 2);
	assert_int_equal(f->lib.pool.counts.n[BOOK_ZOMBIE], 0);
	assert_int_equal(db_script(f->lib.db, "DROP TRIGGER t"), 0);
	assert_works(f, 1,
		     "{'command':'rename_shelf','path':'/a',"
		     "'newpath':'/b','replace':true}");
	assert_int_equal(reply_int(ask(f, 1, GET("/b")), "id"), a);
	assert_int_equal(f->lib.pool.counts.n[BOOK_ZOMBIE], 2);
}

/* theirs: 'NoneType' object has no attribute ..., and SQL */
static void test_no_internal_text(void **state)
{
	struct fixture *f = *state;
	CLEANUP_JSON json_t *r = NULL, *s = NULL;

	assert_works(f, 1, CREATE("/a"));
	run_sql(f, "UPDATE shelves SET name = zeroblob(300) WHERE id = 4");
	r = ask(f, 1, "{'command':'get_shelf','id':4}");
	assert_string_equal(json_string_value(json_object_get(r, "errmsg")),
			    "Structure needs cleaning");
	assert_int_equal(json_integer_value(json_object_get(r, "errno")),
			 EUCLEAN);
	assert_int_equal(db_script(f->lib.db,
				   "CREATE TEMP TRIGGER t BEFORE INSERT ON"
				   " shelves BEGIN"
				   " SELECT RAISE(FAIL, 'private'); END"),
			 0);
	s = ask(f, 1, CREATE("/b"));
	assert_null(strstr(json_string_value(json_object_get(s, "errmsg")),
			   "private"));
}

/* theirs: destroying a shelf that has books leaves them to fsck */
static void test_no_orphans(void **state)
{
	struct fixture *f = *state;

	for (int fam = 0; fam < 2; fam++) {
		fixture_close(f);
		f->conf.fam_fd = fam ? f->fam_fd : -1;
		fixture_open(f);
		assert_works(f, 1, CREATE("/a"));
		assert_works(f, 1,
			     "{'command':'resize_shelf','path':'/a',"
			     "'size_bytes':4194304}");
		f->session.admin = true;
		assert_works(f, 0, "{'command':'node_down','node_id':1}");
		f->session.admin = false;
		assert_works(f, 1, "{'command':'destroy_shelf','path':'/a'}");
		assert_int_equal(zero_all(&f->lib), 0);
		assert_int_equal(
			number(f,
			       "SELECT COUNT(*) FROM books b WHERE"
			       " allocated = 2 AND NOT EXISTS (SELECT 1 FROM"
			       " books_on_shelves s WHERE s.book_id = b.id)"),
			0);
	}
	assert_int_equal(f->lib.pool.counts.n[BOOK_FREE], 16);
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, set_up, fixture_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_destroy_of_an_open_shelf),
		TEST(test_mkdir_of_an_existing_path),
		TEST(test_missing_parent),
		TEST(test_unknown_node),
		TEST(test_every_policy_allocates),
		TEST(test_default_policy_lasts),
		TEST(test_rows_of_links_go),
		TEST(test_rename_over_an_existing_shelf),
		TEST(test_no_internal_text),
		TEST(test_no_orphans),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
