/* SPDX-License-Identifier: MIT */

/* test_message.c - What the Librarian sends: replies and events */

#include "message.h"

#include <errno.h>

#include "event.h"

#include "../../unit.h"

static int parse(const char *text, struct message *ret_m)
{
	return message_parse(text, strlen(text), ret_m);
}

static void replies(void **state)
{
	struct message m = { 0 };

	(void)state;
	assert_int_equal(parse("{\"value\":[1],\"context\":{\"seq\":5}}", &m),
			 0);
	assert_true(m.is_reply);
	assert_int_equal(m.seq, 5);
	assert_int_equal(m.error, 0);
	assert_int_equal(jvalue_count(m.value), 1);
	message_deinit(&m);
	assert_int_equal(parse("{\"value\":null,\"context\":{\"seq\":5}}", &m),
			 0);
	assert_true(jvalue_is(m.value, JVALUE_NULL));
	message_deinit(&m);
}

#define ERROR(n) "{\"errmsg\":\"x\",\"errno\":" n ",\"context\":{\"seq\":5}}"

static void errors(void **state)
{
	static const struct {
		const char *text;
		int want;
	} cases[] = {
		{ ERROR("2"), -ENOENT },
		{ ERROR("11"), -EAGAIN },
		{ ERROR("0"), -EIO },
		{ ERROR("71"), -EIO }, /* EPROTO */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		CLEANUP_MESSAGE struct message m = { 0 };

		assert_int_equal(parse(cases[i].text, &m), 0);
		assert_true(m.is_reply);
		assert_null(m.value);
		assert_int_equal(m.error, cases[i].want);
	}
}

static void nonsense(void **state)
{
	static const char *const cases[] = {
		"",
		"nonsense",
		"[]",
		"{}",
		"{\"value\":1}",
		"{\"context\":{\"seq\":5}}",
		"{\"value\":1,\"context\":{\"seq\":-1}}",
		"{\"value\":1,\"context\":{\"seq\":\"5\"}}",
		"{\"value\":1,\"context\":7}",
		ERROR("-2"),
		ERROR("4096"),
		ERROR("\"2\""),
		"{\"errmsg\":\"x\",\"context\":{\"seq\":5}}",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct message m = { .seq = 99 };

		if (parse(cases[i], &m) != -EPROTO || m.seq != 99)
			fail_msg("taken: %s", cases[i]);
	}
}

static int parse_event(const char *text, struct event *ret_e)
{
	CLEANUP_MESSAGE struct message m = { 0 };

	assert_int_equal(parse(text, &m), 0);
	assert_false(m.is_reply);
	return event_parse(m.doc.values, 10, ret_e);
}

static void a_revocation(void **state)
{
	struct event e;

	(void)state;
	assert_int_equal(parse_event("{\"event\":\"revoke\",\"shelf_id\":7,"
				     "\"generation\":3,\"gone\":false,"
				     "\"size_bytes\":100,\"books\":[4,9]}",
				     &e),
			 0);
	assert_int_equal(e.kind, EVENT_REVOKE);
	assert_int_equal(e.shelf_id, 7);
	assert_int_equal(e.generation, 3);
	assert_false(e.gone);
	assert_int_equal(e.size, 100);
	assert_int_equal(e.n_books, 2);
	assert_int_equal(e.books[1], 9);
	event_deinit(&e);
	event_deinit(&e);
}

static void other_events(void **state)
{
	struct event e;

	(void)state;
	assert_int_equal(
		parse_event("{\"event\":\"wanted\",\"shelf_id\":7}", &e), 0);
	assert_int_equal(e.kind, EVENT_WANTED);
	assert_int_equal(e.shelf_id, 7);
	assert_int_equal(
		parse_event("{\"event\":\"unlocked\",\"shelf_id\":8}", &e), 0);
	assert_int_equal(e.kind, EVENT_UNLOCKED);
	assert_int_equal(parse_event("{\"event\":\"later\"}", &e), 0);
	assert_int_equal(e.kind, EVENT_UNKNOWN);
	assert_int_equal(parse_event("{\"OOBmsg\":\"hello\"}", &e), 0);
	assert_int_equal(e.kind, EVENT_UNKNOWN);
}

#define REVOKE(more) "{\"event\":\"revoke\",\"shelf_id\":7," more "}"

static void bad_events(void **state)
{
	static const char *const cases[] = {
		"{\"event\":\"wanted\"}",
		"{\"event\":\"wanted\",\"shelf_id\":0}",
		"{\"event\":\"unlocked\",\"shelf_id\":\"7\"}",
		REVOKE("\"generation\":1,\"gone\":false,\"size_bytes\":1"),
		REVOKE("\"generation\":1,\"gone\":1,\"size_bytes\":1,"
		       "\"books\":[]"),
		REVOKE("\"generation\":1,\"gone\":true,\"size_bytes\":-1,"
		       "\"books\":[]"),
		REVOKE("\"gone\":true,\"size_bytes\":1,\"books\":[]"),
		REVOKE("\"generation\":1,\"gone\":false,\"size_bytes\":1,"
		       "\"books\":[10]"),
		REVOKE("\"generation\":1,\"gone\":false,\"size_bytes\":1,"
		       "\"books\":[1,-1]"),
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct event e = { .shelf_id = 99 };

		if (parse_event(cases[i], &e) != -EPROTO || e.shelf_id != 99)
			fail_msg("taken: %s", cases[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(replies),	cmocka_unit_test(errors),
		cmocka_unit_test(nonsense),	cmocka_unit_test(a_revocation),
		cmocka_unit_test(other_events), cmocka_unit_test(bad_events),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
