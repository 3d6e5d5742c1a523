/* SPDX-License-Identifier: MIT */

/* test_migrate.c - A database of the third version comes through, whole */

#include "fixture.h"

#include <sqlite3.h>

#include "proto_librarian.h"
#include "schema.h"

#define POLICY "user.LFS.AllocationPolicy"

/* Number 10 of a shelf and 20 of a handle were the last, and are gone. */
static const char content[] =
	"PRAGMA application_id = 0x46414d4c; PRAGMA user_version = 3;"
	"INSERT INTO globals (one, book_size_bytes, default_policy)"
	" VALUES (1, 2097152, 'Nearest');"
	"INSERT INTO nodes (node_id, ig, books, hostname)"
	" VALUES (1, 0, 4, 'node01'), (2, 1, 0, 'node02');"
	"INSERT INTO ranges VALUES (0, 0, 4);"
	"INSERT INTO modules VALUES (1, 1, 8388608, 8, 'c');"
	"INSERT INTO shelves (id, parent_id, name, mode, creator_id,"
	" size_bytes, book_count, link_count, ctime, mtime, stale_tail) VALUES"
	" (4, 2, 'd', 16877, 1, 0, 0, 2, 10, 20, 0),"
	" (5, 4, 'file', 33188, 2, 2097153, 2, 1, 30, 40, 1),"
	" (6, 2, 'plain', 33152, 1, 0, 0, 1, 50, 60, 0),"
	" (7, 2, '.lfs_unlinked_7', 33188, 1, 2097152, 1, 1, 70, 80, 0),"
	" (8, 2, '.lfs_pending_zero_8', 33188, 1, 2097152, 1, 1, 70, 80, 0),"
	" (9, 2, 'link', 41471, 1, 0, 0, 1, 70, 80, 0),"
	" (10, 2, 'gone', 33188, 1, 0, 0, 1, 70, 80, 0);"
	"UPDATE shelves SET link_count = 4 WHERE id = 2;"
	"DELETE FROM shelves WHERE id = 10;"
	"INSERT INTO links VALUES (9, 'd/file');"
	"INSERT INTO books (id, intlv_group, book_num, allocated, draw) VALUES"
	" (0, 0, 0, 1, 0), (8589934592, 0, 1, 1, 0),"
	" (17179869184, 0, 2, 1, 0), (25769803776, 0, 3, 2, 0);"
	"INSERT INTO books_on_shelves VALUES (5, 1, 8589934592), (5, 2, 0),"
	" (7, 1, 17179869184), (8, 1, 25769803776);"
	"INSERT INTO shelf_xattrs VALUES (5, '" POLICY "', 'LocalNode'),"
	" (5, 'user.x', 'y'), (7, '" POLICY "', 'RandomBooks');"
	"INSERT INTO opened_shelves (id, shelf_id, node_id, pid) VALUES"
	" (11, 5, 2, 77), (12, 7, 1, 0), (13, 5, 1, 78), (20, 6, 1, 0);"
	"DELETE FROM opened_shelves WHERE id = 20;"
	"INSERT INTO revocations VALUES (7, 5);";

static void make_old(const char *path)
{
	sqlite3 *sq;

	(void)unlink(path);
	assert_int_equal(sqlite3_open(path, &sq), SQLITE_OK);
	assert_int_equal(sqlite3_exec(sq, "PRAGMA foreign_keys = ON", NULL,
				      NULL, NULL),
			 SQLITE_OK);
	for (int i = 0; i < 3; i++)
		assert_int_equal(sqlite3_exec(sq, schema_migrations[i], NULL,
					      NULL, NULL),
				 SQLITE_OK);
	assert_int_equal(sqlite3_exec(sq, content, NULL, NULL, NULL),
			 SQLITE_OK);
	(void)sqlite3_close(sq);
}

static int set_up(void **state)
{
	struct fixture *f = malloc(sizeof(*f));

	assert_non_null(f);
	fixture_make(f, 2, 4);
	make_old(f->db);
	f->conf.fam_fd = -1;
	fixture_open(f);
	f->session = (struct session){ .admin = true };
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	fixture_end(f);
	free(f);
	return 0;
}

static void assert_number(const char *path, const char *query, int64_t want)
{
	sqlite3_stmt *s;
	sqlite3 *sq;

	assert_int_equal(sqlite3_open(path, &sq), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(sq, query, -1, &s, NULL),
			 SQLITE_OK);
	assert_int_equal(sqlite3_step(s), SQLITE_ROW);
	assert_int_equal(sqlite3_column_int64(s, 0), want);
	(void)sqlite3_finalize(s);
	(void)sqlite3_close(sq);
}

static void assert_xattr(struct fixture *f, const char *path, const char *name,
			 const char *want)
{
	CLEANUP_JSON json_t *v = reply_value(
		ask(f, 1, "{'command':'get_xattr','path':'%s','xattr':'%s'}",
		    path, name));

	assert_string_equal(json_string_value(json_object_get(v, "value")),
			    want);
}

static void test_shelves(void **state)
{
	struct fixture *f = *state;
	CLEANUP_JSON json_t *got = reply_value(
		ask(f, 1, "{'command':'get_shelf','path':'/d/file'}"));
	CLEANUP_JSON json_t *want = quoted(
		"{'id':5,'name':'file','parent_id':4,'mode':33188,"
		"'size_bytes':2097153,'book_count':2,'link_count':1,"
		"'creator_id':2,'ctime':30,'mtime':40,'open_handle':null,"
		"'bos':[]}");
	CLEANUP_JSON json_t *link = NULL;

	assert_true(json_equal(got, want));
	assert_works(f, 1, "{'command':'get_shelf','path':'/plain'}");
	assert_works(f, 1,
		     "{'command':'get_shelf',"
		     "'path':'/.lfs_pending_zero_8'}");
	link = reply_value(ask(f, 1, "{'command':'readlink','path':'/link'}"));
	assert_number(f->db, "SELECT stale_tail FROM shelves WHERE id = 5", 1);
	assert_number(f->db, "SELECT generation FROM revocations", 7);
}

static void test_attributes(void **state)
{
	struct fixture *f = *state;

	assert_xattr(f, "/d/file", POLICY, "LocalNode");
	assert_xattr(f, "/d/file", "user.x", "y");
	/* It has none of its own. */
	assert_xattr(f, "/plain", POLICY, "Nearest");
	assert_number(f->db, "SELECT COUNT(*) FROM shelf_xattrs", 1);
}

/* What POSIX wants to know, as far as it was known. */
static void test_posix(void **state)
{
	struct fixture *f = *state;
	CLEANUP_JSON json_t *got = NULL, *want = NULL;

	f->session.protocol = LIBRARIAN_PROTOCOL_POSIX;
	got = reply_value(
		ask(f, 1, "{'command':'get_shelf','path':'/d/file'}"));
	want = quoted("{'id':5,'name':'file','parent_id':4,'mode':33188,"
		      "'size_bytes':2097153,'book_count':2,'link_count':1,"
		      "'creator_id':2,'uid':0,'gid':0,'rdev':0,"
		      "'atime_ns':40000000000,'mtime_ns':40000000000,"
		      "'ctime_ns':40000000000,'open_handle':null}");
	assert_true(json_equal(got, want));
	assert_int_equal(reply_int(ask(f, 1, "{'command':'get_shelf','id':7}"),
				   "link_count"),
			 0);
	assert_int_equal(reply_int(ask(f, 1, "{'command':'get_shelf','id':9}"),
				   "size_bytes"),
			 6);
	/* one more name, and one less */
	assert_works(f, 1,
		     "{'command':'link','id':5,'dir_id':2,'name':'other'}");
	assert_works(f, 1, "{'command':'unlink','dir_id':4,'name':'file'}");
	assert_works(f, 1, "{'command':'get_shelf','path':'/other'}");
}

/* Who held what holds it still, by the same handles. */
static void test_handles(void **state)
{
	struct fixture *f = *state;

	f->session = (struct session){ .node_id = 2 };
	assert_fails(EBADF, f, 2,
		     "{'command':'close_shelf','id':5,'open_handle':13}");
	assert_works(f, 2, "{'command':'close_shelf','id':5,'open_handle':11}");
	assert_number(f->db,
		      "SELECT COUNT(*) FROM opened_shelves WHERE pid = 78 AND "
		      "id = 13 AND node_id = 1 AND shelf_id = 5",
		      1);
	assert_number(f->db, "SELECT COUNT(*) FROM opened_shelves", 2);
}

/* What was given out before is not given out again. */
static void test_numbers(void **state)
{
	static const char create[] = "{'command':'create_shelf','path':'/%s'}";
	struct fixture *f = *state;
	CLEANUP_JSON json_t *first = reply_value(ask(f, 1, create, "a"));
	int64_t id;

	assert_int_equal(json_integer_value(json_object_get(first, "id")), 11);
	assert_int_equal(
		json_integer_value(json_object_get(first, "open_handle")), 21);
	fixture_close(f);
	fixture_open(f);
	id = reply_int(ask(f, 1, create, "b"), "id");
	assert_true(id > 11);
	assert_true(reply_int(ask(f, 1, create, "b"), "open_handle") > 22);
}

static void test_check(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(
		reply_int(ask(f, 0, "{'command':'self_check'}"), "count"), 0);
	assert_number(f->db, "SELECT COUNT(*) FROM pragma_foreign_key_check",
		      0);
	assert_number(f->db, "PRAGMA user_version", schema_version);
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_shelves), TEST(test_attributes), TEST(test_handles),
		TEST(test_numbers), TEST(test_check),	   TEST(test_posix),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
