/* SPDX-License-Identifier: MIT */

/* test_checkup.c - Rows, and their way through a document */

#include "checkup.h"

#include <errno.h>

#include "../unit.h"

static void through_a_document(void **state)
{
	struct checkup c = { 0 }, copy = { 0 };
	CLEANUP_JSON json_t *document = NULL;

	(void)state;
	checkup_say(checkup_add(&c, "one"), CHECKUP_OK, "%d %s", 1, "good");
	assert_true(checkup_good(&c));
	checkup_say(checkup_add(&c, "two"), CHECKUP_PROBLEM, "bad");
	checkup_mend(&c.rows[1], "mend %s", "it");
	assert_false(checkup_good(&c));
	(void)snprintf(c.image, sizeof(c.image), "/image");

	document = checkup_document(&c);
	assert_non_null(document);
	assert_int_equal(checkup_append(&copy, document), 0);
	assert_int_equal(copy.n, 2);
	assert_string_equal(copy.image, "/image");
	assert_string_equal(copy.rows[0].name, "one");
	assert_string_equal(copy.rows[0].text, "1 good");
	assert_string_equal(copy.rows[0].mend, "");
	assert_int_equal(copy.rows[1].result, CHECKUP_PROBLEM);
	assert_string_equal(copy.rows[1].mend, "mend it");
}

static void refused(void **state)
{
	static const char *const texts[] = {
		"{}",
		"{\"schema\":2,\"checks\":[]}",
		"{\"schema\":1,\"checks\":{}}",
		"{\"schema\":1,\"checks\":[], \"image\":1}",
		"{\"schema\":1,\"checks\":[{}]}",
		"{\"schema\":1,\"checks\":[{\"name\":\"a\",\"text\":\"\"}]}",
		"{\"schema\":1,\"checks\":[{\"name\":\"a\",\"text\":\"\","
		"\"result\":\"fine\"}]}",
		"{\"schema\":1,\"checks\":[{\"name\":\"a\",\"text\":\"\","
		"\"result\":\"ok\"},1]}",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		CLEANUP_JSON json_t *o = NULL;
		struct checkup c = { 0 };

		assert_int_equal(
			json_parse_object(texts[i], strlen(texts[i]), &o), 0);
		assert_int_equal(checkup_append(&c, o), -EINVAL);
		assert_int_equal(c.n, 0);
	}
}

static void too_many(void **state)
{
	CLEANUP_JSON json_t *document = NULL;
	struct checkup c = { 0 }, other = { 0 };

	(void)state;
	checkup_say(checkup_add(&other, "other"), CHECKUP_OK, "x");
	for (int i = 0; i < CHECKUP_ROWS_MAX + 2; i++)
		(void)checkup_add(&c, "row");
	assert_int_equal(c.n, CHECKUP_ROWS_MAX);
	document = checkup_document(&other);
	assert_int_equal(checkup_append(&c, document), -EINVAL);
	assert_int_equal(c.n, CHECKUP_ROWS_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(through_a_document),
		cmocka_unit_test(refused),
		cmocka_unit_test(too_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
