/* SPDX-License-Identifier: MIT */

/* test_posix_names.c - Names: bytes, links, renames, lists */

#include "posix.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_bytes),	TEST(test_bad_names),
		TEST(test_symlink),	TEST(test_links),
		TEST(test_links_share), TEST(test_link_limit),
		TEST(test_rename),	TEST(test_rename_links),
		TEST(test_exchange),	TEST(test_rmdir),
		TEST(test_pages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
