/* SPDX-License-Identifier: MIT */

/* test_posix.c - What protocol 2 makes of files, directories and names */

#include "fixture.h"

#include <sys/stat.h>

#include "fsck_passes.h"
#include "shelf.h"

#define ROOT 2
#define LATIN1_NAME "/2FiYw==" /* bytes ff 61 62 63 */

static int set_up(void **state)
{
	struct fixture *f = malloc(sizeof(*f));

	fixture_make(f, 2, 8);
	assert_int_equal(ftruncate(f->fam_fd, (off_t)(17 * BOOK)), 0);
	fixture_open(f);
	f->session.protocol = 2;
	f->session.hello = true;
	*state = f;
	return 0;
}

static void on_finding(const char *pass, const char *text, bool done, void *arg)
{
	(void)done;
	(void)arg;
	print_message("%s: %s\n", pass, text);
}

/* Whatever a test did, the database is as fsck wants it. */
static int tear_down(void **state)
{
	struct fsck_report report = { .found = on_finding };
	struct fixture *f = *state;

	assert_int_equal(fsck_look(f->lib.db, &report), 0);
	assert_int_equal(report.wrong, 0);
	fixture_end(f);
	free(f);
	return 0;
}

/* ---- short for requests --------------------------------------------------- */

static int64_t number(const json_t *v, const char *key)
{
	assert_true(json_is_integer(json_object_get(v, key)));
	return json_integer_value(json_object_get(v, key));
}

/* Takes what it looks into. */
static int64_t number_of(json_t *v, const char *key)
{
	int64_t n = number(v, key);

	json_decref(v);
	return n;
}

static json_t *get(struct fixture *f, int64_t dir, const char *name)
{
	return reply_value(ask(f, 1,
			       "{'command':'get_shelf','dir_id':%lld,"
			       "'name':'%s','want_books':true}",
			       (long long)dir, name));
}

static json_t *get_id(struct fixture *f, int64_t id)
{
	return reply_value(
		ask(f, 1, "{'command':'get_shelf','id':%lld}", (long long)id));
}

static int get_errno(struct fixture *f, int64_t dir, const char *name)
{
	return reply_errno(ask(f, 1,
			       "{'command':'get_shelf','dir_id':%lld,"
			       "'name':'%s'}",
			       (long long)dir, name));
}

static int64_t create(struct fixture *f, int64_t dir, const char *name)
{
	return reply_int(ask(f, 1,
			     "{'command':'create_shelf','dir_id':%lld,"
			     "'name':'%s','open':false}",
			     (long long)dir, name),
			 "id");
}

static int64_t make_dir(struct fixture *f, int64_t dir, const char *name)
{
	return reply_int(ask(f, 1,
			     "{'command':'mkdir','dir_id':%lld,'name':'%s'}",
			     (long long)dir, name),
			 "id");
}

static int64_t open_id(struct fixture *f, uint32_t node, int64_t id)
{
	return reply_int(ask(f, node, "{'command':'open_shelf','id':%lld}",
			     (long long)id),
			 "open_handle");
}

static int close_id(struct fixture *f, uint32_t node, int64_t id,
		    int64_t handle)
{
	return reply_errno(ask(f, node,
			       "{'command':'close_shelf','id':%lld,"
			       "'open_handle':%lld}",
			       (long long)id, (long long)handle));
}

static int link_to(struct fixture *f, int64_t id, int64_t dir, const char *name)
{
	return reply_errno(ask(f, 1,
			       "{'command':'link','id':%lld,'dir_id':%lld,"
			       "'name':'%s'}",
			       (long long)id, (long long)dir, name));
}

static int unlink_in(struct fixture *f, int64_t dir, const char *name)
{
	return reply_errno(ask(f, 1,
			       "{'command':'unlink','dir_id':%lld,"
			       "'name':'%s'}",
			       (long long)dir, name));
}

static int move(struct fixture *f, int64_t dir, const char *name, int64_t to,
		const char *newname, const char *more)
{
	return reply_errno(ask(f, 1,
			       "{'command':'rename_shelf','dir_id':%lld,"
			       "'name':'%s','newdir_id':%lld,"
			       "'newname':'%s'%s}",
			       (long long)dir, name, (long long)to, newname,
			       more));
}

/* The names in a directory, with a space behind each. */
static char *list(struct fixture *f, int64_t dir, const char *more, char *text)
{
	json_t *v = reply_value(ask(f, 1,
				    "{'command':'list_shelves','id':%lld%s}",
				    (long long)dir, more)),
	       *e;
	size_t i;

	*text = '\0';
	json_array_foreach(json_object_get(v, "entries"), i, e) {
		json_t *name = json_object_get(e, "name");

		(void)strcat(strcat(text, name ? json_string_value(name) : "?"),
			     " ");
	}
	if (json_is_true(json_object_get(v, "more")))
		(void)strcat(text, "...");
	json_decref(v);
	return text;
}

/* ---- objects -------------------------------------------------------------- */

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

/* ---- names ---------------------------------------------------------------- */

static void test_bytes(void **state)
{
	static const char *const bad[] = {
		"", "Lg==", "Li4=", "YS9i", "YQBi", "!", "YQ", "YQ==YQ==",
	};
	struct fixture *f = *state;
	char text[64], name[400];
	json_t *v;

	v = reply_value(ask(f, 1,
			    "{'command':'create_shelf','dir_id':2,"
			    "'name_b64':'" LATIN1_NAME "'}"));
	assert_null(json_object_get(v, "name"));
	assert_string_equal(json_string_value(json_object_get(v, "name_b64")),
			    LATIN1_NAME);
	json_decref(v);
	assert_works(f, 1,
		     "{'command':'get_shelf','dir_id':2,"
		     "'name_b64':'" LATIN1_NAME "'}");
	assert_string_equal(list(f, ROOT, "", text), "lost+found ? ");
	assert_string_equal(
		list(f, ROOT, ",'after_b64':'" LATIN1_NAME "'", text), "");
	/* base64 of what is a text */
	assert_works(f, 1, "{'command':'mkdir','dir_id':2,'name_b64':'w7w='}");
	assert_int_equal(get_errno(f, ROOT, "ü"), 0);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_fails(EINVAL, f, 1,
			     "{'command':'mkdir','dir_id':2,'name_b64':'%s'}",
			     bad[i]);
	memset(name, 'n', 255);
	name[255] = '\0';
	(void)create(f, ROOT, name);
	assert_int_equal(get_errno(f, ROOT, name), 0);
	(void)strcpy(name + 255, "n");
	assert_int_equal(get_errno(f, ROOT, name), ENAMETOOLONG);
	memset(name, 'A', 344);
	name[344] = '\0';
	assert_fails(ENAMETOOLONG, f, 1,
		     "{'command':'mkdir','dir_id':2,'name_b64':'%s'}", name);
	/* newlines are in order, unlike in paths */
	assert_works(f, 1, "{'command':'mkdir','dir_id':2,'name':'a\\nb'}");
	/* old clients see that it is there, and whose its book is */
	assert_works(f, 1,
		     "{'command':'resize_shelf','dir_id':2,"
		     "'name_b64':'" LATIN1_NAME "','size_bytes':1}");
	f->session.protocol = 0;
	for (int ig = 0; ig < 2; ig++)
		assert_works(f, 1,
			     "{'command':'get_book_info_all',"
			     "'intlv_group':%d}",
			     ig);
	v = reply_value(ask(f, 1, "{'command':'list_shelves','path':'/'}"));
	assert_string_equal(
		json_string_value(json_object_get(
			json_array_get(v, json_array_size(v) - 1), "name")),
		"\xef\xbf\xbd"
		"abc");
	json_decref(v);
}

static void test_bad_names(void **state)
{
	static const char *const bad[] = { "", ".", "..", "a/b", "/" };
	struct fixture *f = *state;
	int64_t id = create(f, ROOT, "f");

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_int_equal(get_errno(f, ROOT, bad[i]), EINVAL);
		assert_int_equal(link_to(f, id, ROOT, bad[i]), EINVAL);
		assert_int_equal(move(f, ROOT, "f", ROOT, bad[i], ""), EINVAL);
	}
	assert_int_equal(get_errno(f, id, "x"), ENOTDIR);
	assert_int_equal(get_errno(f, 99, "x"), ENOENT);
	/* names that are ours */
	assert_int_equal(get_errno(f, ROOT, LIBRARIAN_UNLINKED "4"), ENOENT);
	assert_int_equal(link_to(f, id, ROOT, LIBRARIAN_UNLINKED "4"), EPERM);
	assert_int_equal(move(f, ROOT, "f", ROOT, LIBRARIAN_UNLINKED "4", ""),
			 EPERM);
	assert_fails(EPERM, f, 1, "{'command':'mkdir','dir_id':2,'name':'%s'}",
		     LIBRARIAN_UNLINKED "x");
	assert_fails(ESTALE, f, 1,
		     "{'command':'get_shelf','dir_id':2,'name':'f','id':2}");
}

static void test_symlink(void **state)
{
	struct fixture *f = *state;
	json_t *v;

	assert_works(f, 1,
		     "{'command':'symlink','dir_id':2,'name':'a',"
		     "'target_b64':'" LATIN1_NAME "','uid':9}");
	v = reply_value(
		ask(f, 1, "{'command':'readlink','dir_id':2,'name':'a'}"));
	assert_string_equal(json_string_value(json_object_get(v, "target_b64")),
			    LATIN1_NAME);
	json_decref(v);
	assert_works(f, 1,
		     "{'command':'symlink','dir_id':2,'name':'b',"
		     "'target':'ü/x'}");
	assert_int_equal(number_of(get(f, ROOT, "a"), "size_bytes"), 4);
	assert_int_equal(number_of(get(f, ROOT, "b"), "size_bytes"), 4);
	f->session.protocol = 1;
	assert_int_equal(
		reply_int(ask(f, 1, "{'command':'get_shelf','path':'/b'}"),
			  "size_bytes"),
		0);
	f->session.protocol = 2;
	v = reply_value(
		ask(f, 1, "{'command':'readlink','dir_id':2,'name':'b'}"));
	assert_string_equal(json_string_value(v), "ü/x");
	json_decref(v);
	/* a symbolic link has names like others */
	v = get(f, ROOT, "b");
	assert_int_equal(link_to(f, number(v, "id"), ROOT, "c"), 0);
	json_decref(v);
	assert_int_equal(unlink_in(f, ROOT, "b"), 0);
	v = reply_value(
		ask(f, 1, "{'command':'readlink','dir_id':2,'name':'c'}"));
	assert_string_equal(json_string_value(v), "ü/x");
	json_decref(v);
}

static void test_links(void **state)
{
	struct fixture *f = *state;
	int64_t d = make_dir(f, ROOT, "d"), id = create(f, ROOT, "a");
	char text[64];
	json_t *v;

	assert_int_equal(link_to(f, id, d, "b"), 0);
	assert_int_equal(link_to(f, id, d, "c"), 0);
	assert_int_equal(link_to(f, id, d, "c"), EEXIST);
	assert_int_equal(link_to(f, id, ROOT, "d"), EEXIST);
	assert_int_equal(link_to(f, d, ROOT, "x"), EPERM);
	assert_int_equal(link_to(f, 99, ROOT, "x"), ENOENT);
	assert_int_equal(link_to(f, id, id, "x"), ENOTDIR);
	v = get(f, d, "b");
	assert_int_equal(number(v, "id"), id);
	assert_int_equal(number(v, "parent_id"), d);
	assert_string_equal(json_string_value(json_object_get(v, "name")), "b");
	assert_int_equal(number(v, "link_count"), 3);
	json_decref(v);
	assert_string_equal(list(f, d, "", text), "b c ");
	assert_fails(ENOTEMPTY, f, 1, "{'command':'rmdir','path':'/d'}");
	assert_fails(EEXIST, f, 1,
		     "{'command':'create_shelf','dir_id':%lld,'name':'b',"
		     "'excl':true}",
		     (long long)d);
	/* the first name goes, and the others stay */
	assert_int_equal(unlink_in(f, ROOT, "a"), 0);
	assert_int_equal(get_errno(f, ROOT, "a"), ENOENT);
	assert_int_equal(number_of(get(f, d, "b"), "link_count"), 2);
	assert_int_equal(number_of(get(f, d, "c"), "id"), id);
	assert_int_equal(unlink_in(f, d, "c"), 0);
	assert_int_equal(number_of(get(f, d, "b"), "link_count"), 1);
	/* old clients destroy a name */
	assert_int_equal(link_to(f, id, ROOT, "e"), 0);
	assert_works(f, 1, "{'command':'destroy_shelf','path':'/d/b'}");
	assert_int_equal(number_of(get(f, ROOT, "e"), "link_count"), 1);
	assert_int_equal(unlink_in(f, ROOT, "e"), 0);
	assert_fails(ENOENT, f, 1, "{'command':'get_shelf','id':%lld}",
		     (long long)id);
	assert_works(f, 1, "{'command':'rmdir','path':'/d'}");
}

/* Both names see what is done by either. */
static void test_links_share(void **state)
{
	struct fixture *f = *state;
	int64_t id = create(f, ROOT, "a");
	json_t *v;

	assert_int_equal(link_to(f, id, ROOT, "b"), 0);
	assert_works(f, 1,
		     "{'command':'resize_shelf','dir_id':2,'name':'b',"
		     "'size_bytes':5}");
	assert_works(f, 1,
		     "{'command':'set_xattr','dir_id':2,'name':'b',"
		     "'xattr':'user.x','value':'y'}");
	v = get(f, ROOT, "a");
	assert_int_equal(number(v, "size_bytes"), 5);
	assert_int_equal(json_array_size(json_object_get(v, "books")), 1);
	json_decref(v);
	assert_works(f, 1,
		     "{'command':'get_xattr','path':'/a','xattr':'user.x'}");
	assert_int_equal(unlink_in(f, ROOT, "a"), 0);
	assert_int_equal(number_of(get(f, ROOT, "b"), "book_count"), 1);
	/* whoever zeroes what he deletes would zero the other name's data */
	assert_int_equal(link_to(f, id, ROOT, "c"), 0);
	f->session.protocol = 0;
	assert_fails(EMLINK, f, 1,
		     "{'command':'rename_shelf','path':'/b',"
		     "'newpath':'/.lfs_pending_zero_%lld'}",
		     (long long)id);
}

static void test_link_limit(void **state)
{
	struct fixture *f = *state;
	int64_t id = create(f, ROOT, "a");

	assert_int_equal(db_script(f->lib.db,
				   "UPDATE shelves SET link_count = 65000"
				   " WHERE name = 'a'"),
			 0);
	assert_int_equal(link_to(f, id, ROOT, "b"), EMLINK);
	assert_int_equal(db_script(f->lib.db,
				   "UPDATE shelves SET link_count = 1"
				   " WHERE name = 'a'"),
			 0);
}

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

/* ---- renaming ------------------------------------------------------------- */

static void test_rename(void **state)
{
	struct fixture *f = *state;
	int64_t d = make_dir(f, ROOT, "d"), e = make_dir(f, ROOT, "e");
	int64_t a = create(f, d, "a"), b = create(f, d, "b"), mtime, sub;
	char text[64];

	mtime = number_of(get(f, d, "a"), "mtime_ns");
	assert_int_equal(move(f, d, "a", e, "c", ""), 0);
	assert_int_equal(number_of(get(f, e, "c"), "id"), a);
	assert_int_equal(number_of(get(f, e, "c"), "mtime_ns"), mtime);
	assert_true(number_of(get(f, e, "c"), "ctime_ns") > mtime);
	assert_int_equal(move(f, d, "b", e, "c", ",'replace':false"), EEXIST);
	assert_int_equal(move(f, d, "b", e, "c", ""), 0);
	assert_fails(ENOENT, f, 1, "{'command':'get_shelf','id':%lld}",
		     (long long)a);
	assert_int_equal(move(f, e, "c", e, "c", ""), 0);
	assert_int_equal(number_of(get(f, e, "c"), "id"), b);
	/* types */
	assert_int_equal(move(f, e, "c", ROOT, "d", ""), EISDIR);
	assert_int_equal(move(f, ROOT, "d", e, "c", ""), ENOTDIR);
	assert_int_equal(move(f, ROOT, "d", ROOT, "e", ""), ENOTEMPTY);
	assert_int_equal(move(f, ROOT, "e", ROOT, "d", ""), 0);
	assert_int_equal(number_of(get_id(f, ROOT), "link_count"), 4);
	assert_string_equal(list(f, e, "", text), "c ");
	/* into itself */
	sub = make_dir(f, e, "sub");
	assert_int_equal(move(f, ROOT, "d", sub, "x", ""), EINVAL);
	assert_int_equal(move(f, ROOT, "d", e, "x", ""), EINVAL);
	assert_int_equal(move(f, ROOT, "x", e, "x", ""), ENOENT);
	/* ".." and links */
	assert_int_equal(move(f, e, "sub", ROOT, "sub", ""), 0);
	assert_int_equal(number_of(get_id(f, sub), "parent_id"), ROOT);
	assert_int_equal(number_of(get_id(f, ROOT), "link_count"), 5);
	assert_int_equal(number_of(get_id(f, e), "link_count"), 2);
}

static void test_rename_links(void **state)
{
	struct fixture *f = *state;
	int64_t id = create(f, ROOT, "a"), other = create(f, ROOT, "z"), handle;
	char text[64];

	assert_int_equal(link_to(f, id, ROOT, "b"), 0);
	/* two names of one shelf: nothing happens */
	assert_int_equal(move(f, ROOT, "a", ROOT, "b", ""), 0);
	assert_string_equal(list(f, ROOT, "", text), "a b lost+found z ");
	/* a name that is not the row's */
	assert_int_equal(move(f, ROOT, "b", ROOT, "c", ""), 0);
	assert_string_equal(list(f, ROOT, "", text), "a c lost+found z ");
	/* over another's only name, which is held */
	handle = open_id(f, 2, other);
	assert_int_equal(move(f, ROOT, "c", ROOT, "z", ""), 0);
	assert_string_equal(list(f, ROOT, "", text), "a lost+found z ");
	assert_int_equal(number_of(get(f, ROOT, "z"), "id"), id);
	assert_int_equal(number_of(get_id(f, other), "link_count"), 0);
	assert_int_equal(close_id(f, 2, other, handle), 0);
	/* over one of two names */
	other = create(f, ROOT, "y");
	assert_int_equal(move(f, ROOT, "y", ROOT, "a", ""), 0);
	assert_int_equal(number_of(get(f, ROOT, "a"), "id"), other);
	assert_int_equal(number_of(get(f, ROOT, "z"), "link_count"), 1);
}

static void test_exchange(void **state)
{
	struct fixture *f = *state;
	int64_t d = make_dir(f, ROOT, "d"), e = make_dir(f, d, "e");
	int64_t a = create(f, ROOT, "a"), b = create(f, d, "b");
	static const char swap[] = ",'exchange':true";

	assert_int_equal(move(f, ROOT, "a", d, "b", swap), 0);
	assert_int_equal(number_of(get(f, ROOT, "a"), "id"), b);
	assert_int_equal(number_of(get(f, d, "b"), "id"), a);
	/* a directory with a file */
	assert_int_equal(move(f, d, "e", ROOT, "a", swap), 0);
	assert_int_equal(number_of(get(f, ROOT, "a"), "id"), e);
	assert_int_equal(number_of(get(f, d, "e"), "id"), b);
	assert_int_equal(number_of(get_id(f, d), "link_count"), 2);
	assert_int_equal(number_of(get_id(f, ROOT), "link_count"), 5);
	/* with itself, with what is above, with nothing */
	assert_int_equal(move(f, ROOT, "a", ROOT, "a", swap), 0);
	assert_int_equal(move(f, ROOT, "d", d, "b", swap), EINVAL);
	assert_int_equal(move(f, d, "b", ROOT, "d", swap), EINVAL);
	assert_int_equal(move(f, ROOT, "a", ROOT, "x", swap), ENOENT);
	assert_int_equal(move(f, ROOT, "a", ROOT, "lost+found", swap), EPERM);
	/* names that are not the rows' */
	assert_int_equal(link_to(f, a, ROOT, "a2"), 0);
	assert_int_equal(link_to(f, b, d, "b2"), 0);
	assert_int_equal(move(f, ROOT, "a2", d, "b2", swap), 0);
	assert_int_equal(number_of(get(f, ROOT, "a2"), "id"), b);
	assert_int_equal(number_of(get(f, d, "b2"), "id"), a);
	assert_int_equal(move(f, ROOT, "a2", d, "b", swap), 0);
	assert_int_equal(number_of(get(f, ROOT, "a2"), "id"), a);
	assert_int_equal(number_of(get(f, d, "b"), "id"), b);
}

static void test_rmdir(void **state)
{
	struct fixture *f = *state;
	int64_t d = make_dir(f, ROOT, "d");

	(void)create(f, d, "a");
	assert_fails(ENOTEMPTY, f, 1,
		     "{'command':'rmdir','dir_id':2,'name':'d'}");
	assert_fails(ENOTDIR, f, 1,
		     "{'command':'rmdir','dir_id':%lld,'name':'a'}",
		     (long long)d);
	assert_fails(EBUSY, f, 1,
		     "{'command':'rmdir','dir_id':2,'name':'lost+found'}");
	assert_fails(EBUSY, f, 1, "{'command':'rmdir','id':2}");
	assert_int_equal(unlink_in(f, d, "a"), 0);
	assert_works(f, 1, "{'command':'rmdir','dir_id':2,'name':'d'}");
	assert_fails(ENOENT, f, 1,
		     "{'command':'mkdir','dir_id':%lld,'name':'x'}",
		     (long long)d);
}

/* ---- directories ---------------------------------------------------------- */

static void test_pages(void **state)
{
	struct fixture *f = *state;
	int64_t d = make_dir(f, ROOT, "d"), id;
	char text[64], name[8];

	for (int i = 0; i < 5; i++) {
		(void)snprintf(name, sizeof(name), "f%d", i);
		id = create(f, d, name);
		(void)snprintf(name, sizeof(name), "e%d", i);
		assert_int_equal(link_to(f, id, d, name), 0);
	}
	assert_string_equal(list(f, d, "", text),
			    "e0 e1 e2 e3 e4 f0 f1 f2 f3 f4 ");
	assert_string_equal(list(f, d, ",'limit':3", text), "e0 e1 e2 ...");
	assert_string_equal(list(f, d, ",'limit':3,'after':'e3'", text),
			    "e4 f0 f1 ...");
	assert_string_equal(list(f, d, ",'limit':2,'after':'f2'", text),
			    "f3 f4 ");
	assert_string_equal(list(f, d, ",'after':'f4'", text), "");
	assert_string_equal(list(f, d, ",'after':'e'", text),
			    "e0 e1 e2 e3 e4 f0 f1 f2 f3 f4 ");
	assert_fails(EINVAL, f, 1,
		     "{'command':'list_shelves','id':%lld,'limit':0}",
		     (long long)d);
	assert_fails(EINVAL, f, 1,
		     "{'command':'list_shelves','id':%lld,'limit':1001}",
		     (long long)d);
	assert_fails(ENOTDIR, f, 1, "{'command':'list_shelves','id':%lld}",
		     (long long)id);
	/* old clients get all */
	f->session.protocol = 0;
	assert_int_equal(reply_errno(ask(f, 1,
					 "{'command':'list_shelves',"
					 "'path':'/d'}")),
			 0);
}

/* ---- sizes ---------------------------------------------------------------- */

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
	assert_fails(EISDIR, f, 1, "{'command':'append','id':2,'len':1}");
}

/* ---- generations ---------------------------------------------------------- */

/* @before of a reply is what was there, and what is there now is the other. */
static void check_names(struct fixture *f, json_t *v, const char *prefix,
			int64_t dir, int64_t before)
{
	char key[32];

	(void)snprintf(key, sizeof(key), "%s_gen_before", prefix);
	assert_int_equal(number(v, key), before);
	(void)snprintf(key, sizeof(key), "%s_gen", prefix);
	assert_int_equal(number(v, key), board_names_gen(&f->lib, dir));
	assert_true(number(v, key) != before);
}

static void test_names_gen(void **state)
{
	static const char *const steps[] = {
		"{'command':'create_shelf','dir_id':%lld,'name':'a',"
		"'open':false}",
		"{'command':'mkdir','dir_id':%lld,'name':'s'}",
		"{'command':'symlink','dir_id':%lld,'name':'l','target':'x'}",
		"{'command':'link','id':%2$lld,'dir_id':%1$lld,'name':'b'}",
		"{'command':'unlink','dir_id':%lld,'name':'a'}",
		"{'command':'unlink','dir_id':%lld,'name':'l'}",
		"{'command':'rmdir','dir_id':%lld,'name':'s'}",
	};
	struct fixture *f = *state;
	int64_t d = make_dir(f, ROOT, "d"), e = make_dir(f, ROOT, "e");
	int64_t id = create(f, ROOT, "x"), from, to;
	json_t *v;

	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		from = board_names_gen(&f->lib, d);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
#pragma GCC diagnostic ignored "-Wformat-extra-args"
		v = reply_value(
			ask(f, 1, steps[i], (long long)d, (long long)id));
#pragma GCC diagnostic pop
		check_names(f, v, "names", d, from);
		json_decref(v);
	}
	from = board_names_gen(&f->lib, d);
	to = board_names_gen(&f->lib, e);
	v = reply_value(ask(f, 1,
			    "{'command':'rename_shelf','dir_id':%lld,"
			    "'name':'b','newdir_id':%lld,'newname':'c'}",
			    (long long)d, (long long)e));
	check_names(f, v, "names", d, from);
	check_names(f, v, "newnames", e, to);
	json_decref(v);
	/* what is not there, and since when */
	v = ask(f, 1, "{'command':'get_shelf','dir_id':%lld,'name':'b'}",
		(long long)d);
	assert_int_equal(number(v, "errno"), ENOENT);
	assert_int_equal(number(v, "names_gen"), board_names_gen(&f->lib, d));
	json_decref(v);
	v = reply_value(ask(f, 1, "{'command':'list_shelves','id':%lld}",
			    (long long)e));
	assert_int_equal(number(v, "names_gen"), board_names_gen(&f->lib, e));
	json_decref(v);
	/* not for those who do not know of it */
	f->session.protocol = 1;
	v = ask(f, 1, "{'command':'get_shelf','dir_id':%lld,'name':'b'}",
		(long long)d);
	assert_null(json_object_get(v, "names_gen"));
	json_decref(v);
}

/* The directory that a reply tells of is as it is now. */
static void check_dir(struct fixture *f, const json_t *v, const char *key,
		      int64_t id)
{
	const json_t *dir = json_object_get(v, key);
	json_t *now = get_id(f, id);

	assert_non_null(dir);
	assert_true(json_equal(dir, now));
	json_decref(now);
}

static void test_dirs(void **state)
{
	struct fixture *f = *state;
	int64_t d = make_dir(f, ROOT, "d"), e = make_dir(f, ROOT, "e");
	json_t *v;

	v = reply_value(ask(f, 1,
			    "{'command':'mkdir','dir_id':%lld,'name':'s',"
			    "'want_dirs':true}",
			    (long long)d));
	check_dir(f, v, "dir", d);
	assert_null(json_object_get(v, "newdir"));
	assert_int_equal(number(json_object_get(v, "dir"), "link_count"), 3);
	json_decref(v);
	v = reply_value(ask(f, 1,
			    "{'command':'rename_shelf','dir_id':%lld,"
			    "'name':'s','newdir_id':%lld,'newname':'s',"
			    "'want_dirs':true}",
			    (long long)d, (long long)e));
	check_dir(f, v, "dir", d);
	check_dir(f, v, "newdir", e);
	json_decref(v);
	v = reply_value(ask(f, 1,
			    "{'command':'rename_shelf','dir_id':%lld,"
			    "'name':'s','newdir_id':%lld,'newname':'t',"
			    "'want_dirs':true}",
			    (long long)e, (long long)e));
	check_dir(f, v, "dir", e);
	assert_null(json_object_get(v, "newdir"));
	json_decref(v);
	v = reply_value(ask(f, 1,
			    "{'command':'rmdir','dir_id':%lld,'name':'t'}",
			    (long long)e));
	assert_null(json_object_get(v, "dir"));
	json_decref(v);
	assert_fails(EINVAL, f, 1,
		     "{'command':'mkdir','dir_id':%lld,'name':'u',"
		     "'want_dirs':1}",
		     (long long)e);
}

/* What another node knows of a shelf is not good any more. */
static void test_gen(void **state)
{
	static const char *const steps[] = {
		"'command':'set_attr','mode':0",
		"'command':'resize_shelf','size_bytes':9",
		"'command':'resize_shelf','size_bytes':9999999,'keep_size':"
		"true",
		"'command':'append','len':9",
		"'command':'link','dir_id':2,'name':'b'",
		"'command':'set_xattr','xattr':'user.a','value':''",
		"'command':'remove_xattr','xattr':'user.a'",
	};
	struct fixture *f = *state;
	int64_t id = create(f, ROOT, "a");

	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		int64_t before = board_gen(&f->lib, id), after;

		assert_works(f, 1, "{%s,'id':%lld}", steps[i], (long long)id);
		after = board_gen(&f->lib, id);
		if (after == before)
			fail_msg("%s", steps[i]);
		assert_int_equal(number_of(get_id(f, id), "gen"), after);
	}
	for (int i = 0; i < 2; i++) {
		int64_t before = board_gen(&f->lib, id);

		assert_int_equal(unlink_in(f, ROOT, i ? "b" : "a"), 0);
		assert_true(board_gen(&f->lib, id) != before);
	}
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_object),	 TEST(test_types),
		TEST(test_setgid),	 TEST(test_set_attr),
		TEST(test_bytes),	 TEST(test_bad_names),
		TEST(test_symlink),	 TEST(test_links),
		TEST(test_links_share),	 TEST(test_link_limit),
		TEST(test_unlink),	 TEST(test_unlink_with_handle),
		TEST(test_tmpfile),	 TEST(test_dirs),
		TEST(test_wanted),	 TEST(test_rename),
		TEST(test_rename_links), TEST(test_exchange),
		TEST(test_rmdir),	 TEST(test_pages),
		TEST(test_keep_size),	 TEST(test_bytes_between),
		TEST(test_append),	 TEST(test_names_gen),
		TEST(test_gen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
