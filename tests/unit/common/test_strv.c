/* SPDX-License-Identifier: MIT */

/* test_strv.c - Lists of strings */

#include "strv.h"

#include <stdlib.h>

#include "../unit.h"

static void is_joined(const struct strv *v, const char *between,
		      const char *text)
{
	char *s = strv_join(v, between);

	assert_non_null(s);
	assert_string_equal(s, text);
	free(s);
}

static void nothing(void **state)
{
	CLEANUP_STRV struct strv v = { 0 };

	(void)state;
	strv_sort(&v);
	assert_false(strv_contains(&v, ""));
	assert_false(strv_contains_sorted(&v, ""));
	is_joined(&v, " ", "");
	assert_true(strv_ok(&v));
}

static void sorted(void **state)
{
	CLEANUP_STRV struct strv v = { 0 };

	(void)state;
	for (int i = 40; i > 0; i--)
		strv_pushf(&v, "%02d", i);
	strv_push(&v, "");
	assert_true(strv_ok(&v));
	assert_int_equal(v.n, 41);
	assert_null(v.v[41]);
	strv_sort(&v);
	for (size_t i = 1; i < v.n; i++)
		assert_true(strcmp(v.v[i - 1], v.v[i]) < 0);
	assert_null(v.v[41]);
	for (size_t i = 0; i < v.n; i++)
		assert_true(strv_contains_sorted(&v, v.v[i]));
	assert_false(strv_contains_sorted(&v, "41"));
	assert_false(strv_contains_sorted(&v, "1"));
}

static void joined(void **state)
{
	CLEANUP_STRV struct strv v = { 0 };

	(void)state;
	strv_push(&v, "one");
	is_joined(&v, ", ", "one");
	strv_push(&v, "");
	strv_push(&v, "three");
	is_joined(&v, ", ", "one, , three");
	is_joined(&v, "", "onethree");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing),
		cmocka_unit_test(sorted),
		cmocka_unit_test(joined),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
