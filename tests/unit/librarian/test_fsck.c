/* SPDX-License-Identifier: MIT */

/* test_fsck.c - Databases that contradict themselves, and what becomes of them
 *
 * Each is broken on purpose behind the Librarian's back. fsck has to find that
 * and nothing else, mend it, find nothing more, and leave a database that can
 * be served.
 */

#include "fixture.h"

#include <fcntl.h>
#include <sqlite3.h>

#include "cmd.h"
#include "fsck_passes.h"

/* /d is 4, /d/e 5, /d/e/f 6 with three books, /g 7 with two, /l 8 a link. */
static void set_up_shelves(struct fixture *f)
{
	fixture_make(f, 2, 8);
	fixture_open(f);
	assert_works(f, 1, "{'command':'mkdir','path':'/d','mode':511}");
	assert_works(f, 1, "{'command':'mkdir','path':'/d/e','mode':511}");
	assert_works(f, 1, "{'command':'create_shelf','path':'/d/e/f'}");
	assert_works(f, 1, "{'command':'create_shelf','path':'/g'}");
	assert_works(f, 1, "{'command':'symlink','path':'/l','target':'/g'}");
	assert_works(f, 1,
		     "{'command':'resize_shelf','id':6,'size_bytes':5000000}");
	assert_works(f, 1,
		     "{'command':'resize_shelf','id':7,'size_bytes':4000000}");
	fixture_close(f);
}

static void run_sql(const char *path, const char *sql)
{
	char *message = NULL;
	sqlite3 *sq;

	assert_int_equal(sqlite3_open(path, &sq), SQLITE_OK);
	if (sqlite3_exec(sq, sql, NULL, NULL, &message) != SQLITE_OK)
		fail_msg("%s: %s", sql, message);
	(void)sqlite3_close(sq);
}

static int64_t number(const char *path, const char *sql)
{
	sqlite3_stmt *s;
	sqlite3 *sq;
	int64_t v;

	assert_int_equal(sqlite3_open(path, &sq), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(sq, sql, -1, &s, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(s), SQLITE_ROW);
	v = sqlite3_column_int64(s, 0);
	(void)sqlite3_finalize(s);
	(void)sqlite3_close(sq);
	return v;
}

/* fame-librarian fsck; what it prints goes nowhere. */
static int fsck(const struct fixture *f, const char *option)
{
	char name[] = "fsck", d[] = "-d", fam[] = "--fam";
	char *db = strdup(f->db), *more = strdup(option ? option : "");
	char path[64];
	char *argv[] = { name, d, db, more, path, NULL };
	int argc = option ? 4 : 3, out = dup(1), null, r;

	if (option && !strcmp(option, fam)) {
		(void)snprintf(path, sizeof(path), "/proc/self/fd/%d",
			       f->fam_fd);
		argc = 5;
	}
	null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	(void)fflush(stdout);
	(void)dup2(null, 1);
	r = cmd_fsck(argc, argv);
	(void)fflush(stdout);
	(void)dup2(out, 1);
	(void)close(out);
	(void)close(null);
	free(db);
	free(more);
	return r;
}

struct seen {
	char text[2000];
};

static void see(const char *pass, const char *text, bool done, void *arg)
{
	struct seen *seen = arg;
	size_t len = strlen(seen->text);

	(void)done;
	(void)snprintf(seen->text + len, sizeof(seen->text) - len, "%s: %s\n",
		       pass, text);
}

static size_t look(const struct fixture *f, struct seen *seen)
{
	CLEANUP_DB struct db *db = NULL;
	struct fsck_report report = { .found = see, .arg = seen };
	struct err e = { 0 };

	seen->text[0] = '\0';
	if (db_open(f->db, DB_CHECK, &db, &e) < 0)
		fail_msg("%s", e.msg);
	assert_int_equal(fsck_look(db, &report), 0);
	return report.wrong;
}

static void test_nothing_wrong(void **state)
{
	struct fixture f;
	struct seen seen;

	(void)state;
	set_up_shelves(&f);
	if (look(&f, &seen))
		fail_msg("%s", seen.text);
	assert_int_equal(fsck(&f, "-n"), 0);
	assert_int_equal(fsck(&f, NULL), 0);
	fixture_open(&f);
	assert_works(&f, 1, "{'command':'get_shelf','path':'/d/e/f'}");
	fixture_end(&f);
}

struct broken {
	const char *sql;
	const char *found;
	size_t n;	  /* findings */
	const char *then; /* a query that gives 1 if it was mended well */
};

static const struct broken broken[] = {
	{ "DELETE FROM opened_shelves WHERE shelf_id = 6;"
	  "INSERT INTO opened_shelves VALUES (90, 99, 1, 1, 0, 0)",
	  "handles: node 1 holds shelf 99, which does not exist", 1,
	  "SELECT COUNT(*) = 1 FROM opened_shelves" },
	{ "INSERT INTO opened_shelves VALUES (90, 6, 7, 1, 0, 0)",
	  "handles: shelf 6 is held by node 7, which does not exist", 1,
	  "SELECT COUNT(*) = 2 FROM opened_shelves" },
	{ "UPDATE books_on_shelves SET shelf_id = 99 WHERE shelf_id = 7",
	  "books: shelf 99, which does not exist, has book ",
	  3, "SELECT book_count = 0 AND size_bytes = 0 FROM shelves WHERE id = 7" },
	{ "UPDATE books_on_shelves SET shelf_id = 4 WHERE shelf_id = 7",
	  "books: d, which is no file, has book ", 4,
	  "SELECT COUNT(*) = 2 FROM books WHERE allocated = 2" },
	{ "UPDATE books_on_shelves SET book_id = 77"
	  " WHERE shelf_id = 6 AND seq_num = 2",
	  "books: shelf 6 has book 77, which does not exist", 2,
	  "SELECT book_count = 2 AND size_bytes = 4194304 FROM shelves"
	  " WHERE id = 6" },
	{ "INSERT INTO books (id, intlv_group, book_num, draw)"
	  " VALUES (12345, 0, 9, 9)",
	  "books: book 12345 is no part of the machine\n", 1,
	  "SELECT COUNT(*) = 16 FROM books" },
	{ "DELETE FROM books WHERE allocated = 0", "books: book ", 11,
	  "SELECT SUM(allocated = 2) = 11 AND COUNT(*) = 16 FROM books" },
	{ "UPDATE books SET intlv_group = 1 WHERE id = 0",
	  "books: book 0 is said to be in group 1", 1,
	  "SELECT intlv_group = 0 FROM books WHERE id = 0" },
	{ "UPDATE books SET allocated = 0 WHERE id IN (SELECT book_id"
	  " FROM books_on_shelves WHERE shelf_id = 7 AND seq_num = 1)",
	  "is on g, but free", 1,
	  "SELECT COUNT(*) = 5 FROM books WHERE allocated = 1" },
	{ "UPDATE books SET allocated = 2 WHERE allocated = 1",
	  "is on g, but to be zeroed", 5,
	  "SELECT COUNT(*) = 5 FROM books WHERE allocated = 1" },
	{ "UPDATE books SET allocated = 1 WHERE allocated = 0",
	  "is in use, but on no shelf", 11,
	  "SELECT COUNT(*) = 11 FROM books WHERE allocated = 2" },
	{ "UPDATE books_on_shelves SET seq_num = 9"
	  " WHERE shelf_id = 6 AND seq_num = 2",
	  "books: the books of shelf 6 are not numbered from 1 to 3", 1,
	  "SELECT SUM(seq_num) = 6 FROM books_on_shelves WHERE shelf_id = 6" },
	{ "UPDATE shelves SET book_count = 8 WHERE id = 7",
	  "books: g (shelf 7) has 2 books, not 8", 2,
	  "SELECT book_count = 2 AND size_bytes = 4000000 FROM shelves"
	  " WHERE id = 7" },
	{ "UPDATE shelves SET size_bytes = 1 WHERE id = 7",
	  "books: g (shelf 7) cannot have 1 bytes in 2 books", 1,
	  "SELECT size_bytes = 4194304 FROM shelves WHERE id = 7" },
	{ "INSERT INTO shelf_xattrs VALUES (99, 'user.x', 'y')",
	  "attributes: shelf 99, which does not exist, has user.x", 1,
	  "SELECT COUNT(*) = 0 FROM shelf_xattrs WHERE shelf_id = 99" },
	{ "INSERT INTO links VALUES (7, 'x')",
	  "attributes: shelf 7 has the target of a link", 1,
	  "SELECT COUNT(*) = 1 FROM links" },
	{ "UPDATE shelves SET size_bytes = 9 WHERE id = 8",
	  "attributes: link l has a size of 9, its target of 2", 1,
	  "SELECT size_bytes = 2 FROM shelves WHERE id = 8" },
	{ "DELETE FROM links", "attributes: link l has no target", 1,
	  "SELECT COUNT(*) = 0 FROM shelves WHERE id = 8" },
	{ "UPDATE shelves SET parent_id = 77 WHERE id = 7",
	  "directories: g (shelf 7) is in no directory", 1,
	  "SELECT parent_id = 3 AND name = 'g_7' FROM shelves WHERE id = 7" },
	{ "UPDATE shelves SET parent_id = 8 WHERE id = 7",
	  "directories: g (shelf 7) is in no directory", 1,
	  "SELECT parent_id = 3 AND name = 'g_7' FROM shelves WHERE id = 7" },
	{ "INSERT INTO shelves (id, parent_id, name, mode, creator_id, ctime,"
	  " mtime) VALUES (50, 3, 'g_7', 33188, 1, 0, 0);"
	  "UPDATE shelves SET parent_id = 77 WHERE id = 7",
	  "directories: g (shelf 7) is in no directory", 1,
	  "SELECT parent_id = 3 AND name GLOB 'g_7?*' FROM shelves"
	  " WHERE id = 7" },
	/* a circle */
	{ "UPDATE shelves SET parent_id = 5 WHERE id = 4",
	  "directories: d (shelf 4) cannot be reached", 3,
	  "SELECT parent_id = 3 AND name = 'd_4' FROM shelves WHERE id = 4" },
	{ "UPDATE shelves SET name = 'a/b' WHERE id = 7",
	  "directories: shelf 7 has no possible name", 1,
	  "SELECT name GLOB 'shelf_7_*' FROM shelves WHERE id = 7" },
	{ "DELETE FROM shelves WHERE id = 3",
	  "directories: there is no lost+found", 2,
	  "SELECT name = 'lost+found' FROM shelves WHERE id = 3" },
	{ "DELETE FROM shelves WHERE id = 2", "directories: there is no root",
	  0, "SELECT link_count = 4 FROM shelves WHERE id = 2" },
	{ "UPDATE shelves SET link_count = 9 WHERE id = 4",
	  "links: d (shelf 4) has 3 links, not 9", 1,
	  "SELECT link_count = 3 FROM shelves WHERE id = 4" },
	/* more books than its end needs, and not on purpose */
	{ "UPDATE shelves SET spare_books = 1 WHERE id = 7",
	  "books: g (shelf 7) cannot have 4000000 bytes in 2 books", 1,
	  "SELECT spare_books = 0 AND size_bytes = 4194304 FROM shelves"
	  " WHERE id = 7" },
	/* several names */
	{ "INSERT INTO hard_links VALUES (2, 'x', 99)",
	  "links: name x leads to shelf 99, which does not exist", 1,
	  "SELECT COUNT(*) = 0 FROM hard_links" },
	{ "INSERT INTO hard_links VALUES (2, 'x', 4)",
	  "links: directory d (shelf 4) is x as well", 1,
	  "SELECT COUNT(*) = 0 FROM hard_links" },
	{ "INSERT INTO hard_links VALUES (77, 'x', 7);"
	  "UPDATE shelves SET link_count = 2 WHERE id = 7",
	  "links: name x of shelf 7 is in no directory", 1,
	  "SELECT link_count = 1 FROM shelves WHERE id = 7" },
	{ "INSERT INTO hard_links VALUES (4, 'a/b', 7);"
	  "UPDATE shelves SET link_count = 2 WHERE id = 7",
	  "links: shelf 7 has another name that is not possible", 1,
	  "SELECT link_count = 1 FROM shelves WHERE id = 7" },
	{ "INSERT INTO hard_links VALUES (2, 'l', 7);"
	  "UPDATE shelves SET link_count = 2 WHERE id = 7",
	  "links: l in directory 2 is shelf 8 and shelf 7", 1,
	  "SELECT COUNT(*) = 0 FROM hard_links" },
	{ "INSERT INTO hard_links VALUES (4, 'x', 7)",
	  "links: g (shelf 7) has 2 links, not 1", 1,
	  "SELECT link_count = 2 FROM shelves WHERE id = 7" },
	{ "UPDATE shelves SET name = '.lfs_unlinked_7', link_count = 1"
	  " WHERE id = 7; INSERT INTO hard_links VALUES (4, 'x', 7)",
	  "unlinks: shelf 7 has a name and has none", 2,
	  "SELECT parent_id = 4 AND name = 'x' AND link_count = 1 AND"
	  " NOT EXISTS (SELECT 1 FROM hard_links) FROM shelves WHERE id = 7" },
	/* locks */
	{ "INSERT INTO locks VALUES (99, 0, 1, 'x', 0, 9, 0, 1)",
	  "locks: node 1 has locked shelf 99, which does not exist", 1,
	  "SELECT COUNT(*) = 0 FROM locks" },
	{ "INSERT INTO locks VALUES (7, 0, 9, 'x', 0, 9, 0, 1)",
	  "locks: shelf 7 is locked by node 9, which does not exist", 1,
	  "SELECT COUNT(*) = 0 FROM locks" },
	{ "INSERT INTO locks VALUES (7, 0, 1, 'x', 0, 9, 0, 1),"
	  " (7, 0, 2, 'x', 9, 20, 1, 1), (7, 0, 2, 'x', 21, 30, 1, 1),"
	  " (7, 1, 2, 'x', 0, 30, 1, 1)",
	  "locks: bytes of shelf 7 are locked by node 2, but not only once", 1,
	  "SELECT COUNT(*) = 3 FROM locks" },
	{ "INSERT INTO locks VALUES (7, 0, 1, 'x', 0, 9, 0, 1),"
	  " (7, 0, 1, 'x', 5, 20, 0, 1), (7, 0, 2, 'x', 5, 20, 0, 1)",
	  "locks: bytes of shelf 7 are locked by node 1, but not only once", 1,
	  "SELECT COUNT(*) = 2 FROM locks" },
};

static void check_broken(const struct broken *b)
{
	struct fixture f;
	struct seen seen;
	size_t n;

	set_up_shelves(&f);
	run_sql(f.db, b->sql);
	n = look(&f, &seen);
	if (!strstr(seen.text, b->found) || (b->n && n != b->n))
		fail_msg("%s:\n%zu: %s", b->sql, n, seen.text);
	assert_int_equal(fsck(&f, "-n"), 4);
	assert_int_equal(look(&f, &seen), n); /* a dry run changes nothing */
	assert_int_equal(fsck(&f, NULL), 1);
	if (look(&f, &seen))
		fail_msg("%s:\n%s", b->sql, seen.text);
	if (number(f.db, b->then) != 1)
		fail_msg("%s: not %s", b->sql, b->then);
	assert_int_equal(fsck(&f, NULL), 0);
	fixture_open(&f);
	assert_works(&f, 1, "{'command':'create_shelf','path':'/new'}");
	fixture_end(&f);
}

static void test_broken(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(broken); i++)
		check_broken(&broken[i]);
}

/* Nobody knows what is right. */
static void test_not_mended(void **state)
{
	struct fixture f;
	struct seen seen;

	(void)state;
	set_up_shelves(&f);
	run_sql(f.db, "INSERT INTO books (id, intlv_group, book_num, draw,"
		      " allocated) VALUES (12345, 0, 9, 9, 1);"
		      "UPDATE books_on_shelves SET book_id = 12345"
		      " WHERE shelf_id = 6 AND seq_num = 2");
	/* That book, and the one whose place it has. */
	assert_int_equal(look(&f, &seen), 2);
	assert_int_equal(fsck(&f, NULL), 4 | 1);
	assert_int_equal(look(&f, &seen), 1);
	assert_non_null(strstr(seen.text, "no part of the machine, but on"));
	assert_int_equal(fsck(&f, NULL), 4);
	fixture_end(&f);
}

/* An index that does not have what its table has. */
static void test_index(void **state)
{
	struct fixture f;
	struct seen seen;

	(void)state;
	set_up_shelves(&f);
	run_sql(f.db,
		"PRAGMA writable_schema = ON;"
		"CREATE TABLE was AS SELECT sql FROM sqlite_schema"
		" WHERE name = 'books_zombie';"
		"UPDATE sqlite_schema SET sql = 'CREATE INDEX books_zombie ON"
		" books (id) WHERE allocated = 1' WHERE name = 'books_zombie'");
	run_sql(f.db, "PRAGMA writable_schema = ON; REINDEX books_zombie;"
		      "UPDATE sqlite_schema SET sql = (SELECT sql FROM was)"
		      " WHERE name = 'books_zombie'; DROP TABLE was");
	assert_true(look(&f, &seen) > 0);
	assert_non_null(strstr(seen.text, "file: "));
	assert_int_equal(fsck(&f, NULL), 1);
	assert_int_equal(look(&f, &seen), 0);
	fixture_end(&f);
}

/* What is given back is zero afterwards, and free. */
static void test_zeroes(void **state)
{
	static char book[BOOK];
	struct fixture f;

	(void)state;
	set_up_shelves(&f);
	for (uint64_t i = 0; i < f.books; i++)
		assert_int_equal(pwrite(f.fam_fd, "dirt", 4, (off_t)(i * BOOK)),
				 4);
	run_sql(f.db, "UPDATE books SET allocated = 1 WHERE allocated = 0;"
		      "INSERT INTO shelves (id, parent_id, name, mode,"
		      " creator_id, ctime, mtime)"
		      " VALUES (60, 2, '.lfs_unlinked_60', 33188, 1, 0, 0);"
		      "UPDATE shelves SET name = '.lfs_pending_zero_7',"
		      " parent_id = 2 WHERE id = 7;"
		      "DELETE FROM opened_shelves WHERE shelf_id = 7");
	assert_int_equal(fsck(&f, "--fam"), 1);
	assert_int_equal(
		number(f.db, "SELECT COUNT(*) FROM shelves WHERE id IN (7,60)"),
		0);
	assert_int_equal(
		number(f.db, "SELECT COUNT(*) FROM books WHERE allocated = 0"),
		13);
	fixture_open(&f);
	for (uint64_t i = 0; i < f.books; i++) {
		uint64_t id = lza_make((unsigned)(i / 8), (unsigned)(i % 8));
		char sql[100];

		(void)snprintf(sql, sizeof(sql),
			       "SELECT allocated FROM books WHERE id = %llu",
			       (unsigned long long)id);
		assert_int_equal(pread(f.fam_fd, book, BOOK, (off_t)(i * BOOK)),
				 BOOK);
		assert_string_equal(book, number(f.db, sql) ? "dirt" : "");
	}
	fixture_end(&f);
}

/* Where nodes zero, books wait for that on shelves. */
static void test_pending(void **state)
{
	struct fixture f;
	struct seen seen;

	(void)state;
	set_up_shelves(&f);
	f.conf.fam_fd = -1;
	fixture_open(&f);
	assert_works(&f, 1,
		     "{'command':'rename_shelf','path':'/g',"
		     "'newpath':'/.lfs_pending_zero_7'}");
	assert_works(&f, 1, "{'command':'resize_shelf','id':6,'size_bytes':1}");
	fixture_close(&f);
	if (look(&f, &seen))
		fail_msg("%s", seen.text);
	assert_int_equal(
		number(f.db, "SELECT COUNT(*) FROM books WHERE allocated = 2"),
		4);
	assert_int_equal(fsck(&f, NULL), 0);
	assert_int_equal(
		number(f.db, "SELECT COUNT(*) FROM books WHERE allocated = 2"),
		4);
	fixture_end(&f);
}

static void test_closes(void **state)
{
	struct fixture f;

	(void)state;
	set_up_shelves(&f);
	assert_int_equal(fsck(&f, NULL), 0);
	assert_int_equal(number(f.db, "SELECT COUNT(*) FROM opened_shelves"),
			 2);
	assert_int_equal(fsck(&f, "-c"), 0);
	assert_int_equal(number(f.db, "SELECT COUNT(*) FROM opened_shelves"),
			 0);
	fixture_end(&f);
}

static void test_refuses(void **state)
{
	struct fixture f;

	(void)state;
	set_up_shelves(&f);
	fixture_open(&f);
	assert_int_equal(fsck(&f, NULL), 8); /* somebody serves it */
	assert_int_equal(fsck(&f, "-n"), 8);
	fixture_close(&f);
	assert_int_equal(fsck(&f, "-x"), 16);
	assert_int_equal(fsck(&f, "more"), 16);
	run_sql(f.db, "DELETE FROM globals");
	assert_int_equal(fsck(&f, NULL), 8);
	run_sql(f.db, "PRAGMA user_version = 1");
	assert_int_equal(fsck(&f, "-n"), 8);
	run_sql(f.db, "PRAGMA user_version = 99");
	assert_int_equal(fsck(&f, NULL), 8);
	fixture_end(&f);
}

/* The same while it is served. */
static void test_self_check(void **state)
{
	struct fixture f;
	json_t *v;

	(void)state;
	set_up_shelves(&f);
	fixture_open(&f);
	assert_fails(EPERM, &f, 1, "{'command':'self_check'}");
	f.session.local = true;
	assert_int_equal(
		reply_int(ask(&f, 1, "{'command':'self_check'}"), "count"), 0);
	f.lib.auth.mode = AUTH_TOKEN;
	f.session.hello = true;
	assert_fails(EPERM, &f, 1, "{'command':'self_check'}");
	f.session.admin = true;
	run_sql(f.db,
		"UPDATE shelves SET link_count = 9 WHERE id = 4;"
		"UPDATE books SET allocated = 1 WHERE id = (SELECT MIN(id)"
		" FROM books WHERE allocated = 0)");
	v = reply_value(ask(&f, 0, "{'command':'self_check'}"));
	assert_int_equal(json_integer_value(json_object_get(v, "count")), 4);
	assert_string_equal(json_string_value(json_array_get(
				    json_object_get(v, "problems"), 1)),
			    "links: d (shelf 4) has 3 links, not 9");
	assert_string_equal(json_string_value(json_array_get(
				    json_object_get(v, "problems"), 2)),
			    "counts: 10 books are free, 11 are known to be");
	json_decref(v);
	fixture_end(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_wrong),
		cmocka_unit_test(test_broken),
		cmocka_unit_test(test_not_mended),
		cmocka_unit_test(test_index),
		cmocka_unit_test(test_zeroes),
		cmocka_unit_test(test_pending),
		cmocka_unit_test(test_closes),
		cmocka_unit_test(test_refuses),
		cmocka_unit_test(test_self_check),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
