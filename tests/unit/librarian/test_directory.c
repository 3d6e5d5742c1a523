/* SPDX-License-Identifier: MIT */

/* test_directory.c - Directories, symbolic links, and paths through them */

#include "query.h"

#include <sqlite3.h>
#include <sys/stat.h>

#include "schema.h"

#define MKDIR(path) "{'command':'mkdir','path':'" path "','mode':16895}"
#define RMDIR(path) "{'command':'rmdir','path':'" path "'}"
#define CREATE(path) "{'command':'create_shelf','path':'" path "'}"
#define GET(path) "{'command':'get_shelf','path':'" path "'}"
#define DESTROY(path) "{'command':'destroy_shelf','path':'" path "'}"
#define SYMLINK(path, target) \
	"{'command':'symlink','path':'" path "','target':'" target "'}"
#define RENAME(path, to) \
	"{'command':'rename_shelf','path':'" path "','newpath':'" to "'}"
#define REPLACE(path, to)                                            \
	"{'command':'rename_shelf','path':'" path "','newpath':'" to \
	"','replace':true}"

static int set_up(void **state)
{
	*state = fixture_new(2, 8);
	return 0;
}

static int64_t links(struct fixture *f, const char *path)
{
	return reply_int(ask(f, 1, "{'command':'get_shelf','path':'%s'}", path),
			 "link_count");
}

static void test_mkdir(void **state)
{
	struct fixture *f = *state;
	CLEANUP_JSON json_t *d = NULL;

	assert_int_equal(links(f, "/"), 3); /* lost+found */
	d = reply_value(ask(f, 2, MKDIR("/d")));
	assert_int_equal(json_integer_value(json_object_get(d, "mode")),
			 S_IFDIR | 0777);
	assert_int_equal(json_integer_value(json_object_get(d, "link_count")),
			 2);
	assert_int_equal(json_integer_value(json_object_get(d, "creator_id")),
			 2);
	assert_int_equal(links(f, "/"), 4);
	assert_int_equal(reply_int(ask(f, 1,
				       "{'command':'mkdir','path':'/m',"
				       "'mode':448}"),
				   "mode"),
			 S_IFDIR | 0700);
	assert_works(f, 1, RMDIR("/m"));
	assert_works(f, 1, MKDIR("/d/e"));
	assert_works(f, 1, MKDIR("d/f/")); /* slashes are not minded */
	assert_works(f, 1, CREATE("/d//e/file"));
	assert_int_equal(links(f, "/d"), 4);
	assert_int_equal(links(f, "/d/e"), 2);
	assert_int_equal(links(f, "/d/e/file"), 1);
	/* theirs: success */
	assert_fails(EEXIST, f, 1, MKDIR("/d"));
	assert_fails(EEXIST, f, 1, MKDIR("/d/e/file"));
	assert_fails(EINVAL, f, 1, MKDIR("/"));
	assert_fails(EINVAL, f, 1, MKDIR("/d/.."));
	/* theirs: the text of an exception, EINVAL */
	assert_fails(ENOENT, f, 1, MKDIR("/no/d"));
	assert_fails(ENOENT, f, 1, GET("/no/d/e"));
	assert_fails(ENOTDIR, f, 1, MKDIR("/d/e/file/d"));
	assert_fails(ENOTDIR, f, 1, GET("/d/e/file/d"));
	assert_fails(ENOENT, f, 1, "{'command':'list_shelves','path':'/no/d'}");
	assert_fails(EPERM, f, 1, MKDIR("/" LIBRARIAN_UNLINKED "9"));
	assert_fails(EINVAL, f, 1,
		     "{'command':'mkdir','path':'/x','mode':33188}");
	assert_int_equal(links(f, "/"), 4);
}

static void test_rmdir(void **state)
{
	struct fixture *f = *state;

	assert_works(f, 1, MKDIR("/d"));
	assert_works(f, 1, MKDIR("/d/e"));
	assert_works(f, 1, CREATE("/d/e/file"));
	assert_fails(ENOTEMPTY, f, 1, RMDIR("/d"));
	assert_fails(ENOTEMPTY, f, 1, RMDIR("/d/e"));
	assert_fails(ENOTDIR, f, 1, RMDIR("/d/e/file"));
	assert_fails(EBUSY, f, 1, RMDIR("/"));
	assert_fails(EPERM, f, 1, RMDIR("/lost+found"));
	assert_fails(EPERM, f, 1, RENAME("/lost+found", "/lost"));
	assert_fails(EISDIR, f, 1, DESTROY("/d"));
	assert_fails(EISDIR, f, 1, "{'command':'open_shelf','path':'/d'}");
	assert_fails(EISDIR, f, 1,
		     "{'command':'resize_shelf','path':'/d','size_bytes':1}");
	f->session.admin = true;
	assert_works(f, 0, "{'command':'node_down','node_id':1}");
	assert_works(f, 1, DESTROY("/d/e/file"));
	assert_works(f, 1, RMDIR("/d/e"));
	assert_int_equal(links(f, "/d"), 2);
	assert_works(f, 1, RMDIR("/d"));
	assert_fails(ENOENT, f, 1, RMDIR("/d"));
	assert_int_equal(links(f, "/"), 3);
}

static void test_list(void **state)
{
	struct fixture *f = *state;
	CLEANUP_JSON json_t *list = NULL;
	static const char *const names[] = { ".", "..", "a", "b" };
	int64_t d;

	d = reply_int(ask(f, 1, MKDIR("/d")), "id");
	assert_works(f, 1, MKDIR("/d/b"));
	assert_works(f, 1, CREATE("/d/a"));
	assert_works(f, 1, CREATE("/z"));
	list = reply_value(ask(f, 1, "{'command':'list_shelves','path':'/d'}"));
	assert_int_equal(json_array_size(list), ARRAY_SIZE(names));
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		assert_string_equal(json_string_value(json_object_get(
					    json_array_get(list, i), "name")),
				    names[i]);
	assert_int_equal(json_integer_value(json_object_get(
				 json_array_get(list, 0), "id")),
			 d);
	assert_int_equal(json_integer_value(json_object_get(
				 json_array_get(list, 1), "id")),
			 2);
}

static void test_move(void **state)
{
	struct fixture *f = *state;

	assert_works(f, 1, MKDIR("/a"));
	assert_works(f, 1, MKDIR("/a/b"));
	assert_works(f, 1, MKDIR("/a/b/c"));
	assert_works(f, 1, CREATE("/a/b/c/file"));
	/* not into itself */
	assert_fails(EINVAL, f, 1, RENAME("/a", "/a/x"));
	assert_fails(EINVAL, f, 1, RENAME("/a", "/a/b/c/x"));
	assert_fails(EINVAL, f, 1, REPLACE("/a", "/a/b/c"));
	assert_works(f, 1, RENAME("/a/b", "/b"));
	assert_int_equal(links(f, "/"), 5);
	assert_int_equal(links(f, "/a"), 2);
	assert_int_equal(links(f, "/b"), 3);
	assert_works(f, 1, GET("/b/c/file"));
	assert_fails(ENOENT, f, 1, GET("/a/b"));
	/* files move without counting */
	assert_works(f, 1, RENAME("/b/c/file", "/a/file"));
	assert_int_equal(links(f, "/b/c"), 2);
	assert_int_equal(links(f, "/a"), 2);
	/* onto what exists */
	assert_fails(EEXIST, f, 1, RENAME("/b", "/a"));
	assert_fails(ENOTEMPTY, f, 1, REPLACE("/b", "/a"));
	assert_fails(ENOTDIR, f, 1, REPLACE("/b", "/a/file"));
	assert_fails(EISDIR, f, 1, REPLACE("/a/file", "/b"));
	assert_works(f, 1, REPLACE("/a", "/b/c"));
	assert_works(f, 1, GET("/b/c/file"));
	assert_int_equal(links(f, "/"), 4);
	assert_int_equal(links(f, "/b"), 3);
	assert_fails(ENOENT, f, 1, RENAME("/b", "/no/b"));
	assert_fails(ENOTDIR, f, 1, RENAME("/b", "/b/c/file/x"));
}

static void test_paths(void **state)
{
	struct fixture *f = *state;
	CLEANUP_JSON json_t *p = NULL, *root = NULL, *b = NULL;
	char deep[4096] = "";
	int64_t c;
	int made = 0;

	assert_works(f, 1, MKDIR("/a"));
	assert_works(f, 1, MKDIR("/a/b"));
	c = reply_int(ask(f, 1, CREATE("/a/b/c")), "parent_id");
	p = reply_value(ask(f, 1,
			    "{'command':'get_shelf_path','name':'c',"
			    "'parent_id':%lld}",
			    (long long)c));
	assert_string_equal(json_string_value(p), "/a/b/c");
	root = reply_value(ask(f, 1,
			       "{'command':'get_shelf_path','name':'.',"
			       "'parent_id':2}"));
	assert_string_equal(json_string_value(root), "/");
	assert_fails(ENOENT, f, 1,
		     "{'command':'get_shelf_path','name':'x','parent_id':2}");
	/* "b", as a name that is no UTF-8 comes */
	b = reply_value(
		ask(f, 1,
		    "{'command':'get_shelf_path','name_b64':'Yg==',"
		    "'parent_id':%lld}",
		    (long long)reply_int(ask(f, 1, GET("/a/b")), "parent_id")));
	assert_string_equal(json_string_value(b), "/a/b");
	assert_fails(ENOENT, f, 1,
		     "{'command':'get_shelf_path','name':'c',"
		     "'parent_id':77}");
	assert_fails(EINVAL, f, 1, "{'command':'get_shelf_path','name':'c'}");
	/* a path has an end, however many directories there are */
	for (;;) {
		size_t len = strlen(deep);

		(void)snprintf(deep + len, sizeof(deep) - len, "/%0200d", made);
		if (reply_errno(ask(f, 1, "{'command':'mkdir','path':'%s'}",
				    deep)) != 0)
			break;
		made++;
		if (len + 2 * 201 >= sizeof(deep) - 64)
			break;
	}
	assert_true(made > 15);
	memset(deep, '/', sizeof(deep) - 1);
	deep[sizeof(deep) - 1] = '\0';
	assert_works(f, 1, "{'command':'get_shelf','path':'%.3900s'}", deep);
}

static void test_symlinks(void **state)
{
	struct fixture *f = *state;
	CLEANUP_JSON json_t *s = NULL, *t = NULL;

	s = reply_value(ask(f, 1, SYMLINK("/l", "../no/where")));
	assert_int_equal(json_integer_value(json_object_get(s, "mode")),
			 S_IFLNK | 0777);
	t = reply_value(ask(f, 2, "{'command':'readlink','path':'/l'}"));
	assert_string_equal(json_string_value(t), "../no/where");
	assert_fails(EEXIST, f, 1, SYMLINK("/l", "x"));
	assert_fails(ENOENT, f, 1, SYMLINK("/m", ""));
	assert_fails(ENOENT, f, 1, SYMLINK("/no/m", "x"));
	assert_fails(EINVAL, f, 1, "{'command':'symlink','path':'/m'}");
	assert_fails(EINVAL, f, 1, "{'command':'readlink','path':'/'}");
	assert_fails(ENOENT, f, 1, "{'command':'readlink','path':'/x'}");
	assert_fails(ELOOP, f, 1, "{'command':'open_shelf','path':'/l'}");
	assert_fails(ELOOP, f, 1, CREATE("/l"));
	/* whoever follows links is the client */
	assert_fails(ENOTDIR, f, 1, GET("/l/x"));
	assert_fails(EINVAL, f, 1,
		     "{'command':'resize_shelf','path':'/l','size_bytes':1}");
	/* it goes, and its row: theirs stays */
	assert_int_equal(number(f, "SELECT COUNT(*) FROM links"), 1);
	assert_works(f, 1, RENAME("/l", "/m"));
	assert_works(f, 1, "{'command':'readlink','path':'/m'}");
	assert_works(f, 1, DESTROY("/m"));
	assert_int_equal(number(f, "SELECT COUNT(*) FROM links"), 0);
	assert_works(f, 1, SYMLINK("/l", "x"));
	assert_works(f, 1, CREATE("/a"));
	assert_works(f, 1, REPLACE("/a", "/l"));
	assert_int_equal(number(f, "SELECT COUNT(*) FROM links"), 0);
}

/* mknod(2) of their node daemon. */
static void test_block_device(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(reply_int(ask(f, 1,
				       "{'command':'create_shelf',"
				       "'path':'/blk','mode':%d}",
				       S_IFBLK | 0600),
				   "mode"),
			 S_IFBLK | 0600);
	assert_works(f, 1,
		     "{'command':'resize_shelf','path':'/blk','id':4,"
		     "'size_bytes':4194304,'zero_enabled':true}");
	assert_fails(EINVAL, f, 1,
		     "{'command':'create_shelf','path':'/chr','mode':%d}",
		     S_IFCHR | 0600);
}

static void test_books(void **state)
{
	struct fixture *f = *state;
	CLEANUP_JSON json_t *all = NULL, *ig = NULL, *two = NULL, *info = NULL;
	CLEANUP_JSON json_t *book = NULL, *want = NULL;
	unsigned on_shelf = 0;

	assert_works(f, 1, CREATE("/a"));
	assert_works(f, 1,
		     "{'command':'set_xattr','path':'/a',"
		     "'xattr':'user.LFS.AllocationPolicy',"
		     "'value':'LZAascending'}");
	assert_works(f, 1,
		     "{'command':'resize_shelf','path':'/a',"
		     "'size_bytes':6291456}");
	all = reply_value(ask(f, 1, "{'command':'get_book_all'}"));
	assert_int_equal(json_array_size(all), 16);
	book = reply_value(
		ask(f, 1, "{'command':'get_book','id':%lld}", 1LL << 46));
	want = quoted("{'id':70368744177664,'intlv_group':1,'book_num':0,"
		      "'allocated':0,'attributes':0}");
	assert_true(json_equal(book, want));
	assert_true(json_equal(json_array_get(all, 8), want));
	assert_fails(ENOENT, f, 1, "{'command':'get_book','id':1}");
	assert_fails(EINVAL, f, 1, "{'command':'get_book'}");
	ig = reply_value(
		ask(f, 1, "{'command':'get_book_ig','intlv_group':[1]}"));
	assert_int_equal(json_array_size(ig), 8);
	two = reply_value(
		ask(f, 1, "{'command':'get_book_ig','intlv_group':[0,1,9]}"));
	assert_true(json_equal(two, all));
	assert_fails(EINVAL, f, 1, "{'command':'get_book_ig'}");
	assert_fails(EINVAL, f, 1,
		     "{'command':'get_book_ig','intlv_group':['x']}");
	info = reply_value(
		ask(f, 1, "{'command':'get_book_info_all','intlv_group':0}"));
	assert_int_equal(json_array_size(info), 8);
	for (size_t i = 0; i < 8; i++) {
		const json_t *b = json_array_get(info, i);

		assert_int_equal(json_object_size(b), 12);
		if (json_is_null(json_object_get(b, "shelf_id")))
			continue;
		assert_string_equal(
			json_string_value(json_object_get(b, "name")), "a");
		assert_int_equal(
			json_integer_value(json_object_get(b, "seq_num")),
			++on_shelf);
	}
	assert_int_equal(on_shelf, 3);
	assert_works(f, 1, "{'command':'kill_zombie_books'}");
	assert_works(f, 1, "{'command':'update_node_mc_status','status':1}");
	assert_int_equal(f->lib.nodes.node[1].mc_status, NODE_ACTIVE);
	assert_fails(EINVAL, f, 1,
		     "{'command':'update_node_mc_status','status':7}");
}

/* Their command line sends all parameters as texts. */
static void test_texts_for_numbers(void **state)
{
	struct fixture *f = *state;
	CLEANUP_JSON json_t *ig = NULL;

	assert_works(f, 0,
		     "{'command':'create_shelf','path':'a','mode':'33188',"
		     "'context':{'node_id':'2','pid':'77'}}");
	assert_int_equal(reply_int(ask(f, 1, GET("/a")), "creator_id"), 2);
	assert_works(f, 1,
		     "{'command':'resize_shelf','path':'a','id':'4',"
		     "'size_bytes':'2097153','zero_enabled':'False'}");
	assert_int_equal(reply_int(ask(f, 1, GET("/a")), "book_count"), 2);
	assert_fails(EINVAL, f, 1,
		     "{'command':'resize_shelf','path':'a','id':'4',"
		     "'size_bytes':'-1'}");
	assert_fails(EINVAL, f, 1,
		     "{'command':'resize_shelf','path':'a','id':'4',"
		     "'size_bytes':'99999999999999999999'}");
	assert_works(f, 2,
		     "{'command':'close_shelf','id':'4','open_handle':'1'}");
	ig = reply_value(
		ask(f, 1, "{'command':'get_book_ig','intlv_group':'1'}"));
	assert_int_equal(json_array_size(ig), 8);
	assert_works(f, 1, "{'command':'get_book','id':'0'}");
}

/* A database of the first version, in which somebody has made a lost+found. */
static void test_lost_found_of_old(void **state)
{
	struct fixture *f = *state;
	sqlite3 *sq;

	fixture_close(f);
	(void)unlink(f->db);
	assert_int_equal(sqlite3_open(f->db, &sq), SQLITE_OK);
	assert_int_equal(sqlite3_exec(sq, schema_migrations[0], NULL, NULL,
				      NULL),
			 SQLITE_OK);
	assert_int_equal(
		sqlite3_exec(sq,
			     "PRAGMA application_id = 1178684748;"
			     "PRAGMA user_version = 1;"
			     "INSERT INTO shelves (parent_id, name, mode,"
			     " creator_id, ctime, mtime)"
			     " VALUES (2, 'lost+found', 33188, 1, 0, 0);"
			     "INSERT INTO globals VALUES"
			     " (1, 2097152, 'RandomBooks', '');"
			     "INSERT INTO nodes VALUES (1, 0, 1, 'n');"
			     "INSERT INTO books (id, intlv_group, book_num,"
			     " draw) VALUES (0, 0, 0, 5);",
			     NULL, NULL, NULL),
		SQLITE_OK);
	(void)sqlite3_close(sq);
	fixture_open(f);
	assert_int_equal(links(f, "/lost+found"), 2);
	assert_int_equal(links(f, "/"), 3);
	assert_works(f, 1, GET("/lost+found_4"));
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, set_up, fixture_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_mkdir),
		TEST(test_rmdir),
		TEST(test_list),
		TEST(test_move),
		TEST(test_paths),
		TEST(test_symlinks),
		TEST(test_block_device),
		TEST(test_books),
		TEST(test_texts_for_numbers),
		TEST(test_lost_found_of_old),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
