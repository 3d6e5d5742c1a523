/* SPDX-License-Identifier: MIT */

/* test_request.c - What is asked, and which answers are believed */

#include "request.h"

#include <errno.h>
#include <stdio.h>

#include "json.h"
#include "proto_librarian.h"

#include "../../unit.h"

static json_t *parse(const char *text)
{
	json_t *o;

	assert_int_equal(json_parse_object(text, strlen(text), &o), 0);
	return o;
}

static void assert_request(json_t *request, const char *want)
{
	CLEANUP_FREE char *have = NULL;

	assert_non_null(request);
	have = json_line(request);
	assert_string_equal(have, want);
	json_decref(request);
}

static void requests_name_shelves(void **state)
{
	(void)state;
	assert_request(request_get("/a", 0, true),
		       "{\"command\":\"get_shelf\",\"want_books\":true,"
		       "\"path\":\"/a\"}");
	assert_request(request_get(NULL, 7, false),
		       "{\"command\":\"get_shelf\",\"want_books\":false,"
		       "\"id\":7}");
	assert_request(request_destroy("/a", 7),
		       "{\"command\":\"destroy_shelf\",\"path\":\"/a\","
		       "\"id\":7}");
	assert_request(request_close(7, 9),
		       "{\"command\":\"close_shelf\",\"open_handle\":9,"
		       "\"id\":7}");
	assert_request(request_rename("/a", 7, "/b", true),
		       "{\"command\":\"rename_shelf\",\"newpath\":\"/b\","
		       "\"replace\":true,\"path\":\"/a\",\"id\":7}");
}

static void other_bytes_than_utf8_are_refused(void **state)
{
	(void)state;
	assert_null(request_get("/\xff", 0, false));
	assert_null(request_rename("/a", 1, "/\xc0\x80", false));
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

#define SHELF(more)                                                        \
	"{\"id\":7,\"parent_id\":2,\"name\":\"a\",\"mode\":33188,"         \
	"\"link_count\":1,\"size_bytes\":10,\"book_count\":2,\"ctime\":1," \
	"\"mtime\":2" more "}"

static void shelf(void **state)
{
	CLEANUP_SHELF_INFO struct shelf_info info = { 0 };
	CLEANUP_JSON json_t *o =
		parse(SHELF(",\"open_handle\":9,\"books\":[3,1]"));

	(void)state;
	assert_int_equal(shelf_info_parse(o, 4, &info), 0);
	assert_int_equal(info.id, 7);
	assert_string_equal(info.name, "a");
	assert_int_equal(info.size, 10);
	assert_int_equal(info.handle, 9);
	assert_true(info.has_books);
	assert_int_equal(info.n_books, 2);
	assert_int_equal(info.books[0], 3);
	assert_int_equal(info.books[1], 1);
}

static void shelf_without_books(void **state)
{
	CLEANUP_SHELF_INFO struct shelf_info info = { 0 };
	CLEANUP_JSON json_t *o = parse(SHELF(",\"open_handle\":null"));

	(void)state;
	assert_int_equal(shelf_info_parse(o, 4, &info), 0);
	assert_false(info.has_books);
	assert_null(info.books);
	assert_int_equal(info.n_books, 2);
	assert_int_equal(info.handle, 0);
}

/* No number of a book outside the memory may get any further than this. */
static void hostile_shelves(void **state)
{
	static const char *const texts[] = {
		SHELF(",\"books\":[3,4]"),
		SHELF(",\"books\":[3,-1]"),
		SHELF(",\"books\":[3,4294967296]"),
		SHELF(",\"books\":[3,\"1\"]"),
		SHELF(",\"books\":[3,1.0]"),
		SHELF(",\"books\":[3]"),
		SHELF(",\"books\":[3,2,1]"),
		SHELF(",\"books\":[0,1,2,3,0]"),
		SHELF(",\"books\":{}"),
		SHELF(",\"open_handle\":\"9\""),
		"{}",
		"{\"id\":7}",
		"{\"id\":0,\"parent_id\":2,\"name\":\"a\",\"mode\":1,"
		"\"link_count\":1,\"size_bytes\":0,\"book_count\":0,"
		"\"ctime\":1,\"mtime\":2}",
		"{\"id\":7,\"parent_id\":2,\"name\":\"a/b\",\"mode\":1,"
		"\"link_count\":1,\"size_bytes\":0,\"book_count\":0,"
		"\"ctime\":1,\"mtime\":2}",
		"{\"id\":7,\"parent_id\":2,\"name\":\"\",\"mode\":1,"
		"\"link_count\":1,\"size_bytes\":0,\"book_count\":0,"
		"\"ctime\":1,\"mtime\":2}",
		"{\"id\":7,\"parent_id\":2,\"name\":\"a\",\"mode\":1,"
		"\"link_count\":1,\"size_bytes\":-1,\"book_count\":0,"
		"\"ctime\":1,\"mtime\":2}",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		CLEANUP_JSON json_t *o = parse(texts[i]);
		struct shelf_info info = { .id = 99 };

		if (shelf_info_parse(o, 4, &info) != -EPROTO)
			fail_msg("accepted: %s", texts[i]);
		assert_int_equal(info.id, 99);
	}
}

static void lists(void **state)
{
	CLEANUP_JSON json_t *o = json_pack("[]");
	CLEANUP_JSON json_t *bad = json_pack("[o,{}]", parse(SHELF("")));
	struct shelf_info *infos;
	size_t n;

	(void)state;
	assert_int_equal(shelf_infos_parse(o, 4, &infos, &n), 0);
	assert_int_equal(n, 0);
	shelf_infos_free(infos, n);
	assert_int_equal(shelf_infos_parse(bad, 4, &infos, &n), -EPROTO);
	assert_int_equal(shelf_infos_parse(json_null(), 4, &infos, &n),
			 -EPROTO);
}

static void stats(void **state)
{
	static const struct {
		json_int_t size, total, used;
		int want;
	} cases[] = {
		{ 8 << 20, 512, 3, 0 },		{ 2 << 20, 0, 0, 0 },
		{ 1 << 20, 512, 3, -EPROTO },	{ 3 << 20, 512, 3, -EPROTO },
		{ 1LL << 34, 512, 3, -EPROTO }, { 8 << 20, 512, 513, -EPROTO },
		{ 8 << 20, -1, 0, -EPROTO },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		CLEANUP_JSON json_t *o =
			json_pack("{s:I,s:I,s:I}", "book_size_bytes",
				  cases[i].size, "books_total", cases[i].total,
				  "books_used", cases[i].used);
		struct fs_stats s;

		assert_int_equal(fs_stats_parse(o, &s), cases[i].want);
	}
}

static void handles_of_one_node(void **state)
{
	CLEANUP_JSON json_t *o = json_pack("[{s:i,s:i,s:i},{s:i,s:i,s:i}]",
					   "id", 1, "shelf_id", 7, "node_id", 1,
					   "id", 2, "shelf_id", 8, "node_id",
					   2);
	CLEANUP_JSON json_t *bad = json_pack("[{s:i}]", "id", 1);
	CLEANUP_FREE struct open_info *opens = NULL;
	size_t n;

	(void)state;
	assert_int_equal(open_infos_parse(o, 2, &opens, &n), 0);
	assert_int_equal(n, 1);
	assert_int_equal(opens[0].handle, 2);
	assert_int_equal(opens[0].shelf_id, 8);
	assert_int_equal(open_infos_parse(bad, 2, &opens, &n), -EPROTO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests_name_shelves),
		cmocka_unit_test(other_bytes_than_utf8_are_refused),
		cmocka_unit_test(context_says_who),
		cmocka_unit_test(shelf),
		cmocka_unit_test(shelf_without_books),
		cmocka_unit_test(hostile_shelves),
		cmocka_unit_test(lists),
		cmocka_unit_test(stats),
		cmocka_unit_test(handles_of_one_node),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
