/* SPDX-License-Identifier: MIT */

/* test_optable.c - Options as a table: parsing, and the help */

#include "optable.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"

#include "../unit.h"

struct conf {
	bool loud;
	const char *name;
	int fd;
	unsigned seen;
};

/* @def tells which of the options that share it. */
static int set_seen(void *to, const struct option_def *def, const char *value,
		    struct err *e)
{
	struct conf *conf = to;

	if (!strcmp(value, "bad"))
		return err_set(e, -ERANGE, "--%s '%s'", def->name, value);
	conf->seen |= 1U << def->at;
	return 0;
}

#define AT(field) offsetof(struct conf, field)

static const struct option_def defs[] = {
	{ "loud", 'l', NULL, "say more", option_set_flag, AT(loud) },
	{ "name", 0, "NAME", "of it,\nin two lines", option_set_text,
	  AT(name) },
	{ "fd", 'f', "FD", "a descriptor", option_set_fd, AT(fd) },
	{ "first", 0, "X", "one", set_seen, 0 },
	{ "second", 0, "A-VALUE-THAT-NEEDS-MUCH-ROOM", "two", set_seen, 1 },
};

static const struct option_table table = {
	.program = "prog",
	.args = "[OPTION...] FILE",
	.intro = "Does it.",
	.defs = defs,
	.n = ARRAY_SIZE(defs),
};

#define ARGS_MAX 8

/* Arguments end with NULL; they stay in @argv, in the order that was made. */
static int parse(char *argv[ARGS_MAX + 1], struct conf *c, int *ret_first,
		 struct err *e, ...)
{
	int argc = 1;
	va_list ap;

	argv[0] = (char *)(uintptr_t) "prog";
	va_start(ap, e);
	while (argc < ARGS_MAX && (argv[argc] = va_arg(ap, char *)))
		argc++;
	va_end(ap);
	return optable_parse(&table, argc, argv, c, ret_first, e);
}

static void kinds(void **state)
{
	char *argv[ARGS_MAX + 1];
	struct conf c = { .fd = -1 };
	struct err e = { "" };
	int first;

	(void)state;
	assert_int_equal(parse(argv, &c, &first, &e, "-l", "--name=x", "-f",
			       "7", "--second", "y", NULL),
			 0);
	assert_int_equal(first, 7);
	assert_true(c.loud);
	assert_string_equal(c.name, "x");
	assert_int_equal(c.fd, 7);
	assert_int_equal(c.seen, 2);
}

static void anywhere(void **state)
{
	char *argv[ARGS_MAX + 1];
	struct conf c = { 0 };
	struct err e = { "" };
	int first;

	(void)state;
	assert_int_equal(
		parse(argv, &c, &first, &e, "file", "-l", "--", "-f", NULL), 0);
	assert_true(c.loud);
	assert_int_equal(first, 3);
	assert_string_equal(argv[3], "file");
	assert_string_equal(argv[4], "-f");
}

static void refused(void **state)
{
	static const struct {
		const char *args[2];
		const char *why;
	} cases[] = {
		{ { "-x" }, "option '-x' is not known: see 'prog --help'" },
		{ { "-xl" }, "option '-x' is not known: see 'prog --help'" },
		{ { "--loud", "-xl" }, "option '-x' is not known" },
		{ { "--name=a", "-lx" }, "option '-x' is not known" },
		{ { "-lf" }, "option '-f' needs a value" },
		{ { "--loud=1" }, "option '--loud=1' takes no value" },
		{ { "--no" }, "option '--no' is not known: see 'prog --help'" },
		{ { "-f" }, "option '-f' needs a value: see 'prog --help'" },
		{ { "--name" }, "option '--name' needs a value" },
		{ { "--name", "" }, "--name '': give a NAME" },
		{ { "-f", "-1" }, "--fd '-1': give the number" },
		{ { "-f", "2147483648" },
		  "--fd '2147483648': give the number" },
		{ { "-f", "3x" }, "--fd '3x': give the number" },
		{ { "--first", "bad" }, "--first 'bad'" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char *argv[ARGS_MAX + 1];
		struct conf c = { .fd = 5 };
		struct err e = { "" };
		int first = -1;

		assert_true(parse(argv, &c, &first, &e, cases[i].args[0],
				  cases[i].args[1], NULL) < 0);
		if (!strstr(e.msg, cases[i].why))
			fail_msg("%s: %s", cases[i].args[0], e.msg);
		assert_int_equal(c.fd, 5);
		assert_int_equal(first, -1);
	}
}

static void help(void **state)
{
	static const char want[] =
		"usage: prog [OPTION...] FILE\n"
		"Does it.\n"
		"\n"
		"  -l, --loud       say more\n"
		"      --name NAME  of it,\n"
		"                   in two lines\n"
		"  -f, --fd FD      a descriptor\n"
		"      --first X    one\n"
		"      --second A-VALUE-THAT-NEEDS-MUCH-ROOM\n"
		"                   two\n"
		"  -h, --help       print this\n";
	CLEANUP_FREE char *text = NULL;
	char *argv[ARGS_MAX + 1];
	struct conf c = { 0 };
	struct err e = { "" };
	size_t len;
	FILE *f;
	int first;

	(void)state;
	assert_int_equal(parse(argv, &c, &first, &e, "--help", "--no", NULL),
			 OPTABLE_HELP);
	assert_int_equal(parse(argv, &c, &first, &e, "-lh", NULL),
			 OPTABLE_HELP);
	f = open_memstream(&text, &len);
	assert_non_null(f);
	optable_help(&table, f);
	assert_int_equal(fclose(f), 0);
	assert_string_equal(text, want);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kinds),
		cmocka_unit_test(anywhere),
		cmocka_unit_test(refused),
		cmocka_unit_test(help),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
