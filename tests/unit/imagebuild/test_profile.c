/* SPDX-License-Identifier: MIT */

/* test_profile.c - Profiles and options */

#include "profile.h"

#include <errno.h>

#include "../unit.h"
#include "options.h"
#include "scratch.h"

#define LEAST "[image]\nsuites = trixie\n[packages]\nkernel = linux-image\n"

static void whole(void **state)
{
	struct profile p;
	struct err e;

	(void)state;
	assert_int_equal(profile_parse("x",
				       "; comment\n" LEAST "base = required\n"
				       "install = a b\n  c\ninstall = d\n"
				       "provide = v\nexclude = /x /y\n"
				       "[initramfs]\noverlay = o\n"
				       "applets = /bin/b\nmodules = m n\n"
				       "copy = /a /b\ncopy = /c /d\n",
				       &p, &e),
			 0);
	assert_string_equal(p.suites.v[0], "trixie");
	assert_string_equal(p.kernel, "linux-image");
	assert_true(p.required);
	assert_int_equal(p.install.n, 4);
	assert_string_equal(p.install.v[2], "c");
	assert_int_equal(p.exclude.n, 2);
	assert_int_equal(p.modules.n, 2);
	assert_int_equal(p.copy.n, 4);
	assert_string_equal(p.copy.v[3], "/d");
	assert_string_equal(p.overlay, "o");
	profile_deinit(&p);
}

static void wrong_lines(void **state)
{
	static const struct {
		const char *more;
		const char *line;
	} cases[] = {
		{ "colour = red\n", "line 5" },
		{ "base = some\n", "line 5" },
		{ "exclude = usr/share\n", "line 5" },
		{ "kernel = another\n", "line 5" },
		{ "[initramfs]\ncopy = /only-one\n", "line 6" },
		{ "[initramfs]\ncopy = /a b\n", "line 6" },
		{ "[unknown]\nx = 1\n", "line 6" },
		{ "not a line\n", "line 5" },
	};
	char text[512];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct profile p;
		struct err e = { 0 };

		(void)snprintf(text, sizeof(text), LEAST "%s", cases[i].more);
		if (profile_parse("x", text, &p, &e) != -EINVAL ||
		    !strstr(e.msg, cases[i].line))
			fail_msg("%s: \"%s\"", cases[i].more, e.msg);
		profile_deinit(&p);
	}
}

static void missing_keys(void **state)
{
	struct profile p;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(profile_parse("x", "[image]\nsuites = a\n", &p, &e),
			 -EINVAL);
	assert_non_null(strstr(e.msg, "\"kernel\""));
	profile_deinit(&p);
	assert_int_equal(profile_parse("x", "[packages]\nkernel = k\n", &p, &e),
			 -EINVAL);
	assert_non_null(strstr(e.msg, "\"suites\""));
	profile_deinit(&p);
}

static void from_files(void **state)
{
	struct scratch *s = *state;
	char path[PATH_MAX];
	struct profile p;
	struct err e = { 0 };

	scratch_put(s, "mine.ini", LEAST);
	scratch_path(s, "mine.ini", path, sizeof(path));
	assert_int_equal(profile_load(path, &p, &e), 0);
	assert_string_equal(p.name, "mine");
	profile_deinit(&p);
	assert_int_equal(profile_load("./nothing.ini", &p, &e), -ENOENT);
	profile_deinit(&p);
	assert_int_equal(profile_load("nothing", &p, &e), -ENOENT);
	assert_non_null(strstr(e.msg, "\"nothing\""));
	profile_deinit(&p);
	/* Our own, found from where the program is. */
	assert_int_equal(profile_load("tiny", &p, &e), 0);
	assert_true(p.install.n > 4);
	profile_deinit(&p);
}

/* ---- options ---- */

struct values {
	const char *name;
	bool flag;
};

static const struct option_def defs[] = {
	{ "name", "NAME", "a name", offsetof(struct values, name) },
	{ "flag", NULL, "a flag", offsetof(struct values, flag) },
	{ 0 },
};

static const struct command command = {
	.name = "c",
	.args = "[X]",
	.help = "h",
	.options = defs,
	.args_max = 1,
};

static int parse(struct values *v, char **args, size_t *n, int argc, ...)
{
	char *argv[8] = { (char[]){ "c" } };
	va_list ap;

	va_start(ap, argc);
	for (int i = 1; i <= argc; i++)
		argv[i] = va_arg(ap, char *);
	va_end(ap);
	*v = (struct values){ 0 };
	return options_parse(&command, argc + 1, argv, v, &args, n);
}

static void options(void **state)
{
	struct values v;
	size_t n;

	(void)state;
	assert_int_equal(parse(&v, NULL, &n, 0), 0);
	assert_null(v.name);
	assert_false(v.flag);
	assert_int_equal(parse(&v, NULL, &n, 4, "--flag", "--name", "x", "y"),
			 0);
	assert_string_equal(v.name, "x");
	assert_true(v.flag);
	assert_int_equal(n, 1);
	assert_int_equal(parse(&v, NULL, &n, 1, "--name=z"), 0);
	assert_string_equal(v.name, "z");
	assert_int_equal(parse(&v, NULL, &n, 1, "--name"), -EINVAL);
	assert_int_equal(parse(&v, NULL, &n, 1, "--other"), -EINVAL);
	assert_int_equal(parse(&v, NULL, &n, 1, "-x"), -EINVAL);
	assert_int_equal(parse(&v, NULL, &n, 2, "a", "b"), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole),	cmocka_unit_test(wrong_lines),
		cmocka_unit_test(missing_keys), scratch_test(from_files),
		cmocka_unit_test(options),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
