/* SPDX-License-Identifier: MIT */

/* test_base64.c - Bytes in texts, and texts that are none */

#include <errno.h>
#include <string.h>

#include "../unit.h"
#include "base64.h"
#include "cleanup.h"

static void test_known(void **state)
{
	/* RFC 4648, section 10 */
	static const char *const cases[][2] = {
		{ "", "" },
		{ "f", "Zg==" },
		{ "fo", "Zm8=" },
		{ "foo", "Zm9v" },
		{ "foob", "Zm9vYg==" },
		{ "fooba", "Zm9vYmE=" },
		{ "foobar", "Zm9vYmFy" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		size_t len = strlen(cases[i][0]), n = 99;
		char text[16], data[16];

		base64_encode(cases[i][0], len, text);
		assert_string_equal(text, cases[i][1]);
		assert_int_equal(strlen(text), BASE64_LEN(len));
		assert_int_equal(base64_decode(text, strlen(text), data, &n),
				 0);
		assert_int_equal(n, len);
		assert_memory_equal(data, cases[i][0], n);
	}
}

static void test_all_bytes(void **state)
{
	unsigned char in[256], out[BASE64_LEN(sizeof(in)) / 4 * 3];
	char text[BASE64_LEN(sizeof(in)) + 1];

	(void)state;
	for (size_t i = 0; i < sizeof(in); i++)
		in[i] = (unsigned char)i;
	for (size_t len = 0; len <= sizeof(in); len++) {
		const unsigned char *from = in + sizeof(in) - len;
		size_t n = 0;

		base64_encode(from, len, text);
		assert_int_equal(base64_decode(text, strlen(text), out, &n), 0);
		assert_int_equal(n, len);
		assert_memory_equal(out, from, len);
	}
}

static void test_bad(void **state)
{
	static const char *const cases[] = {
		"Z",	  "Zg=",  "Zg",	  "Z===", "====",     "Zg=A",
		"Zm9v\n", "Zm-v", "Zh==", "Zm9=", "Zg==Zg==", "=Zg="
	};
	char data[16];
	size_t n = 7;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_int_equal(base64_decode(cases[i], strlen(cases[i]), data,
					       &n),
				 -EINVAL);
	assert_int_equal(base64_decode("Zm\0v", 4, data, &n), -EINVAL);
	assert_int_equal(n, 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known),
		cmocka_unit_test(test_all_bytes),
		cmocka_unit_test(test_bad),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
