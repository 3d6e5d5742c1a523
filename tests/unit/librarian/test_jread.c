/* SPDX-License-Identifier: MIT */

/* test_jread.c - What jansson reads, values in their order, and the limits */

#include "../unit.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "jread.h"
#include "json.h"
#include "jwrite.h"

#define DEPTH 4
#define VALUES 1000

static int read_bytes(const char *text, size_t len, struct jread *ret_doc)
{
	char *copy = malloc(len ? len : 1);

	assert_non_null(copy);
	if (len)
		memcpy(copy, text, len);
	return jread_object(copy, len,
			    &(const struct jread_limits){ VALUES, DEPTH },
			    ret_doc);
}

static int read_text(const char *text, struct jread *ret_doc)
{
	return read_bytes(text, strlen(text), ret_doc);
}

/* The text that both give for the values that they have read. */
static void check_same(const char *text)
{
	CLEANUP_JSON json_t *theirs =
		json_loads(text, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);
	CLEANUP_FREE char *want =
		json_dumps(theirs, JSON_COMPACT | JSON_ENSURE_ASCII);
	struct jwrite w;
	struct jread doc;

	assert_non_null(want);
	assert_int_equal(read_text(text, &doc), 0);
	jwrite_init(&w, SIZE_MAX);
	jwrite_value(&w, doc.values);
	assert_int_equal(w.error, 0);
	assert_int_equal(w.len, strlen(want));
	assert_memory_equal(w.text, want, w.len);
	jwrite_deinit(&w);
	jread_deinit(&doc);
}

static void test_same(void **state)
{
	static const char *const texts[] = {
		"{}",
		" {\t}\r\n",
		"{\"a\":null,\"b\":true,\"c\":false}",
		"{\"a\" : [ ] , \"b\":[[], {}, [1,2]], \"c\":{\"d\":{}}}",
		"{\"a\":[0, -0, 10, 9223372036854775807, "
		"-9223372036854775808]}",
		"{\"a\":[0.0, -1.5, 1e3, 1E+2, 25e-1, 1e-400, 1.25e300]}",
		"{\"a\":\"\", \"\":\"a\", \"ab\":1, \"ba\":2}",
		"{\"a\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0000\\u001f\\u007f\"}",
		"{\"\\u00e4\":\"x\\u20ACy\\ud83d\\ude00z\"}",
		"{\"\xc3\xa4\":\"\xe2\x82\xac and \xf0\x9f\x98\x80\x7f\"}",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		check_same(texts[i]);
}

static void test_refused(void **state)
{
	static const char *const texts[] = {
		"",
		"{",
		"}",
		"[]",
		"1",
		"{}x",
		"{}{}",
		"{]",
		"{\"a\":[}",
		"{\"a\":[1}",
		"{\"a\"}",
		"{\"a\":}",
		"{\"a\" 1}",
		"{a:1}",
		"{\"a\":1,}",
		"{\"a\":[1,]}",
		"{\"a\":1 \"b\":2}",
		"{\"a\":nul}",
		"{\"a\":nulls}",
		"{\"a\":True}",
		"{\"a\":+1}",
		"{\"a\":-}",
		"{\"a\":01}",
		"{\"a\":.5}",
		"{\"a\":1.}",
		"{\"a\":1e}",
		"{\"a\":1e+}",
		"{\"a\":0x10}",
		"{\"a\":Infinity}",
		"{\"a\":9223372036854775808}",
		"{\"a\":-9223372036854775809}",
		"{\"a\":1e999}",
		"{\"a\":1",
		"{\"a\":1.5",
		"{\"a\":\"",
		"{\"a\":\"\\",
		"{\"a\":\"\\\"}",
		"{\"a\":\"\\x\"}",
		"{\"a\":\"\\u12\"}",
		"{\"a\":\"\\u12g4\"}",
		"{\"a\":\"\\ud83d\"}",
		"{\"a\":\"\\ud83d\\u0041\"}",
		"{\"a\":\"\\ude00\"}",
		"{\"a\":\"\\ud83d\\",
		"{\"a\":\"x\ny\"}",
		"{\"a\":\"\x80\"}",
		"{\"a\":\"\xed\xa0\x80\"}",
		"{\"a\":\"\xc3\"}",
		"{\"\\u0000\":1}",
		"{\"a\":1,\"a\":2}",
		"{\"a\":{\"b\":1,\"\\u0062\":2}}",
		"\xef\xbb\xbf{}",
	};
	struct jread doc;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		if (read_text(texts[i], &doc) != -EINVAL)
			fail_msg("'%s' was accepted", texts[i]);
	assert_int_equal(read_bytes("{\"a\":\"\0\"}", 9, &doc), -EINVAL);
	assert_int_equal(read_bytes("{}\0", 3, &doc), -EINVAL);
}

/* Each beginning of a text, in a buffer that ends there. */
static void test_cut(void **state)
{
	static const char text[] = "{\"a\":[1,-2.5e1,\"\\ud83d\\ude00\\n\","
				   "null],\"b\":{\"c\":true}}";
	struct jread doc;

	(void)state;
	for (size_t n = 0; n < strlen(text); n++)
		assert_int_equal(read_bytes(text, n, &doc), -EINVAL);
	assert_int_equal(read_text(text, &doc), 0);
	jread_deinit(&doc);
}

static void test_order(void **state)
{
	const struct jvalue *v, *list;
	struct jread doc;

	(void)state;
	assert_int_equal(read_text("{\"a\":[7,[8,9],\"x\\u0000\"],\"b\":{},"
				   "\"c\":\"\\u0041\",\"d\":\"plain\"}",
				   &doc),
			 0);
	v = doc.values;
	assert_int_equal(v->type, JVALUE_OBJECT);
	assert_ptr_equal(jvalue_next(v), doc.values + doc.n);
	list = jvalue_get(v, "a");
	assert_int_equal(list->n, 5);
	assert_int_equal(list[1].integer, 7);
	assert_ptr_equal(jvalue_next(list + 2), list + 5);
	assert_int_equal(list[5].n, 2);
	assert_null(jvalue_text(&list[5]));
	assert_ptr_equal(jvalue_next(list), jvalue_get(v, "b") - 1);
	assert_int_equal(jvalue_get(v, "b")->n, 0);
	assert_string_equal(jvalue_text(jvalue_get(v, "c")), "A");
	assert_false(jvalue_get(v, "c")->plain);
	assert_true(jvalue_get(v, "d")->plain);
	assert_null(jvalue_get(v, "e"));
	assert_null(jvalue_get(list, "a"));
	assert_null(jvalue_get(NULL, "a"));
	assert_null(jvalue_text(NULL));
	assert_null(jvalue_text(v));
	jread_deinit(&doc);
	assert_null(doc.values);
}

/* An object of @n members, their values lists that are @depth deep. */
static int read_large(unsigned n, unsigned depth, struct jread *ret_doc)
{
	CLEANUP_FREE char *text = malloc(32UL * n + 16);
	size_t len = 0;

	assert_non_null(text);
	text[len++] = '{';
	for (unsigned i = 0; i < n; i++)
		len += (size_t)sprintf(text + len, "%s\"key%u\":%.*s%.*s",
				       i ? "," : "", i, (int)depth, "[[[[[[",
				       (int)depth, "]]]]]]");
	text[len++] = '}';
	return read_bytes(text, len, ret_doc);
}

static int read_list(unsigned n, struct jread *ret_doc)
{
	static const char head[] = "{\"a\":[0", tail[] = "]}";
	CLEANUP_FREE char *text = malloc(2UL * n + sizeof(head) + sizeof(tail));
	char *p;

	assert_non_null(text);
	p = stpcpy(text, head);
	for (unsigned i = 1; i < n; i++)
		p = stpcpy(p, ",1");
	p = stpcpy(p, tail);
	return read_bytes(text, (size_t)(p - text), ret_doc);
}

static void test_limits(void **state)
{
	struct jread doc;

	(void)state;
	assert_int_equal(read_large(JREAD_KEYS_MAX, DEPTH - 1, &doc), 0);
	assert_int_equal(doc.n, 1 + JREAD_KEYS_MAX * DEPTH);
	jread_deinit(&doc);
	assert_int_equal(read_large(JREAD_KEYS_MAX + 1, 1, &doc), -EINVAL);
	assert_int_equal(read_large(1, DEPTH, &doc), -EINVAL);
	/* the object, its key and the list are values, too */
	assert_int_equal(read_list(VALUES - 3, &doc), 0);
	assert_int_equal(doc.n, VALUES);
	jread_deinit(&doc);
	assert_int_equal(read_list(VALUES - 2, &doc), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same),   cmocka_unit_test(test_refused),
		cmocka_unit_test(test_cut),    cmocka_unit_test(test_order),
		cmocka_unit_test(test_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
