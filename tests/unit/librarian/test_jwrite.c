/* SPDX-License-Identifier: MIT */

/* test_jwrite.c - The same text as jansson's, and the limit */

#include "../unit.h"

#include <errno.h>
#include <event2/buffer.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "json.h"
#include "jwrite.h"
#include "loop.h"

static void check_same(const char *text)
{
	CLEANUP_JSON json_t *v =
		json_loads(text, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
	CLEANUP_EVBUFFER struct evbuffer *out = evbuffer_new();
	CLEANUP_FREE char *want = NULL;
	size_t len;

	assert_non_null(v);
	want = json_dumps(v,
			  JSON_COMPACT | JSON_ENSURE_ASCII | JSON_ENCODE_ANY);
	assert_int_equal(jwrite(out, v, SIZE_MAX), 0);
	len = evbuffer_get_length(out);
	assert_int_equal(len, strlen(want));
	assert_memory_equal(evbuffer_pullup(out, -1), want, len);
}

static void test_same(void **state)
{
	static const char *const texts[] = {
		"{}",
		"[]",
		"null",
		"[true, false, null]",
		"[0, -1, 9223372036854775807, -9223372036854775808]",
		"[0.5, -1e300, 3.0, 1e-9]",
		"\"\"",
		"\"a\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0000\\u001f\\u007f\"",
		"\"\\u00e4\\u20ac\\ud83d\\ude00\\ufffd\"",
		"{\"a\": {\"b\": [1, {\"c\": \"d\"}]}, \"\\u00fc\": 1}",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		check_same(texts[i]);
}

/* Texts that do not fit into one step, with escapes at all places. */
static void test_long(void **state)
{
	(void)state;
	for (size_t n = 4080; n < 4110; n++) {
		CLEANUP_FREE char *text = malloc(3 * n + 32);
		size_t at = 0;

		text[at++] = '"';
		memset(text + at, 'x', n);
		at += n;
		memcpy(text + at, "\\n\xe2\x82\xac", 5);
		at += 5;
		memset(text + at, 'y', 2 * n);
		at += 2 * n;
		memcpy(text + at, "\"", 2);
		check_same(text);
	}
}

static void test_limit(void **state)
{
	CLEANUP_EVBUFFER struct evbuffer *out = evbuffer_new();
	CLEANUP_JSON json_t *v = json_array();

	(void)state;
	for (int i = 0; i < 10000; i++)
		(void)json_array_append_new(v, json_integer(i));
	assert_int_equal(jwrite(out, v, 20000), -EMSGSIZE);
	assert_true(evbuffer_get_length(out) <= 20000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same),
		cmocka_unit_test(test_long),
		cmocka_unit_test(test_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
