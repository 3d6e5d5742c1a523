/* SPDX-License-Identifier: MIT */

/* test_options.c - The command line of lfsd */

#include "options.h"

#include <errno.h>

#include "../../unit.h"

#define ARGS_MAX 12

static int parse(struct options *opt, struct err *e, const char *const *args)
{
	char *argv[ARGS_MAX + 1] = { (char[]){ "lfsd" } };
	char text[ARGS_MAX][64];
	int argc = 1;

	for (; *args; args++, argc++) {
		strcpy(text[argc], *args);
		argv[argc] = text[argc];
	}
	return options_parse(argc, argv, opt, e);
}

#define PARSE(opt, e, ...) \
	parse(opt, e, (const char *const[]){ __VA_ARGS__, NULL })

static void all_of_them(void **state)
{
	struct options o;
	struct err e = { "" };

	(void)state;
	assert_int_equal(PARSE(&o, &e, "--librarian", "10.0.2.2:1234",
			       "--node-id", "3", "--token-fd=5", "-r", "6",
			       "-v", "/lfs"),
			 OPTIONS_RUN);
	assert_string_equal(o.address, "10.0.2.2");
	assert_int_equal(o.port, 1234);
	assert_int_equal(o.node_id, 3);
	assert_int_equal(o.token_fd, 5);
	assert_int_equal(o.ready_fd, 6);
	assert_true(o.verbose);
}

static void defaults(void **state)
{
	struct options o;
	struct err e = { "" };

	(void)state;
	assert_int_equal(PARSE(&o, &e, "-l", "10.0.2.2", "-n", "80", "-t", "0",
			       "/lfs"),
			 OPTIONS_RUN);
	assert_int_equal(o.port, 9093);
	assert_int_equal(o.ready_fd, -1);
	assert_false(o.verbose);
}

static void help_and_version(void **state)
{
	struct options o;
	struct err e = { "" };

	(void)state;
	assert_int_equal(PARSE(&o, &e, "--help"), OPTIONS_HELP);
	assert_int_equal(PARSE(&o, &e, "--version"), OPTIONS_VERSION);
}

static void bad_ones(void **state)
{
	static const char *const cases[][ARGS_MAX] = {
		{ "-l", "1.2.3.4:0", "-n", "1", "-t", "5", "/lfs" },
		{ "-l", "1.2.3.4:65536", "-n", "1", "-t", "5", "/lfs" },
		{ "-l", ":9093", "-n", "1", "-t", "5", "/lfs" },
		{ "-l", "1.2.3.4", "-n", "0", "-t", "5", "/lfs" },
		{ "-l", "1.2.3.4", "-n", "81", "-t", "5", "/lfs" },
		{ "-l", "1.2.3.4", "-n", "x", "-t", "5", "/lfs" },
		{ "-l", "1.2.3.4", "-n", "1", "-t", "-5", "/lfs" },
		{ "-l", "1.2.3.4", "-n", "1", "-t", "5" },
		{ "-l", "1.2.3.4", "-n", "1", "-t", "5", "/lfs", "/x" },
		{ "-l", "1.2.3.4", "-n", "1", "/lfs" },
		{ "-l", "1.2.3.4", "-t", "5", "/lfs" },
		{ "-n", "1", "-t", "5", "/lfs" },
		{ "--nonsense", "/lfs" },
		{ "-l" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct options o = { .node_id = 99 };
		struct err e = { "" };

		assert_int_equal(parse(&o, &e, cases[i]), -EINVAL);
		assert_true(*e.msg);
		assert_int_equal(o.node_id, 99);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_of_them),
		cmocka_unit_test(defaults),
		cmocka_unit_test(help_and_version),
		cmocka_unit_test(bad_ones),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
