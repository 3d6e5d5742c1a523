/* SPDX-License-Identifier: MIT */

/* test_info.c - Which answers are believed */

#include "info.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "cleanup.h"

#include "../../unit.h"

static struct jread parse(const char *text)
{
	static const struct jread_limits limits = { 1000, 8 };
	struct jread doc;
	char *copy = strdup(text);

	assert_non_null(copy);
	assert_int_equal(jread_object(copy, strlen(copy), &limits, &doc), 0);
	return doc;
}

#define SHELF(id, size, more)                                             \
	"{\"id\":" id ",\"parent_id\":2,\"mode\":33188,\"link_count\":1," \
	"\"size_bytes\":" size ",\"book_count\":2,\"uid\":1,\"gid\":2,"   \
	"\"rdev\":0,\"atime_ns\":-1,\"mtime_ns\":2,\"ctime_ns\":3" more "}"

static void shelf(void **state)
{
	CLEANUP_SHELF_INFO struct shelf_info info = { 0 };
	CLEANUP_JREAD struct jread o =
		parse(SHELF("7", "10",
			    ",\"name\":\"a\",\"open_handle\":9,\"gen\":5,"
			    "\"books\":[3,1]"));

	(void)state;
	assert_int_equal(shelf_info_parse(o.values, 4, &info), 0);
	assert_int_equal(info.id, 7);
	assert_string_equal(info.name, "a");
	assert_int_equal(info.size, 10);
	assert_int_equal(info.uid, 1);
	assert_int_equal(info.gid, 2);
	assert_int_equal(info.atime_ns, -1);
	assert_int_equal(info.handle, 9);
	assert_true(info.has_gen);
	assert_int_equal(info.gen, 5);
	assert_true(info.has_books);
	assert_int_equal(info.n_books, 2);
	assert_int_equal(info.books[0], 3);
	assert_int_equal(info.books[1], 1);
}

static void shelf_without_the_rest(void **state)
{
	CLEANUP_SHELF_INFO struct shelf_info info = { 0 };
	CLEANUP_JREAD struct jread o =
		parse(SHELF("7", "10", ",\"open_handle\":null"));

	(void)state;
	assert_int_equal(shelf_info_parse(o.values, 4, &info), 0);
	assert_false(info.has_books);
	assert_false(info.has_gen);
	assert_null(info.books);
	assert_null(info.name);
	assert_int_equal(info.n_books, 2);
	assert_int_equal(info.handle, 0);
}

/* No number of a book outside the memory may get any further than this. */
static void hostile_shelves(void **state)
{
	static const char *const texts[] = {
		SHELF("7", "1", ",\"books\":[3,4]"),
		SHELF("7", "1", ",\"books\":[3,-1]"),
		SHELF("7", "1", ",\"books\":[3,4294967296]"),
		SHELF("7", "1", ",\"books\":[3,\"1\"]"),
		SHELF("7", "1", ",\"books\":[3,1.0]"),
		SHELF("7", "1", ",\"books\":[3]"),
		SHELF("7", "1", ",\"books\":[3,2,1]"),
		SHELF("7", "1", ",\"books\":[0,1,2,3,0]"),
		SHELF("7", "1", ",\"books\":{}"),
		SHELF("7", "1", ",\"open_handle\":\"9\""),
		SHELF("7", "1", ",\"name_b64\":\"?\""),
		SHELF("7", "1", ",\"gen\":-1"),
		SHELF("7", "-1", ""),
		SHELF("0", "1", ""),
		"{}",
		"{\"id\":7}",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		CLEANUP_JREAD struct jread o = parse(texts[i]);
		struct shelf_info info = { .id = 99 };

		if (shelf_info_parse(o.values, 4, &info) != -EPROTO)
			fail_msg("accepted: %s", texts[i]);
		assert_int_equal(info.id, 99);
	}
}

#define ENTRY(name) SHELF("7", "1", name)
#define LIST(entries) "{\"entries\":[" entries "],\"more\":true}"

static void listings(void **state)
{
	static const char *const bad[] = {
		LIST("{}"),
		LIST(ENTRY("")),
		LIST(ENTRY(",\"name\":\"\"")),
		LIST(ENTRY(",\"name\":\".\"")),
		LIST(ENTRY(",\"name\":\"..\"")),
		LIST(ENTRY(",\"name\":\"a/b\"")),
		LIST(ENTRY(",\"name_b64\":\"YQBi\"")), /* a NUL */
		LIST(ENTRY(",\"name\":\"a\\u0000b\"")),
		LIST(ENTRY(",\"name\":7")),
		"{\"entries\":[]}",
		"{\"more\":true}",
	};
	CLEANUP_JREAD struct jread o = parse(LIST(
		ENTRY(",\"name\":\"a\"") "," ENTRY(",\"name_b64\":\"/w==\"")));
	CLEANUP_LISTING struct listing l = { 0 };

	(void)state;
	assert_int_equal(listing_parse(o.values, 4, &l), 0);
	assert_int_equal(l.n, 2);
	assert_true(l.more);
	assert_string_equal(l.infos[0].name, "a");
	assert_string_equal(l.infos[1].name, "\xff");
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		CLEANUP_JREAD struct jread b = parse(bad[i]);
		struct listing none;

		if (listing_parse(b.values, 4, &none) != -EPROTO)
			fail_msg("accepted: %s", bad[i]);
	}
}

static void gens(void **state)
{
	CLEANUP_JREAD struct jread one =
		parse("{\"value\":{\"names_gen_before\":1,"
		      "\"names_gen\":2}}");
	CLEANUP_JREAD struct jread two =
		parse("{\"value\":{\"names_gen_before\":1,\"names_gen\":2,"
		      "\"newnames_gen_before\":3,\"newnames_gen\":4}}");
	CLEANUP_JREAD struct jread none = parse("{\"value\":{},\"errno\":2}");
	CLEANUP_JREAD struct jread error =
		parse("{\"errno\":2,\"names_gen\":7}");
	struct names_change c;
	uint64_t gen;

	(void)state;
	assert_int_equal(names_change_parse(one.values, &c), 0);
	assert_int_equal(c.new_before, 1);
	assert_int_equal(c.new_after, 2);
	assert_int_equal(names_change_parse(two.values, &c), 0);
	assert_int_equal(c.before, 1);
	assert_int_equal(c.new_after, 4);
	assert_int_equal(names_change_parse(none.values, &c), -ENOENT);
	assert_int_equal(names_gen_parse(error.values, &gen), 0);
	assert_int_equal(gen, 7);
	assert_int_equal(names_gen_parse(none.values, &gen), -ENOENT);
}

static void stats(void **state)
{
	static const struct {
		long long size, total, used;
		int want;
	} cases[] = {
		{ 8 << 20, 512, 3, 0 },		{ 2 << 20, 0, 0, 0 },
		{ 1 << 20, 512, 3, -EPROTO },	{ 3 << 20, 512, 3, -EPROTO },
		{ 1LL << 34, 512, 3, -EPROTO }, { 8 << 20, 512, 513, -EPROTO },
		{ 8 << 20, -1, 0, -EPROTO },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		CLEANUP_JREAD struct jread o = { 0 };
		char text[128];
		struct fs_stats s;

		(void)snprintf(text, sizeof(text),
			       "{\"book_size_bytes\":%lld,"
			       "\"books_total\":%lld,\"books_used\":%lld}",
			       cases[i].size, cases[i].total, cases[i].used);
		o = parse(text);
		assert_int_equal(fs_stats_parse(o.values, &s), cases[i].want);
	}
}

static void handles_of_one_node(void **state)
{
	CLEANUP_JREAD struct jread o =
		parse("{\"all\":[{\"id\":1,\"shelf_id\":7,\"node_id\":1},"
		      "{\"id\":2,\"shelf_id\":8,\"node_id\":2}],"
		      "\"bad\":[{\"id\":1}]}");
	const struct jvalue *all = jvalue_get(o.values, "all");
	const struct jvalue *bad = jvalue_get(o.values, "bad");
	CLEANUP_FREE struct open_info *opens = NULL;
	size_t n;

	(void)state;
	assert_int_equal(open_infos_parse(all, 2, &opens, &n), 0);
	assert_int_equal(n, 1);
	assert_int_equal(opens[0].handle, 2);
	assert_int_equal(opens[0].shelf_id, 8);
	assert_int_equal(open_infos_parse(bad, 2, &opens, &n), -EPROTO);
}

static void locks(void **state)
{
	CLEANUP_JREAD struct jread none = parse("{\"type\":\"unlock\"}");
	CLEANUP_JREAD struct jread o =
		parse("{\"type\":\"write\",\"start\":1,"
		      "\"end\":2,\"pid\":3,\"node_id\":4}");
	CLEANUP_JREAD struct jread bad =
		parse("{\"type\":\"read\",\"start\":3,"
		      "\"end\":2,\"pid\":3,\"node_id\":4}");
	struct lock_info l;

	(void)state;
	assert_int_equal(lock_info_parse(none.values, &l), 0);
	assert_false(l.taken);
	assert_int_equal(lock_info_parse(o.values, &l), 0);
	assert_true(l.taken && l.write);
	assert_int_equal(l.end, 2);
	assert_int_equal(lock_info_parse(bad.values, &l), -EPROTO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shelf),
		cmocka_unit_test(shelf_without_the_rest),
		cmocka_unit_test(hostile_shelves),
		cmocka_unit_test(listings),
		cmocka_unit_test(gens),
		cmocka_unit_test(stats),
		cmocka_unit_test(handles_of_one_node),
		cmocka_unit_test(locks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
