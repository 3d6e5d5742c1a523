/* SPDX-License-Identifier: MIT */

/* test_jget.c - Members of an object: types and limits */

#include "jget.h"

#include <errno.h>
#include <stdlib.h>

#include "../unit.h"

static struct jread parse(const char *text)
{
	static const struct jread_limits limits = { 64, 4 };
	struct jread doc;
	char *copy = strdup(text);

	assert_non_null(copy);
	assert_int_equal(jread_object(copy, strlen(copy), &limits, &doc), 0);
	return doc;
}

static void numbers(void **state)
{
	CLEANUP_JREAD struct jread doc =
		parse("{\"a\":-1,\"b\":4294967296,\"c\":\"1\",\"d\":1.5}");
	const struct jvalue *o = doc.values;
	uint64_t u = 99;
	uint32_t v = 99;
	int64_t i = 99;

	(void)state;
	assert_int_equal(jget_i64(o, "a", &i), 0);
	assert_int_equal(i, -1);
	assert_int_equal(jget_i64(o, "c", &i), -EINVAL);
	assert_int_equal(jget_i64(o, "d", &i), -EINVAL);
	assert_int_equal(jget_i64(o, "e", &i), -ENOENT);
	assert_int_equal(jget_i64(NULL, "a", &i), -ENOENT);
	assert_int_equal(i, -1);
	assert_int_equal(jget_u64(o, "a", 0, UINT64_MAX, &u), -ERANGE);
	assert_int_equal(jget_u64(o, "b", 0, UINT32_MAX, &u), -ERANGE);
	assert_int_equal(jget_u64(o, "b", 1ULL << 33, UINT64_MAX, &u), -ERANGE);
	assert_int_equal(u, 99);
	assert_int_equal(jget_u64(o, "b", 1ULL << 32, 1ULL << 32, &u), 0);
	assert_int_equal(u, 1ULL << 32);
	assert_int_equal(jget_u32(o, "b", 0, UINT32_MAX, &v), -ERANGE);
	assert_int_equal(v, 99);
}

static void others(void **state)
{
	CLEANUP_JREAD struct jread doc =
		parse("{\"a\":true,\"b\":false,\"c\":null,\"d\":\"x\","
		      "\"e\":\"x\\u0000\"}");
	const struct jvalue *o = doc.values;
	const char *s = NULL;
	bool b = false;

	(void)state;
	assert_int_equal(jget_bool(o, "a", &b), 0);
	assert_true(b);
	assert_int_equal(jget_bool(o, "b", &b), 0);
	assert_false(b);
	assert_int_equal(jget_bool(o, "c", &b), -EINVAL);
	assert_int_equal(jget_bool(o, "f", &b), -ENOENT);
	assert_int_equal(jget_text(o, "d", &s), 0);
	assert_string_equal(s, "x");
	assert_int_equal(jget_text(o, "e", &s), -EINVAL);
	assert_int_equal(jget_text(o, "a", &s), -EINVAL);
	assert_int_equal(jget_text(o, "f", &s), -ENOENT);
}

static void elements(void **state)
{
	CLEANUP_JREAD struct jread doc =
		parse("{\"a\":[],\"b\":[1,[2,3],{\"x\":4}]}");

	(void)state;
	assert_int_equal(jvalue_count(jvalue_get(doc.values, "a")), 0);
	assert_int_equal(jvalue_count(jvalue_get(doc.values, "b")), 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers),
		cmocka_unit_test(others),
		cmocka_unit_test(elements),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
