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
	assert_int_equal(jwrite_evbuffer(out, v, SIZE_MAX), 0);
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
	assert_int_equal(jwrite_evbuffer(out, v, 20000), -EMSGSIZE);
	assert_true(evbuffer_get_length(out) <= 20000);
}

/* Written piece by piece; commas come by themselves. */
static void test_pieces(void **state)
{
	static const char want[] =
		"{\"a\":[],\"b\":[1,{},\"{\",null,[{\"c\":-2},3]],"
		"\"d\":\"[\",\"e\":4,\"f\":true}";
	CLEANUP_JSON json_t *more = json_pack("{s:i, s:b}", "e", 4, "f", 1);
	struct jwrite w;

	(void)state;
	jwrite_init(&w, SIZE_MAX);
	jwrite_open(&w, '{');
	jwrite_key(&w, "a");
	jwrite_open(&w, '[');
	jwrite_close(&w, ']');
	jwrite_key(&w, "b");
	jwrite_open(&w, '[');
	jwrite_int(&w, 1);
	jwrite_open(&w, '{');
	jwrite_close(&w, '}');
	jwrite_text(&w, "{", 1);
	jwrite_null(&w);
	jwrite_open(&w, '[');
	jwrite_open(&w, '{');
	jwrite_key(&w, "c");
	jwrite_int(&w, -2);
	jwrite_close(&w, '}');
	jwrite_int(&w, 3);
	jwrite_close(&w, ']');
	jwrite_close(&w, ']');
	jwrite_key(&w, "d");
	jwrite_text(&w, "[", 1);
	jwrite_members(&w, more);
	jwrite_close(&w, '}');
	assert_int_equal(w.error, 0);
	assert_int_equal(w.len, strlen(want));
	assert_memory_equal(w.text, want, w.len);
	jwrite_deinit(&w);
}

/* Failures stay until the text is cut. */
static void test_failure(void **state)
{
	struct jwrite w;

	(void)state;
	jwrite_init(&w, 8);
	jwrite_open(&w, '[');
	jwrite_text(&w, "too long", 8);
	jwrite_int(&w, 1);
	assert_int_equal(w.error, -EMSGSIZE);
	assert_true(w.len <= 8);
	jwrite_cut(&w, 0);
	jwrite_int(&w, 12345678);
	assert_int_equal(w.error, 0);
	assert_memory_equal(w.text, "12345678", 8);
	jwrite_deinit(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same),	cmocka_unit_test(test_long),
		cmocka_unit_test(test_limit),	cmocka_unit_test(test_pieces),
		cmocka_unit_test(test_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
