/* SPDX-License-Identifier: MIT */

/* test_commands.c - What each command does, and refuses */

#include "fixture.h"

#define CREATE(path) "{'command':'create_shelf','path':'" path "'}"
#define GET(path) "{'command':'get_shelf','path':'" path "'}"
#define DESTROY(path) "{'command':'destroy_shelf','path':'" path "'}"
#define STATS "{'command':'get_fs_stats'}"

static json_t *request_body(const char *text)
{
	json_t *o = quoted(text);

	(void)json_object_set_new(o, "context",
				  json_pack("{s:i}", "node_id", 1));
	return o;
}

static int set_up(void **state)
{
	*state = fixture_new(4, 8);
	return 0;
}

static int64_t resize(struct fixture *f, uint32_t node, const char *path,
		      uint64_t size)
{
	return reply_errno(ask(f, node,
			       "{'command':'resize_shelf','path':'%s',"
			       "'size_bytes':%llu,'zero_enabled':true}",
			       path, (unsigned long long)size));
}

static int64_t open_handle(struct fixture *f, uint32_t node, const char *path)
{
	return reply_int(ask(f, node, "{'command':'open_shelf','path':'%s'}",
			     path),
			 "open_handle");
}

static int close_handle(struct fixture *f, uint32_t node, int64_t id,
			int64_t handle)
{
	return reply_errno(ask(f, node,
			       "{'command':'close_shelf','id':%lld,"
			       "'open_handle':%lld}",
			       (long long)id, (long long)handle));
}

static int64_t used(struct fixture *f)
{
	return reply_int(ask(f, 1, STATS), "books_used");
}

static void test_version_and_stats(void **state)
{
	struct fixture *f = *state;
	CLEANUP_JSON json_t *v = NULL, *s = NULL;
	json_t *igs;

	v = reply_value(ask(f, 0, "{'command':'version'}"));
	assert_string_equal(json_string_value(v), "LIBRARIAN 0.997");
	s = reply_value(ask(f, 1, STATS));
	assert_int_equal(json_integer_value(json_object_get(s, "books_total")),
			 32);
	assert_int_equal(json_integer_value(json_object_get(s, "nodes_total")),
			 4);
	assert_int_equal(
		json_integer_value(json_object_get(s, "nvm_bytes_total")),
		64 << 20);
	igs = json_object_get(s, "books_per_IG");
	assert_int_equal(json_object_size(igs), 4);
	assert_int_equal(json_integer_value(
				 json_array_get(json_object_get(igs, "3"), 0)),
			 8);
	assert_int_equal(json_integer_value(
				 json_array_get(json_object_get(igs, "3"), 1)),
			 -1);
}

static void test_context_comes_back(void **state)
{
	CLEANUP_JSON json_t *r = NULL, *want = NULL;

	r = ask(*state, 0,
		"{'command':'no such','context':{'seq':7,'x':[null,1.5]}}");
	want = quoted("{'errmsg':'unknown command','errno':38,"
		      "'context':{'seq':7,'x':[null,1.5]}}");
	assert_true(json_equal(r, want));
}

static void test_who(void **state)
{
	struct fixture *f = *state;

	assert_fails(EPERM, f, 5, STATS); /* not in the topology */
	assert_fails(EPERM, f, 0, STATS);
	assert_fails(EPERM, f, 0, "{'command':'get_fs_stats','context':5}");
	assert_fails(EPERM, f, 0,
		     "{'command':'get_fs_stats','context':{'node_id':'x'}}");
	assert_fails(EPERM, f, 1, "{'command':'node_down','node_id':1}");
	f->lib.auth.mode = AUTH_TOKEN;
	assert_fails(EACCES, f, 1, STATS);
	assert_fails(EACCES, f, 1, CREATE("/a"));
	assert_works(f, 1, "{'command':'version'}");
	/* by its address */
	f->lib.auth.mode = AUTH_ADDRESS;
	assert_fails(EACCES, f, 1, STATS);
	f->session.node_id = 2;
	assert_works(f, 2, STATS);
	assert_works(f, 0, STATS);
	assert_fails(EPERM, f, 1, STATS);
}

static void test_create(void **state)
{
	struct fixture *f = *state;
	CLEANUP_JSON json_t *a = NULL, *b = NULL;

	a = reply_value(ask(f, 2,
			    "{'command':'create_shelf','path':'/a',"
			    "'mode':%d}",
			    0100640));
	assert_string_equal(json_string_value(json_object_get(a, "name")), "a");
	assert_int_equal(json_integer_value(json_object_get(a, "mode")),
			 0100640);
	assert_int_equal(json_integer_value(json_object_get(a, "creator_id")),
			 2);
	assert_int_equal(json_integer_value(json_object_get(a, "parent_id")),
			 2);
	assert_int_equal(reply_int(ask(f, 1, CREATE("/b")), "mode"), 0100666);
	assert_int_equal(reply_int(ask(f, 1,
				       "{'command':'create_shelf',"
				       "'path':'/c','mode':%d}",
				       0600),
				   "mode"),
			 0100600);
	/* what exists is opened */
	b = reply_value(ask(f, 3, CREATE("/a")));
	assert_int_equal(json_integer_value(json_object_get(b, "id")),
			 json_integer_value(json_object_get(a, "id")));
	assert_true(json_integer_value(json_object_get(b, "open_handle")) !=
		    json_integer_value(json_object_get(a, "open_handle")));
	assert_fails(EEXIST, f, 3,
		     "{'command':'create_shelf','path':'/a','excl':true}");
}

static void test_bad_paths(void **state)
{
	struct fixture *f = *state;
	char longest[256], longer[257];

	memset(longest, 'n', 255);
	longest[255] = '\0';
	memset(longer, 'n', 256);
	longer[256] = '\0';
	assert_works(f, 1, "{'command':'create_shelf','path':'/%s'}", longest);
	assert_works(f, 1, "{'command':'get_shelf','path':'/%s'}", longest);
	assert_fails(ENAMETOOLONG, f, 1,
		     "{'command':'create_shelf','path':'/%s'}", longer);
	assert_fails(EINVAL, f, 1, CREATE(""));
	assert_fails(EINVAL, f, 1, CREATE("/"));
	assert_fails(EINVAL, f, 1, CREATE("/.."));
	assert_fails(EINVAL, f, 1, CREATE("/../a"));
	assert_fails(EINVAL, f, 1, CREATE("/a\\u0000b"));
	assert_fails(EINVAL, f, 1, CREATE("/a\\nb"));
	assert_fails(EPERM, f, 1, CREATE("/" LIBRARIAN_UNLINKED "4"));
	assert_fails(EINVAL, f, 1, "{'command':'create_shelf'}");
	assert_fails(EINVAL, f, 1, "{'command':'create_shelf','path':7}");
	assert_fails(EINVAL, f, 1,
		     "{'command':'create_shelf','path':'/b','mode':16877}");
	assert_fails(EINVAL, f, 1,
		     "{'command':'create_shelf','path':'/b','mode':-1}");
	assert_fails(ENOENT, f, 1, CREATE("/no/b"));
	assert_works(f, 1, CREATE("/file"));
	assert_fails(ENOTDIR, f, 1, CREATE("/file/b"));
	assert_fails(ENOENT, f, 1, GET("/none"));
	assert_fails(EISDIR, f, 1, "{'command':'open_shelf','path':'/'}");
	assert_fails(EISDIR, f, 1, DESTROY("/"));
	assert_fails(ENOTDIR, f, 1,
		     "{'command':'list_shelves','path':'/file'}");
}

static void test_sizes(void **state)
{
	struct fixture *f = *state;

	assert_works(f, 1, CREATE("/a"));
	assert_int_equal(resize(f, 1, "/a", 1), 0);
	assert_int_equal(used(f), 1);
	assert_int_equal(resize(f, 1, "/a", BOOK), 0);
	assert_int_equal(used(f), 1);
	assert_int_equal(resize(f, 1, "/a", BOOK + 1), 0);
	assert_int_equal(used(f), 2);
	assert_int_equal(resize(f, 1, "/a", 33 * BOOK), ENOSPC);
	assert_int_equal(resize(f, 1, "/a", INT64_MAX), ENOSPC);
	assert_int_equal(used(f), 2);
	assert_int_equal(reply_int(ask(f, 1, GET("/a")), "size_bytes"),
			 BOOK + 1);
	assert_int_equal(resize(f, 1, "/a", 32 * BOOK), 0);
	assert_int_equal(used(f), 32);
	assert_fails(EINVAL, f, 1,
		     "{'command':'resize_shelf','path':'/a','size_bytes':-1}");
	assert_fails(EINVAL, f, 1,
		     "{'command':'resize_shelf','path':'/a','size_bytes':'x'}");
	assert_fails(EINVAL, f, 1, "{'command':'resize_shelf','path':'/a'}");
	assert_fails(ESTALE, f, 1,
		     "{'command':'resize_shelf','path':'/a','id':99,"
		     "'size_bytes':1}");
	assert_fails(EISDIR, f, 1,
		     "{'command':'resize_shelf','path':'/','size_bytes':1}");
	/* a larger one stays */
	assert_works(f, 1,
		     "{'command':'resize_shelf','path':'/a','size_bytes':5,"
		     "'grow_only':true}");
	assert_int_equal(used(f), 32);
	assert_int_equal(resize(f, 1, "/a", 0), 0);
}

static void test_books(void **state)
{
	struct fixture *f = *state;
	CLEANUP_JSON json_t *list = NULL, *shelf = NULL;
	json_t *books;

	assert_works(f, 1, CREATE("/a"));
	assert_int_equal(resize(f, 1, "/a", 5 * BOOK), 0);
	list = reply_value(
		ask(f, 1, "{'command':'list_shelf_books','path':'/a'}"));
	shelf = reply_value(ask(f, 1,
				"{'command':'get_shelf','path':'/a',"
				"'want_books':true}"));
	books = json_object_get(shelf, "books");
	assert_int_equal(json_array_size(list), 5);
	assert_int_equal(json_array_size(books), 5);
	for (size_t i = 0; i < 5; i++) {
		const json_t *b = json_array_get(list, i);
		int64_t ig =
			json_integer_value(json_object_get(b, "intlv_group"));
		int64_t num =
			json_integer_value(json_object_get(b, "book_num"));

		assert_int_equal(json_integer_value(json_object_get(b, "id")),
				 (ig << 46) + (num << 33));
		assert_int_equal(
			json_integer_value(json_object_get(b, "allocated")), 1);
		assert_int_equal(json_integer_value(json_array_get(books, i)),
				 ig * 8 + num);
	}
}

static void test_handles(void **state)
{
	struct fixture *f = *state;
	int64_t id, a, b;

	id = reply_int(ask(f, 1, CREATE("/a")), "id");
	a = open_handle(f, 1, "/a");
	b = open_handle(f, 2, "/a");
	assert_int_equal(resize(f, 1, "/a", 2 * BOOK), 0);
	/* shrinking: not while another node has it */
	assert_int_equal(resize(f, 1, "/a", BOOK), EMFILE);
	assert_int_equal(resize(f, 1, "/a", 3 * BOOK), 0);
	assert_fails(EBUSY, f, 1, DESTROY("/a"));
	/* a handle is its node's, and its shelf's */
	assert_int_equal(close_handle(f, 1, id, b), EBADF);
	assert_int_equal(close_handle(f, 2, id + 1, b), ENOENT);
	assert_int_equal(close_handle(f, 2, id, b), 0);
	assert_int_equal(close_handle(f, 2, id, b), EBADF);
	assert_int_equal(resize(f, 1, "/a", BOOK), 0);
	assert_int_equal(close_handle(f, 1, id, a), 0);
	assert_fails(EBUSY, f, 1, DESTROY("/a")); /* that of create */
	assert_int_equal(close_handle(f, 1, id, a - 1), 0);
	assert_works(f, 1, DESTROY("/a"));
	assert_fails(ENOENT, f, 1, DESTROY("/a"));
}

static void test_unlinked(void **state)
{
	struct fixture *f = *state;
	CLEANUP_JSON json_t *list = NULL;
	int64_t id, h;

	id = reply_int(ask(f, 1, CREATE("/a")), "id");
	h = open_handle(f, 2, "/a") - 1;
	assert_int_equal(resize(f, 1, "/a", 3 * BOOK), 0);
	assert_fails(EPERM, f, 1,
		     "{'command':'rename_shelf','path':'/"
		     "a','newpath':'/" LIBRARIAN_UNLINKED "99'}");
	assert_works(f, 1,
		     "{'command':'rename_shelf','path':'/"
		     "a','newpath':'/" LIBRARIAN_UNLINKED "%lld'}",
		     (long long)id);
	list = reply_value(ask(f, 1, "{'command':'list_shelves','path':'/'}"));
	assert_int_equal(json_array_size(list), 3); /* ., .., lost+found */
	assert_works(f, 1, "{'command':'get_shelf','id':%lld}", (long long)id);
	assert_int_equal(close_handle(f, 1, id, h), 0);
	assert_int_equal(used(f), 3);
	/* the last one takes it away */
	assert_int_equal(close_handle(f, 2, id, h + 1), 0);
	assert_fails(ENOENT, f, 1, "{'command':'get_shelf','id':%lld}",
		     (long long)id);
	assert_int_equal(f->lib.pool.counts.n[BOOK_ZOMBIE], 3);
}

/* The last holder was faster. */
static void test_unlinked_and_not_held(void **state)
{
	struct fixture *f = *state;
	int64_t id, h;

	id = reply_int(ask(f, 1, CREATE("/a")), "id");
	h = open_handle(f, 1, "/a");
	assert_int_equal(resize(f, 1, "/a", 3 * BOOK), 0);
	assert_fails(EBUSY, f, 2, DESTROY("/a"));
	assert_int_equal(close_handle(f, 1, id, h), 0);
	assert_int_equal(close_handle(f, 1, id, h - 1), 0);
	assert_works(f, 2,
		     "{'command':'rename_shelf','path':'/"
		     "a','newpath':'/" LIBRARIAN_UNLINKED "%lld'}",
		     (long long)id);
	assert_fails(ENOENT, f, 1, "{'command':'get_shelf','id':%lld}",
		     (long long)id);
	assert_int_equal(f->lib.pool.counts.n[BOOK_ZOMBIE], 3);
}

static void test_list_open_shelves(void **state)
{
	struct fixture *f = *state;
	CLEANUP_JSON json_t *list = NULL, *want = NULL;

	assert_works(f, 1, CREATE("/a"));
	(void)open_handle(f, 2, "/a");
	list = reply_value(ask(f, 3, "{'command':'list_open_shelves'}"));
	want = quoted("[{'id':1,'shelf_id':4,'node_id':1,'pid':1},"
		      "{'id':2,'shelf_id':4,'node_id':2,'pid':1}]");
	assert_true(json_equal(list, want));
}

static void test_times(void **state)
{
	struct fixture *f = *state;

	assert_works(f, 1, CREATE("/a"));
	assert_works(f, 1,
		     "{'command':'set_am_time','path':'/a','atime':1,"
		     "'mtime':1000}");
	assert_int_equal(reply_int(ask(f, 1, GET("/a")), "mtime"), 1000);
	assert_works(f, 1,
		     "{'command':'set_am_time','path':'/a','atime':0,"
		     "'mtime':0}");
	assert_true(reply_int(ask(f, 1, GET("/a")), "mtime") > 1000);
	assert_fails(ENOENT, f, 1, "{'command':'set_am_time','path':'/x'}");
}

static void test_rename(void **state)
{
	struct fixture *f = *state;
	int64_t b;

	assert_works(f, 1, CREATE("/a"));
	b = reply_int(ask(f, 1, CREATE("/b")), "id");
	assert_fails(EEXIST, f, 1,
		     "{'command':'rename_shelf','path':'/a','newpath':'/b'}");
	assert_fails(ENOENT, f, 1,
		     "{'command':'rename_shelf','path':'/x','newpath':'/y'}");
	assert_fails(EINVAL, f, 1,
		     "{'command':'rename_shelf','path':'/a','newpath':'/b',"
		     "'replace':'yes'}");
	assert_fails(EBUSY, f, 1,
		     "{'command':'rename_shelf','path':'/','newpath':'/y'}");
	/* held: it lives on without a name */
	assert_works(f, 1,
		     "{'command':'rename_shelf','path':'/a','newpath':'/b',"
		     "'replace':true}");
	assert_fails(ENOENT, f, 1, GET("/a"));
	assert_true(reply_int(ask(f, 1, GET("/b")), "id") != b);
	assert_works(f, 1,
		     "{'command':'get_shelf','path':'/" LIBRARIAN_UNLINKED
		     "%lld'}",
		     (long long)b);
	/* onto itself */
	assert_works(f, 1,
		     "{'command':'rename_shelf','path':'/b','newpath':'/b'}");
	/* not held: it goes */
	assert_works(f, 1, CREATE("/c"));
	assert_int_equal(resize(f, 1, "/c", BOOK), 0);
	f->session.admin = true;
	assert_works(f, 0, "{'command':'node_down','node_id':1}");
	f->session.admin = false;
	assert_works(f, 1,
		     "{'command':'rename_shelf','path':'/b','newpath':'/c',"
		     "'replace':true}");
	assert_int_equal(f->lib.pool.counts.n[BOOK_ZOMBIE], 1);
}

static void test_node_down(void **state)
{
	struct fixture *f = *state;
	int64_t a, b;

	a = reply_int(ask(f, 1, CREATE("/a")), "id");
	b = reply_int(ask(f, 1, CREATE("/b")), "id");
	(void)open_handle(f, 2, "/b");
	assert_works(f, 1,
		     "{'command':'rename_shelf','path':'/"
		     "a','newpath':'/" LIBRARIAN_UNLINKED "%lld'}",
		     (long long)a);
	assert_works(f, 1,
		     "{'command':'rename_shelf','path':'/"
		     "b','newpath':'/" LIBRARIAN_UNLINKED "%lld'}",
		     (long long)b);
	f->session.admin = true;
	assert_fails(ENOENT, f, 0, "{'command':'node_down','node_id':5}");
	assert_works(f, 0, "{'command':'node_down','node_id':1}");
	/* b is still node 2's */
	assert_fails(ENOENT, f, 1, "{'command':'get_shelf','id':%lld}",
		     (long long)a);
	assert_works(f, 1, "{'command':'get_shelf','id':%lld}", (long long)b);
	assert_works(f, 0, "{'command':'node_down','node_id':2}");
	assert_fails(ENOENT, f, 1, "{'command':'get_shelf','id':%lld}",
		     (long long)b);
}

static void test_start_hosted(void **state)
{
	struct fixture *f = *state;
	int64_t a;

	a = reply_int(ask(f, 1, CREATE("/a")), "id");
	assert_works(f, 1, CREATE("/b"));
	assert_works(f, 1,
		     "{'command':'rename_shelf','path':'/"
		     "a','newpath':'/" LIBRARIAN_UNLINKED "%lld'}",
		     (long long)a);
	fixture_close(f);
	fixture_open(f);
	/* by itself, it may be that nodes are alive */
	assert_works(f, 1, "{'command':'get_shelf','id':%lld}", (long long)a);
	assert_fails(EBUSY, f, 1, DESTROY("/b"));
	fixture_close(f);
	f->conf.hosted = true;
	fixture_open(f);
	assert_fails(ENOENT, f, 1, "{'command':'get_shelf','id':%lld}",
		     (long long)a);
	assert_works(f, 1, DESTROY("/b"));
}

static void test_policies(void **state)
{
	struct fixture *f = *state;
	CLEANUP_JSON json_t *v = NULL;

	assert_fails(ENOTSUP, f, 1,
		     "{'command':'set_xattr','path':'/',"
		     "'xattr':'user.LFS.AllocationPolicyDefault',"
		     "'value':'Best'}");
	assert_works(f, 1,
		     "{'command':'set_xattr','path':'/',"
		     "'xattr':'user.LFS.AllocationPolicyDefault',"
		     "'value':'LocalNode'}");
	fixture_close(f);
	fixture_open(f); /* it lasts */
	assert_works(f, 3, CREATE("/a"));
	assert_int_equal(resize(f, 3, "/a", 9 * BOOK), ENOSPC);
	assert_int_equal(resize(f, 3, "/a", 8 * BOOK), 0);
	v = reply_value(ask(f, 3,
			    "{'command':'get_xattr','path':'/a',"
			    "'xattr':'user.LFS.Interleave'}"));
	assert_int_equal(json_string_length(json_object_get(v, "value")), 8);
	assert_string_equal(json_string_value(json_object_get(v, "value")),
			    "\2\2\2\2\2\2\2\2");
	assert_works(f, 3,
		     "{'command':'set_xattr','path':'/a',"
		     "'xattr':'user.LFS.AllocationPolicy',"
		     "'value':'LZAascending'}");
	assert_int_equal(resize(f, 3, "/a", 10 * BOOK), 0);
	json_decref(v);
	v = reply_value(
		ask(f, 3, "{'command':'list_shelf_books','path':'/a'}"));
	for (size_t i = 8; i < 10; i++)
		assert_int_equal(json_integer_value(json_object_get(
					 json_array_get(v, i), "id")),
				 (int64_t)(i - 8) << 33);
}

static void test_random_is_random(void **state)
{
	struct fixture *f = *state;
	unsigned seen = 0;

	/* Every book has its turn, though only one is used at a time. */
	for (int i = 0; i < 2000 && seen != UINT32_MAX; i++) {
		CLEANUP_JSON json_t *v = NULL;

		v = reply_value(ask(f, 1,
				    "{'command':'create_shelf','path':'/a',"
				    "'want_books':true}"));
		json_decref(v);
		v = reply_value(ask(f, 1,
				    "{'command':'resize_shelf','path':'/a',"
				    "'size_bytes':1,'want_books':true}"));
		seen |= 1U << json_integer_value(
				json_array_get(json_object_get(v, "books"), 0));
		assert_int_equal(resize(f, 1, "/a", 0), 0);
		assert_int_equal(zero_all(&f->lib), 0);
	}
	assert_int_equal(seen, UINT32_MAX);
}

static void test_xattrs(void **state)
{
	struct fixture *f = *state;
	CLEANUP_JSON json_t *v = NULL, *names = NULL;

	assert_works(f, 1, CREATE("/a"));
	assert_works(f, 1,
		     "{'command':'set_xattr','path':'/a','xattr':'user.x',"
		     "'value':'\\u0000\\u00e9'}");
	v = reply_value(ask(f, 1,
			    "{'command':'get_xattr','path':'/a',"
			    "'xattr':'user.x'}"));
	assert_int_equal(json_string_length(json_object_get(v, "value")), 3);
	names = reply_value(ask(f, 1, "{'command':'list_xattrs','path':'/a'}"));
	assert_int_equal(json_array_size(json_object_get(names, "value")), 8);
	assert_works(f, 1,
		     "{'command':'remove_xattr','path':'/a','xattr':'user.x'}");
	assert_fails(ENODATA, f, 1,
		     "{'command':'get_xattr','path':'/a','xattr':'user.x'}");
	assert_fails(ENODATA, f, 1,
		     "{'command':'remove_xattr','path':'/a','xattr':'user.x'}");
	assert_fails(EINVAL, f, 1,
		     "{'command':'set_xattr','path':'/a','xattr':'trusted.x',"
		     "'value':''}");
	assert_fails(ENOTSUP, f, 1,
		     "{'command':'set_xattr','path':'/a',"
		     "'xattr':'user.LFS.Nonsense','value':''}");
	assert_fails(ENOTSUP, f, 1,
		     "{'command':'set_xattr','path':'/a',"
		     "'xattr':'user.LFS.Interleave','value':''}");
	assert_fails(EINVAL, f, 1,
		     "{'command':'remove_xattr','path':'/a',"
		     "'xattr':'user.LFS.AllocationPolicy'}");
	assert_fails(EINVAL, f, 1,
		     "{'command':'set_xattr','path':'/a','xattr':'user.x',"
		     "'value':5}");
}

static void test_heartbeat(void **state)
{
	struct fixture *f = *state;

	assert_works(f, 2,
		     "{'command':'update_node_soc_status','status':1,"
		     "'cpu_percent':12.5,'rootfs_percent':3,"
		     "'network_in':1,'network_out':2,'mem_percent':50}");
	assert_int_equal(f->lib.nodes.node[2].status, NODE_ACTIVE);
	assert_int_equal(f->lib.nodes.node[2].cpu_percent, 12);
	assert_true(f->lib.nodes.node[2].heartbeat > 0);
	assert_fails(EINVAL, f, 2,
		     "{'command':'update_node_soc_status','status':9}");
	assert_fails(EINVAL, f, 2, "{'command':'update_node_soc_status'}");
}

/* One that fails late, alone in its transaction and with others. */
static void test_late_failure(void **state)
{
	static const char late[] =
		"{'command':'create_shelf','path':'/late','want_books':7}";
	struct fixture *f = *state;
	struct request rqs[] = {
		request_of(f, request_body(late)),
		request_of(f, request_body("{'command':'mkdir','path':'/d'}")),
		request_of(f, request_body(late)),
	};
	CLEANUP_JSON json_t *open = NULL;

	assert_fails(EINVAL, f, 1, late);
	assert_fails(ENOENT, f, 1, "{'command':'get_shelf','path':'/late'}");
	batch_run(&f->lib, rqs, ARRAY_SIZE(rqs));
	assert_int_equal(reply_errno(reply_of(&rqs[0])), EINVAL);
	assert_int_equal(reply_errno(reply_of(&rqs[1])), 0);
	assert_int_equal(reply_errno(reply_of(&rqs[2])), EINVAL);
	for (size_t i = 0; i < ARRAY_SIZE(rqs); i++)
		request_deinit(&rqs[i]);
	assert_fails(ENOENT, f, 1, "{'command':'get_shelf','path':'/late'}");
	assert_works(f, 1, "{'command':'get_shelf','path':'/d'}");
	open = reply_value(ask(f, 1, "{'command':'list_open_shelves'}"));
	assert_int_equal(json_array_size(open), 0);
	assert_false(db_in_transaction(f->lib.db));
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, set_up, fixture_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_version_and_stats),
		TEST(test_context_comes_back),
		TEST(test_who),
		TEST(test_create),
		TEST(test_bad_paths),
		TEST(test_sizes),
		TEST(test_books),
		TEST(test_handles),
		TEST(test_unlinked),
		TEST(test_unlinked_and_not_held),
		TEST(test_list_open_shelves),
		TEST(test_times),
		TEST(test_rename),
		TEST(test_node_down),
		TEST(test_start_hosted),
		TEST(test_policies),
		TEST(test_random_is_random),
		TEST(test_xattrs),
		TEST(test_heartbeat),
		TEST(test_late_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
