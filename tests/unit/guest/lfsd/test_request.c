/* SPDX-License-Identifier: MIT */

/* test_request.c - What the Librarian is asked */

#include "request.h"

#include <errno.h>

#include "json.h"

#include "../../unit.h"

static void assert_request(json_t *request, const char *want)
{
	CLEANUP_FREE char *have = NULL;

	assert_non_null(request);
	have = json_line(request);
	assert_string_equal(have, want);
	json_decref(request);
}

static const struct place a = { 2, "a" }, b = { 3, "b" };
static const struct new_shelf made = { 0100640, 1, 2, 0 };

static void names(void **state)
{
	(void)state;
	assert_request(request_lookup(&a), "{\"command\":\"get_shelf\","
					   "\"dir_id\":2,\"name\":\"a\"}");
	assert_request(request_unlink(&a, 0),
		       "{\"command\":\"unlink\",\"dir_id\":2,"
		       "\"name\":\"a\",\"want_dirs\":true}");
	assert_request(request_unlink(&a, 9),
		       "{\"command\":\"unlink\",\"dir_id\":2,"
		       "\"name\":\"a\",\"want_dirs\":true,"
		       "\"open_handle\":9}");
	assert_request(request_link(7, &a),
		       "{\"command\":\"link\",\"dir_id\":2,"
		       "\"name\":\"a\",\"want_dirs\":true,\"id\":7}");
	assert_request(request_rename(&a, &b, RENAME_MODE_REPLACE),
		       "{\"command\":\"rename_shelf\",\"dir_id\":2,"
		       "\"name\":\"a\",\"want_dirs\":true,"
		       "\"newdir_id\":3,\"newname\":\"b\","
		       "\"replace\":true}");
	assert_request(request_rename(&a, &b, RENAME_MODE_KEEP),
		       "{\"command\":\"rename_shelf\",\"dir_id\":2,"
		       "\"name\":\"a\",\"want_dirs\":true,"
		       "\"newdir_id\":3,\"newname\":\"b\","
		       "\"replace\":false}");
	assert_request(request_rename(&a, &b, RENAME_MODE_EXCHANGE),
		       "{\"command\":\"rename_shelf\",\"dir_id\":2,"
		       "\"name\":\"a\",\"want_dirs\":true,"
		       "\"newdir_id\":3,\"newname\":\"b\","
		       "\"replace\":false,\"exchange\":true}");
	assert_request(request_list(2, "", 9),
		       "{\"command\":\"list_shelves\",\"id\":2,\"after\":\"\","
		       "\"limit\":9}");
}

static void any_bytes(void **state)
{
	const struct place p = { 2, "\xff/" };

	(void)state;
	assert_request(request_lookup(&p), "{\"command\":\"get_shelf\","
					   "\"dir_id\":2,"
					   "\"name_b64\":\"/y8=\"}");
	assert_request(request_path(&p), "{\"command\":\"get_shelf_path\","
					 "\"parent_id\":2,"
					 "\"name_b64\":\"/y8=\"}");
	assert_request(request_list(2, "\xc0\x80", 1),
		       "{\"command\":\"list_shelves\",\"id\":2,"
		       "\"after_b64\":\"wIA=\",\"limit\":1}");
	assert_request(request_symlink(&a, &made, "\xff"),
		       "{\"command\":\"symlink\",\"dir_id\":2,\"name\":\"a\","
		       "\"want_dirs\":true,\"mode\":33184,\"uid\":1,\"gid\":2,"
		       "\"target_b64\":\"/w==\"}");
	assert_request(request_set_xattr(7, "user.a", "\0\1", 2,
					 XATTR_MODE_CREATE),
		       "{\"command\":\"set_xattr\",\"id\":7,"
		       "\"xattr\":\"user.a\",\"value_b64\":\"AAE=\","
		       "\"flags\":\"create\"}");
	assert_request(request_set_xattr(7, "user.a", "", 0, XATTR_MODE_ANY),
		       "{\"command\":\"set_xattr\",\"id\":7,"
		       "\"xattr\":\"user.a\",\"value_b64\":\"\"}");
}

static void new_shelves(void **state)
{
	const struct place nameless = { 2, NULL };
	const struct new_shelf device = { 0020600, 1, 2, 0x103 };

	(void)state;
	assert_request(request_create(&a, &made, true),
		       "{\"command\":\"create_shelf\",\"dir_id\":2,"
		       "\"name\":\"a\",\"want_dirs\":true,\"mode\":33184,"
		       "\"uid\":1,\"gid\":2,"
		       "\"excl\":true,\"open\":true,\"want_books\":true}");
	assert_request(request_create(&a, &device, false),
		       "{\"command\":\"create_shelf\",\"dir_id\":2,"
		       "\"name\":\"a\",\"want_dirs\":true,\"mode\":8576,"
		       "\"uid\":1,\"gid\":2,"
		       "\"excl\":true,\"open\":false,\"rdev\":259}");
	assert_request(request_create(&nameless, &made, true),
		       "{\"command\":\"create_shelf\",\"dir_id\":2,"
		       "\"mode\":33184,\"uid\":1,\"gid\":2,\"tmpfile\":true,"
		       "\"open\":true,\"want_books\":true}");
}

static void attributes(void **state)
{
	const struct attr_change all = {
		.what = ATTR_MODE | ATTR_UID | ATTR_GID | ATTR_ATIME |
			ATTR_MTIME_NOW,
		.mode = 0644,
		.uid = 1,
		.gid = 2,
		.atime_ns = -3,
		.mtime_ns = 4,
	};
	const struct attr_change none = { 0 };

	(void)state;
	assert_request(request_set_attr(7, &all),
		       "{\"command\":\"set_attr\",\"id\":7,\"mode\":420,"
		       "\"uid\":1,\"gid\":2,\"atime_ns\":-3,"
		       "\"mtime_ns\":\"now\"}");
	assert_request(request_set_attr(7, &none),
		       "{\"command\":\"set_attr\",\"id\":7}");
	assert_request(request_resize(7, 9, RESIZE_RESERVE),
		       "{\"command\":\"resize_shelf\",\"id\":7,"
		       "\"size_bytes\":9,\"zero_enabled\":true,"
		       "\"keep_size\":true,\"want_books\":true}");
	assert_request(request_append(7, 9, 5, 3),
		       "{\"command\":\"append\",\"id\":7,\"len\":9,"
		       "\"open_handle\":5,\"token\":3,\"want_books\":true}");
}

static void locks(void **state)
{
	const struct lock l = {
		7, LOCK_KIND_POSIX, LOCK_TYPE_WRITE, 0xab, 10, INT64_MAX, 5
	};

	(void)state;
	assert_request(request_lock(&l, true),
		       "{\"command\":\"lock\",\"id\":7,"
		       "\"owner\":\"00000000000000ab\",\"kind\":\"posix\","
		       "\"type\":\"write\",\"start\":10,"
		       "\"end\":9223372036854775807,\"pid\":5,\"wait\":true}");
}

static void context_says_who(void **state)
{
	const struct caller who = { .uid = 1, .gid = 2, .pid = 3 };
	json_t *o = request_stats();

	(void)state;
	assert_int_equal(request_set_context(o, 5, &who), 0);
	assert_request(o, "{\"command\":\"get_fs_stats\",\"context\":"
			  "{\"seq\":5,\"pid\":3}}");
	o = request_stats();
	assert_int_equal(request_set_context(o, 6, NULL), 0);
	assert_request(o, "{\"command\":\"get_fs_stats\",\"context\":"
			  "{\"seq\":6}}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),
		cmocka_unit_test(any_bytes),
		cmocka_unit_test(new_shelves),
		cmocka_unit_test(attributes),
		cmocka_unit_test(locks),
		cmocka_unit_test(context_says_who),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
