/* SPDX-License-Identifier: MIT */

/* test_places.c - What lfs-stat makes of the file system's attributes */

#include <errno.h>

#include "../../unit.h"
#include "places.h"

static struct places three(void)
{
	struct places p = { .book_size = 8 << 20 };

	assert_int_equal(places_parse_groups("0:4,1:8,5:2", &p), 0);
	return p;
}

static void groups(void **state)
{
	struct places p = three();

	(void)state;
	assert_int_equal(p.books, 14);
	assert_int_equal(p.n_groups, 3);
	assert_int_equal(places_group(&p, 0)->ig, 0);
	assert_int_equal(places_group(&p, 3)->ig, 0);
	assert_int_equal(places_group(&p, 4)->ig, 1);
	assert_int_equal(places_group(&p, 13)->ig, 5);
	assert_true(places_lza(&p, 0) == 0);
	assert_true(places_lza(&p, 6) == (1ULL << 46 | 2ULL << 33));
	assert_true(places_lza(&p, 13) == (5ULL << 46 | 1ULL << 33));
}

static void bad_groups(void **state)
{
	static const char *const bad[] = {
		"",	  "0",	    "0:",	    ":4",
		"0:4,",	  ",0:4",   "0:4,1",	    "0:4 ",
		"128:4",  "-1:4",   "0:4294967296", "0:18446744073709551617",
		"0:8193", "0:4;1:4"
	};
	struct places p;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		if (places_parse_groups(bad[i], &p) != -EINVAL)
			fail_msg("'%s' is taken for groups", bad[i]);
}

static void books(void **state)
{
	static const struct {
		const char *text;
		size_t n;
		struct places_run runs[4];
	} good[] = {
		{ "", 0, { { 0, 0 } } },
		{ "3", 1, { { 3, 1 } } },
		{ "0-3", 1, { { 0, 4 } } },
		{ "2-5", 2, { { 2, 2 }, { 4, 2 } } },
		{ "0-13", 3, { { 0, 4 }, { 4, 8 }, { 12, 2 } } },
		{ "13,0,5-6", 3, { { 13, 1 }, { 0, 1 }, { 5, 2 } } },
	};
	const struct places p = three();

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		CLEANUP_FREE struct places_run *runs = NULL;
		size_t n;

		assert_int_equal(
			places_parse_books(good[i].text, &p, &runs, &n), 0);
		assert_int_equal(n, good[i].n);
		if (n)
			assert_memory_equal(runs, good[i].runs,
					    n * sizeof(runs[0]));
	}
}

static void bad_books(void **state)
{
	static const char *const bad[] = {
		",",	"1,", ",1", "-1",	  "1-",	    "3-2",	 "14",
		"0-14", "1x", "1 ", "4294967296", "0-13,0", "0-13,0-13", "1,,2",
	};
	const struct places p = three();

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct places_run *runs = NULL;
		size_t n;

		if (places_parse_books(bad[i], &p, &runs, &n) != -EINVAL)
			fail_msg("'%s' is taken for books", bad[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(groups),
		cmocka_unit_test(bad_groups),
		cmocka_unit_test(books),
		cmocka_unit_test(bad_books),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
