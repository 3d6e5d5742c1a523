/* SPDX-License-Identifier: MIT */

/* test_jstream.c - Objects are found whatever way the bytes come */

#include "fixture.h"

#include "jstream.h"

/* Feeds in pieces; appends each object and a newline to @out. */
static void feed(const char *text, size_t piece, char *out, size_t size)
{
	size_t len = strlen(text), used;
	struct jstream js;

	jstream_init(&js, 64, 4);
	*out = '\0';
	for (size_t at = 0; at < len; at += used) {
		size_t n = len - at < piece ? len - at : piece;
		size_t end = strlen(out);

		switch (jstream_feed(&js, text + at, n, &used)) {
		case JSTREAM_MORE:
			assert_int_equal(used, n);
			break;
		case JSTREAM_OBJECT:
			(void)snprintf(out + end, size - end, "%.*s\n",
				       (int)js.len, js.text);
			break;
		case JSTREAM_TOO_LARGE:
			(void)snprintf(out + end, size - end, "LARGE\n");
			break;
		case JSTREAM_TOO_DEEP:
			(void)snprintf(out + end, size - end, "DEEP\n");
			break;
		case JSTREAM_NO_MEMORY:
			fail();
		}
	}
	jstream_deinit(&js);
}

static void test_objects(void **state)
{
	static const struct {
		const char *in;
		const char *out;
	} cases[] = {
		{ "", "" },
		{ "{}", "{}\n" },
		{ "{}{\"a\":{}}", "{}\n{\"a\":{}}\n" },
		{ " \n{} \t{}", "{}\n{}\n" },
		{ "{\"a\":\"}\"}{}", "{\"a\":\"}\"}\n{}\n" },
		{ "{\"a\":\"\\\"}\"}{}", "{\"a\":\"\\\"}\"}\n{}\n" },
		{ "{\"a\":\"\\\\\"}{}", "{\"a\":\"\\\\\"}\n{}\n" },
		/* what is not an object is skipped */
		{ "junk 5 null \"text\" {} }]", "{}\n" },
		{ "[{\"a\":1}]{}", "{}\n" },
		{ "[\"{\"]{}", "{}\n" },
		/* wrong, but its end is known */
		{ "{]{}", "{]\n{}\n" },
		{ "{a b}{}", "{a b}\n{}\n" },
		{ "{\"a\":[[[[1]]]]}{}", "DEEP\n{}\n" },
		{ "[[[[[[[[{}]]]]]]]]{}", "{}\n" },
		{ "{\"a\":"
		  "\"0123456789012345678901234567890123456789012345678901"
		  "23456789\"}{}",
		  "LARGE\n{}\n" },
		{ "{\"unfinished\":", "" },
	};
	char out[512];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		for (size_t piece = 1; piece < 80; piece++) {
			feed(cases[i].in, piece, out, sizeof(out));
			assert_string_equal(out, cases[i].out);
		}
	}
}

static void test_size_limit_is_exact(void **state)
{
	char text[80] = "{\"a\":\"", out[256];

	(void)state;
	memset(text + 6, 'x', 56);
	memcpy(text + 62, "\"}", 3); /* 64 bytes */
	feed(text, 7, out, sizeof(out));
	assert_int_equal(out[0], '{');
	memcpy(text + 62, "x\"}", 4);
	feed(text, 7, out, sizeof(out));
	assert_string_equal(out, "LARGE\n");
}

static void test_depth_limit_is_exact(void **state)
{
	char out[128];

	(void)state;
	feed("{\"a\":[[[]]]}", 3, out, sizeof(out));
	assert_string_equal(out, "{\"a\":[[[]]]}\n");
	feed("{\"a\":[[[[]]]]}", 3, out, sizeof(out));
	assert_string_equal(out, "DEEP\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_objects),
		cmocka_unit_test(test_size_limit_is_exact),
		cmocka_unit_test(test_depth_limit_is_exact),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
