/* SPDX-License-Identifier: MIT */

/* test_utf8.c - Bytes that are a text, and bytes that are none */

#include <string.h>

#include "../unit.h"
#include "cleanup.h"
#include "utf8.h"

static void test_good(void **state)
{
	static const char *const cases[] = {
		"",
		"a\n\x7f",
		"\xc2\x80",
		"\xdf\xbf",
		"\xe0\xa0\x80",
		"\xed\x9f\xbf",
		"\xee\x80\x80",
		"\xef\xbf\xbd",
		"\xf0\x90\x80\x80",
		"\xf4\x8f\xbf\xbf",
		"a\xc3\xbc\xf0\x9f\x98\x80z",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		if (!utf8_is_valid(cases[i], strlen(cases[i])))
			fail_msg("%zu", i);
	assert_true(utf8_is_valid("a\0b", 3));
}

static void test_bad(void **state)
{
	static const char *const cases[] = {
		"\x80",
		"\xbf",
		"\xc0\x80",
		"\xc1\xbf",
		"\xc2",
		"\xc2z",
		"\xe0\x9f\xbf",
		"\xe1\x80",
		"\xed\xa0\x80",
		"\xed\xbf\xbf",
		"\xf0\x8f\xbf\xbf",
		"\xf1\x80\x80",
		"\xf4\x90\x80\x80",
		"\xf5\x80\x80\x80",
		"\xff",
		"a\xfe",
		"\xc3\xbc\xbc",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		if (utf8_is_valid(cases[i], strlen(cases[i])))
			fail_msg("%zu", i);
	/* nothing behind the end is looked at */
	assert_false(utf8_is_valid("\xc3\xbc", 1));
}

static void test_show(void **state)
{
	static const char *const cases[][2] = {
		{ "", "" },
		{ "a\xc3\xbc", "a\xc3\xbc" },
		{ "\xff", "\xef\xbf\xbd" },
		{ "a\xc3z\xbc", "a\xef\xbf\xbdz\xef\xbf\xbd" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		CLEANUP_FREE char *shown = utf8_show(cases[i][0]);

		assert_string_equal(shown, cases[i][1]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_show),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
