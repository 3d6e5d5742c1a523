/* SPDX-License-Identifier: MIT */

/* test_modules.c - Signatures are cut off; the rest is in test_kernel.c */

#include "modules.h"

#include "../unit.h"

#define MAGIC "~Module signature appended~\n"

static void signatures(void **state)
{
	static const char none[] = "\x7f"
				   "ELF of some length";
	/* "code", a signature of 5 bytes, id type and so on, its length */
	static const char is_signed[] =
		"codeSIGNA\0\0\2\0\0\0\0\0\0\0\0\5" MAGIC;
	static const char too_long[] =
		"codeSIGNA\0\0\2\0\0\0\0\0\0\0\1\5" MAGIC;
	static const char only[] = MAGIC;

	(void)state;
	assert_int_equal(module_unsigned(none, sizeof(none) - 1),
			 sizeof(none) - 1);
	assert_int_equal(module_unsigned(is_signed, sizeof(is_signed) - 1), 4);
	/* A length that points before the file: left as it is. */
	assert_int_equal(module_unsigned(too_long, sizeof(too_long) - 1),
			 sizeof(too_long) - 1);
	assert_int_equal(module_unsigned(only, sizeof(only) - 1),
			 sizeof(only) - 1);
	assert_int_equal(module_unsigned("", 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(signatures),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
