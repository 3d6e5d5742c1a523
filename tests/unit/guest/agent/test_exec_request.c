/* SPDX-License-Identifier: MIT */

/* test_exec_request.c - What may be run, and in which environment */

#include "exec_request.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>

#include "json.h"

#include "../../unit.h"

static int parse(const char *text, struct exec_request *req)
{
	return exec_request_parse(text, strlen(text), "node01", req, NULL);
}

static void test_defaults(void **state)
{
	CLEANUP_EXEC_REQUEST struct exec_request req = { 0 };

	(void)state;
	assert_int_equal(parse("{\"argv\": [\"ls\", \"\", \"-l\"]}", &req), 0);
	assert_int_equal(req.argv.n, 3);
	assert_string_equal(req.argv.v[0], "ls");
	assert_string_equal(req.argv.v[1], "");
	assert_null(req.argv.v[3]);
	assert_string_equal(req.cwd, "/");
	assert_true(strv_contains(&req.env, "HOME=/root"));
	assert_true(strv_contains(&req.env, "HOSTNAME=node01"));
	assert_true(strv_contains(&req.env, "PATH=/usr/local/sbin:"
					    "/usr/local/bin:/usr/sbin:"
					    "/usr/bin:/sbin:/bin"));
}

static void test_environment(void **state)
{
	CLEANUP_EXEC_REQUEST struct exec_request req = { 0 };

	(void)state;
	assert_int_equal(parse("{\"argv\": [\"a\"], \"cwd\": \"/tmp\","
			       " \"env\": {\"HOME\": \"/x\", \"E\": \"\"}}",
			       &req),
			 0);
	assert_true(strv_contains(&req.env, "HOME=/x"));
	assert_false(strv_contains(&req.env, "HOME=/root"));
	assert_true(strv_contains(&req.env, "E="));
	assert_string_equal(req.cwd, "/tmp");
}

static void test_bad(void **state)
{
	static const char *const texts[] = {
		"",
		"[]",
		"{}",
		"{\"argv\": \"ls\"}",
		"{\"argv\": []}",
		"{\"argv\": [\"\"]}",
		"{\"argv\": [1]}",
		"{\"argv\": [\"a\", null]}",
		"{\"argv\": [\"a\\u0000b\"]}",
		"{\"argv\": [\"a\"], \"env\": []}",
		"{\"argv\": [\"a\"], \"env\": {\"A\": 1}}",
		"{\"argv\": [\"a\"], \"env\": {\"\": \"x\"}}",
		"{\"argv\": [\"a\"], \"env\": {\"A=B\": \"x\"}}",
		"{\"argv\": [\"a\"], \"cwd\": 1}",
		"{\"argv\": [\"a\"], \"cwd\": \"tmp\"}",
		"{\"argv\": [\"a\"], \"cwd\": \"\"}",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		struct exec_request req = { 0 };
		struct err e = { "" };

		if (exec_request_parse(texts[i], strlen(texts[i]), "n", &req,
				       &e) != -EINVAL)
			fail_msg("%s was taken", texts[i]);
		assert_string_not_equal(e.msg, "");
		assert_null(req.argv.v);
	}
}

static void test_too_many_arguments(void **state)
{
	CLEANUP_EXEC_REQUEST struct exec_request req = { 0 };
	CLEANUP_JSON json_t *o = json_pack("{s:[]}", "argv");
	CLEANUP_FREE char *most = NULL, *more = NULL;
	json_t *argv = json_object_get(o, "argv");

	(void)state;
	for (size_t i = 0; i < EXEC_REQUEST_STRINGS_MAX; i++)
		json_array_append_new(argv, json_string("x"));
	most = json_line(o);
	json_array_append_new(argv, json_string("x"));
	more = json_line(o);
	assert_int_equal(parse(more, &req), -E2BIG);
	assert_int_equal(parse(most, &req), 0);
}

static void test_signal(void **state)
{
	static const struct {
		const char *text;
		int want;
	} cases[] = {
		{ "{\"signal\": 15}", SIGTERM },
		{ "{\"signal\": 64}", 64 },
		{ "{\"signal\": 0}", -EINVAL },
		{ "{\"signal\": 65}", -EINVAL },
		{ "{\"signal\": -9}", -EINVAL },
		{ "{\"signal\": \"9\"}", -EINVAL },
		{ "{}", -EINVAL },
		{ "9", -EINVAL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_int_equal(exec_request_parse_signal(
					 cases[i].text, strlen(cases[i].text)),
				 cases[i].want);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_environment),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_too_many_arguments),
		cmocka_unit_test(test_signal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
