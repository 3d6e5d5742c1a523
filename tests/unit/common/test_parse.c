/* SPDX-License-Identifier: MIT */

/* test_parse.c - Numbers and sizes from text */

#include "parse.h"

#include <errno.h>

#include "../unit.h"

static void sizes(void **state)
{
	static const struct {
		const char *text;
		int r;
		uint64_t want;
	} t[] = {
		{ "0", 0, 0 },
		{ "4096", 0, 4096 },
		{ "8M", 0, 8ULL << 20 },
		{ "8m", 0, 8ULL << 20 },
		{ "2G", 0, 2ULL << 30 },
		{ "1T", 0, 1ULL << 40 },
		{ "1k", 0, 1024 },
		{ "9223372036854775807", 0, INT64_MAX },
		{ "9223372036854775808", -ERANGE, 0 },
		{ "18446744073709551616", -ERANGE, 0 },
		{ "8388608T", -ERANGE, 0 },
		{ "99999999999999999999", -ERANGE, 0 },
		{ "", -EINVAL, 0 },
		{ "M", -EINVAL, 0 },
		{ "-1", -EINVAL, 0 },
		{ "+1", -EINVAL, 0 },
		{ " 1", -EINVAL, 0 },
		{ "1 ", -EINVAL, 0 },
		{ "1MB", -EINVAL, 0 },
		{ "1P", -EINVAL, 0 },
		{ "1@", -EINVAL, 0 },
		{ "0x10", -EINVAL, 0 },
		{ "1.5G", -EINVAL, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		uint64_t v = 12345;

		if (parse_size(t[i].text, &v) != t[i].r)
			fail_msg("'%s': wrong result", t[i].text);
		assert_int_equal(v, t[i].r ? 12345 : t[i].want);
	}
}

static void limits(void **state)
{
	uint64_t v = 7;
	uint32_t w = 7;

	(void)state;
	assert_int_equal(parse_u64("32", 1, 32, &v), 0);
	assert_int_equal(v, 32);
	assert_int_equal(parse_u64("33", 1, 32, &v), -ERANGE);
	assert_int_equal(parse_u64("0", 1, 32, &v), -ERANGE);
	assert_int_equal(parse_u64("3x", 1, 32, &v), -EINVAL);
	assert_int_equal(v, 32);
	assert_int_equal(parse_u64("18446744073709551615", 0, UINT64_MAX, &v),
			 0);
	assert_true(v == UINT64_MAX);
	assert_int_equal(parse_u32("4294967295", 0, UINT32_MAX, &w), 0);
	assert_int_equal(w, UINT32_MAX);
	assert_int_equal(parse_u32("4294967296", 0, UINT32_MAX, &w), -ERANGE);
}

static void round_trip(void **state)
{
	static const char *const texts[] = { "0",    "1",  "1023", "1K",
					     "1025", "8M", "4G",   "3T" };
	char buf[FORMAT_SIZE_MAX];
	uint64_t v;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		assert_int_equal(parse_size(texts[i], &v), 0);
		assert_string_equal(format_size(v, buf, sizeof(buf)), texts[i]);
	}
	assert_string_equal(format_size(INT64_MAX, buf, sizeof(buf)),
			    "9223372036854775807");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sizes),
		cmocka_unit_test(limits),
		cmocka_unit_test(round_trip),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
