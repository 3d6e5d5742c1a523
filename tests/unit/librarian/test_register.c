/* SPDX-License-Identifier: MIT */

/* test_register.c - Databases: made, kept, replaced, refused */

#include "fixture.h"

#include <fcntl.h>
#include <sqlite3.h>

#include "schema.h"

static int put_books(struct fixture *f, uint32_t nodes, uint32_t books,
		     bool force, enum register_result *ret_result,
		     struct err *e)
{
	CLEANUP_DB struct db *db = NULL;
	struct topology t;
	char ini[128];

	(void)snprintf(ini, sizeof(ini),
		       "[global]\nnode_count=%u\nbook_size_bytes=2M\n"
		       "nvm_size_per_node=%uB\n",
		       nodes, books);
	assert_int_equal(topology_parse_ini(ini, "x", &t, e), 0);
	assert_int_equal(db_open(f->db, DB_CREATE, &db, e), 0);
	return register_topology(db, &t, force, ret_result, e);
}

static int put(struct fixture *f, uint32_t nodes, bool force,
	       enum register_result *ret_result, struct err *e)
{
	return put_books(f, nodes, 4, force, ret_result, e);
}

static void test_again(void **state)
{
	enum register_result result;
	struct fixture f;
	struct err e = { 0 };

	(void)state;
	fixture_make(&f, 2, 4);
	assert_int_equal(put(&f, 2, false, &result, &e), 0);
	assert_int_equal(result, REGISTER_SAME);
	/* empty: another one takes its place */
	assert_int_equal(put(&f, 3, false, &result, &e), 0);
	assert_int_equal(result, REGISTER_DONE);
	f.conf.fam_fd = -1;
	fixture_open(&f);
	assert_int_equal(reply_int(ask(&f, 3, "{'command':'get_fs_stats'}"),
				   "books_total"),
			 12);
	fixture_end(&f);
}

static void test_shelves_are_not_lost(void **state)
{
	enum register_result result;
	struct fixture f;
	struct err e = { 0 };

	(void)state;
	fixture_make(&f, 2, 4);
	fixture_open(&f);
	assert_int_equal(
		reply_int(ask(&f, 1, "{'command':'create_shelf','path':'/a'}"),
			  "id"),
		4);
	assert_works(&f, 1,
		     "{'command':'resize_shelf','id':4,'size_bytes':5000000}");
	fixture_close(&f);
	assert_int_equal(put(&f, 2, false, &result, &e), 0);
	assert_int_equal(result, REGISTER_SAME);
	/* Three books of 2 MiB: one is all that there would be. */
	assert_int_equal(put_books(&f, 1, 1, false, &result, &e), -EEXIST);
	assert_non_null(strstr(e.msg, "1 shelves"));
	fixture_open(&f);
	assert_works(&f, 1, "{'command':'get_shelf','path':'/a'}");
	fixture_close(&f);
	assert_int_equal(put(&f, 3, true, &result, &e), 0);
	assert_int_equal(result, REGISTER_DONE);
	f.conf.fam_fd = -1;
	fixture_open(&f);
	assert_fails(ENOENT, &f, 1, "{'command':'get_shelf','path':'/a'}");
	assert_int_equal(reply_int(ask(&f, 1, "{'command':'get_fs_stats'}"),
				   "books_used"),
			 0);
	fixture_end(&f);
}

/* Flat numbers of the books of /a, as text. */
static void places(struct fixture *f, char *buf, size_t size)
{
	CLEANUP_JSON json_t *reply = ask(
		f, 1, "{'command':'get_shelf','path':'/a','want_books':true}");
	CLEANUP_FREE char *text = json_line(
		json_object_get(json_object_get(reply, "value"), "books"));

	assert_non_null(text);
	(void)snprintf(buf, size, "%s", text);
}

/* Other nodes share the same memory: every shelf keeps its place in it. */
static void test_regrouped(void **state)
{
	static const uint32_t shapes[][2] = { { 4, 2 }, { 1, 8 },  { 8, 1 },
					      { 3, 4 }, { 16, 1 }, { 2, 4 } };
	char before[128], now[128];
	enum register_result result;
	struct err e = { 0 };
	struct fixture f;

	(void)state;
	fixture_make(&f, 2, 4);
	fixture_open(&f);
	assert_works(&f, 1, "{'command':'create_shelf','path':'/a'}");
	assert_works(&f, 2, "{'command':'create_shelf','path':'/b'}");
	assert_works(&f, 1,
		     "{'command':'resize_shelf','id':4,'size_bytes':5000000}");
	assert_works(&f, 1,
		     "{'command':'resize_shelf','id':5,'size_bytes':9000000}");
	places(&f, before, sizeof(before));
	fixture_close(&f);
	f.conf.fam_fd = -1; /* it is made for eight books */
	for (size_t i = 0; i < ARRAY_SIZE(shapes); i++) {
		assert_int_equal(put_books(&f, shapes[i][0], shapes[i][1],
					   false, &result, &e),
				 0);
		assert_int_equal(result, REGISTER_REGROUPED);
		fixture_open(&f);
		places(&f, now, sizeof(now));
		assert_string_equal(now, before);
		assert_int_equal(
			reply_int(ask(&f, 1, "{'command':'get_fs_stats'}"),
				  "books_used"),
			8);
		fixture_close(&f);
	}
	fixture_open(&f);
	fixture_end(&f);
}

static void put_text(struct fixture *f, const char *text, int error,
		     enum register_result result)
{
	CLEANUP_DB struct db *db = NULL;
	enum register_result got;
	struct err e = { 0 };
	struct topology t;

	if (topology_parse(text, "x", &t, &e) < 0)
		fail_msg("%s", e.msg);
	assert_int_equal(db_open(f->db, DB_CREATE, &db, &e), 0);
	assert_int_equal(register_topology(db, &t, false, &got, &e), error);
	if (!error)
		assert_int_equal(got, result);
	topology_deinit(&t);
}

#define PHYSICAL(low)                                          \
	"[global]\nnode_count=3\nbook_size_bytes=2M\n"         \
	"[a]\nnode_id=1\nnvm_size=2B @ 0x80000000\n 1B @ " low \
	"\n[b]\nnode_id=2\nnvm_size=0 @ 0x0\n"                 \
	"[c]\nnode_id=13\nnvm_size=2B @ 0x60000000\n"

/* Addresses of the machine are the books' ids, and say where they are. */
static void test_physical(void **state)
{
	CLEANUP_FREE char *text = NULL, *text_of_books = NULL;
	struct fixture f;
	json_t *v;

	(void)state;
	fixture_make(&f, 2, 4);
	put_text(&f, PHYSICAL("0x40000000"), 0, REGISTER_DONE);
	fixture_open(&f);
	v = reply_value(ask(&f, 13, "{'command':'get_fs_stats'}"));
	text = json_dumps(v, JSON_COMPACT | JSON_SORT_KEYS);
	assert_non_null(strstr(text, "\"BIImode\":1,"));
	assert_non_null(strstr(text, "\"books_total\":5,"));
	assert_non_null(strstr(text, "\"nodes_total\":3,"));
	assert_non_null(strstr(text, "{\"0\":[3,1073741824],"
				     "\"12\":[2,1610612736]}"));
	json_decref(v);
	assert_int_equal(pool_flat(&f.lib.pool, 0x40000000), 0);
	assert_int_equal(pool_flat(&f.lib.pool, 0x60200000), 2);
	assert_int_equal(pool_flat(&f.lib.pool, 0x80000000), 3);
	assert_int_equal(pool_ig_of(&f.lib.pool, 0x80200000), 0);
	assert_int_equal(pool_ig_of(&f.lib.pool, 0x60000000), 12);
	assert_null(pool_range(&f.lib.pool, 0x80400000));
	assert_null(pool_range(&f.lib.pool, 0x50000000));
	/* Groups are found by their addresses, too. */
	assert_works(&f, 13, "{'command':'create_shelf','path':'/l'}");
	assert_works(&f, 13,
		     "{'command':'set_xattr','path':'/l',"
		     "'xattr':'user.LFS.AllocationPolicy',"
		     "'value':'LocalNode'}");
	assert_fails(ENOSPC, &f, 13,
		     "{'command':'resize_shelf','path':'/l',"
		     "'size_bytes':4194305}");
	assert_works(&f, 13,
		     "{'command':'resize_shelf','path':'/l',"
		     "'size_bytes':4194304}");
	v = reply_value(ask(&f, 13,
			    "{'command':'get_shelf','path':'/l',"
			    "'want_books':true}"));
	text_of_books = json_line(json_object_get(v, "books"));
	assert_string_equal(text_of_books, "[1,2]");
	json_decref(v);
	assert_works(&f, 13,
		     "{'command':'resize_shelf','path':'/l','size_bytes':0}");
	assert_int_equal(zero_all(&f.lib), 0);
	assert_works(&f, 13, "{'command':'create_shelf','path':'/a'}");
	/* all of them: 0x4, 0x6 twice, 0x8 twice */
	assert_works(&f, 13,
		     "{'command':'resize_shelf','path':'/a',"
		     "'size_bytes':10485760}");
	assert_fails(ENOSPC, &f, 13,
		     "{'command':'resize_shelf','path':'/a',"
		     "'size_bytes':10485761}");
	v = reply_value(
		ask(&f, 13, "{'command':'list_shelf_books','path':'/a'}"));
	assert_int_equal(json_array_size(v), 5);
	for (size_t i = 0; i < 5; i++) {
		json_t *b = json_array_get(v, i);
		json_int_t id = json_integer_value(json_object_get(b, "id"));

		assert_int_equal(
			json_integer_value(json_object_get(b, "intlv_group")),
			1 << 16 | (int)pool_ig_of(&f.lib.pool, (uint64_t)id));
	}
	json_decref(v);
	fixture_close(&f);
	put_text(&f, PHYSICAL("0x40000000"), 0, REGISTER_SAME);
	/* Its data would be somewhere else. */
	put_text(&f, PHYSICAL("0x20000000"), -EEXIST, 0);
	put_text(&f,
		 "[global]\nnode_count=4\nbook_size_bytes=2M\n"
		 "nvm_size_per_node=8B\n",
		 -EEXIST, 0);
	fixture_end(&f);
}

/* The same memory in the long form and as JSON; names change no shelf. */
static void test_forms(void **state)
{
	static const char ini[] =
		"[global]\nnode_count=2\nbook_size_bytes=2M\nrack=r\n"
		"[a]\nnode_id=1\nnvm_size=4B\n[b]\nnode_id=2\nnvm_size=4B\n";
	CLEANUP_FREE char *json = NULL;
	struct err e = { 0 };
	struct topology t;
	struct fixture f;

	(void)state;
	fixture_make(&f, 2, 4);
	fixture_open(&f);
	assert_works(&f, 1, "{'command':'create_shelf','path':'/a'}");
	fixture_close(&f);
	put_text(&f, ini, 0, REGISTER_SAME);
	assert_int_equal(topology_parse(ini, "x", &t, &e), 0);
	json = topology_to_json(&t);
	put_text(&f, json, 0, REGISTER_SAME);
	put_text(&f,
		 "[global]\nnode_count=2\nbook_size_bytes=2M\n"
		 "[a]\nnode_id=1\nnvm_size=4B\n[b]\nnode_id=3\nnvm_size=4B\n",
		 0, REGISTER_REGROUPED);
	fixture_open(&f);
	assert_works(&f, 3, "{'command':'get_shelf','path':'/a'}");
	assert_fails(EPERM, &f, 2, "{'command':'get_shelf','path':'/a'}");
	fixture_end(&f);
}

/* A database from before the machine was described. */
static void test_migrated(void **state)
{
	struct err e = { 0 };
	struct fixture f;
	struct db *db;
	char path[160];
	sqlite3 *sq;

	(void)state;
	fixture_make(&f, 2, 4);
	(void)snprintf(path, sizeof(path), "%s/old", f.dir);
	assert_int_equal(sqlite3_open(path, &sq), SQLITE_OK);
	assert_int_equal(sqlite3_exec(sq, schema_migrations[0], NULL, NULL,
				      NULL),
			 SQLITE_OK);
	assert_int_equal(
		sqlite3_exec(sq,
			     "PRAGMA application_id = 0x46414d4c;"
			     "PRAGMA user_version = 1;"
			     "INSERT INTO globals (one, book_size_bytes,"
			     " default_policy) VALUES (1, 2097152, 'x');"
			     "INSERT INTO nodes VALUES (12, 11, 3, 'node12');"
			     "INSERT INTO books (id, intlv_group, book_num,"
			     " draw) VALUES (774056185954304, 11, 0, 0),"
			     " (774064775888896, 11, 1, 0),"
			     " (774073365823488, 11, 2, 0);",
			     NULL, NULL, NULL),
		SQLITE_OK);
	(void)sqlite3_close(sq);
	if (db_open(path, DB_EXISTING, &db, &e) < 0)
		fail_msg("%s", e.msg);
	assert_int_equal(pool_load(db, &f.lib.pool, &e), 0);
	assert_int_equal(pool_flat(&f.lib.pool, 774073365823488), 2);
	(void)db_close(db);
	fixture_end(&f);
}

static int open_error(const char *path, struct err *e)
{
	struct db *db;

	*e = (struct err){ 0 };
	return db_open(path, DB_EXISTING, &db, e);
}

static void run_sql(const char *path, const char *sql)
{
	sqlite3 *sq;

	assert_int_equal(sqlite3_open(path, &sq), SQLITE_OK);
	assert_int_equal(sqlite3_exec(sq, sql, NULL, NULL, NULL), SQLITE_OK);
	(void)sqlite3_close(sq);
}

static void test_refused_databases(void **state)
{
	char path[160];
	struct fixture f;
	struct err e;

	(void)state;
	fixture_make(&f, 1, 4);
	(void)snprintf(path, sizeof(path), "%s/none", f.dir);
	assert_int_equal(open_error(path, &e), -ENOENT);
	assert_int_equal(open_error(f.dir, &e), -EISDIR);

	(void)snprintf(path, sizeof(path), "%s/text", f.dir);
	assert_int_equal(file_write(AT_FDCWD, path,
				    "this is not a database at all, though "
				    "it is longer than a header of one has "
				    "to be to be looked at in earnest......",
				    110, 0600),
			 0);
	assert_int_equal(open_error(path, &e), -EUCLEAN);

	(void)snprintf(path, sizeof(path), "%s/empty", f.dir);
	assert_int_equal(file_write(AT_FDCWD, path, "", 0, 0600), 0);
	assert_int_equal(open_error(path, &e), -ENODATA);
	assert_non_null(strstr(e.msg, "register"));

	(void)snprintf(path, sizeof(path), "%s/other", f.dir);
	run_sql(path, "CREATE TABLE t (x)");
	assert_int_equal(open_error(path, &e), -EINVAL);
	assert_non_null(strstr(e.msg, "another program"));

	run_sql(f.db, "PRAGMA user_version = 99");
	assert_int_equal(open_error(f.db, &e), -EINVAL);
	assert_non_null(strstr(e.msg, "newer"));
	fixture_end(&f);
}

static void test_damaged_database(void **state)
{
	struct fixture f;
	struct err e;
	char page[4096];
	int fd;

	(void)state;
	fixture_make(&f, 1, 4000);
	fd = open(f.db, O_WRONLY | O_CLOEXEC);
	memset(page, 0xa5, sizeof(page));
	for (off_t p = 20; p < 24; p++)
		assert_int_equal(pwrite(fd, page, sizeof(page), p * 4096),
				 sizeof(page));
	(void)close(fd);
	assert_int_equal(open_error(f.db, &e), -EUCLEAN);
	assert_non_null(strstr(e.msg, "damaged"));
	fixture_end(&f);
}

static void test_one_at_a_time(void **state)
{
	struct fixture f;
	struct err e;

	(void)state;
	fixture_make(&f, 1, 4);
	fixture_open(&f);
	assert_int_equal(open_error(f.db, &e), -EBUSY);
	assert_non_null(strstr(e.msg, "in use"));
	fixture_end(&f);
}

static void test_small_fam(void **state)
{
	struct librarian lib;
	struct fixture f;
	struct err e = { 0 };

	(void)state;
	fixture_make(&f, 2, 4);
	assert_int_equal(ftruncate(f.fam_fd, 7 * BOOK), 0);
	assert_int_equal(librarian_init(&lib, &f.conf, &e), -EINVAL);
	assert_non_null(strstr(e.msg, "14M"));
	assert_non_null(strstr(e.msg, "16M"));
	fixture_end(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_again),
		cmocka_unit_test(test_shelves_are_not_lost),
		cmocka_unit_test(test_regrouped),
		cmocka_unit_test(test_physical),
		cmocka_unit_test(test_forms),
		cmocka_unit_test(test_migrated),
		cmocka_unit_test(test_refused_databases),
		cmocka_unit_test(test_damaged_database),
		cmocka_unit_test(test_one_at_a_time),
		cmocka_unit_test(test_small_fam),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
