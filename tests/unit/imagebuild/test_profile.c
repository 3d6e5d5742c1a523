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
		{ "[image]\ninclude = late\n", "line 6" },
		{ "[disk]\nsize = 1M\n", "line 6" },
		{ "[disk]\nsize = 2T\n", "line 6" },
		{ "[disk]\nsize = 1G\nsize = 1G\n", "line 7" },
		{ "[disk]\nsize = 67108865\n", "line 6" },
		{ "[disk]\ncopy = /a /b\n", "line 6" },
		{ "[disk]\nrun =\n", "line 6" },
		{ "[disk]\nmask = a ../b\n", "line 6" },
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

static void disk(void **state)
{
	struct profile p;
	struct err e;

	(void)state;
	assert_int_equal(profile_parse("x",
				       LEAST
				       "[disk]\nsize = 6G\nrun = true && id\n"
				       "run = echo  a=b;id\n"
				       "mask = a.service b.timer\n"
				       "[boot]\nappend = quiet x=y\n",
				       &p, &e),
			 0);
	assert_int_equal(p.disk_size, 6ULL << 30);
	assert_int_equal(p.run.n, 2);
	assert_string_equal(p.run.v[0], "true && id");
	assert_string_equal(p.run.v[1], "echo  a=b;id");
	assert_int_equal(p.mask.n, 2);
	assert_string_equal(p.append.v[1], "x=y");
	profile_deinit(&p);
}

static void long_line(void **state)
{
	char text[512] = LEAST "[disk]\nrun = ";
	struct profile p;
	struct err e;

	(void)state;
	memset(text + strlen(text), 'x', 190);
	assert_int_equal(profile_parse("x", text, &p, &e), 0);
	assert_int_equal(strlen(p.run.v[0]), 190);
	profile_deinit(&p);
	memset(text + strlen(text), 'x', 10);
	assert_int_equal(profile_parse("x", text, &p, &e), -EINVAL);
	assert_non_null(strstr(e.msg, "line 6: longer"));
	profile_deinit(&p);
}

static void includes(void **state)
{
	struct scratch *s = *state;
	char path[PATH_MAX];
	struct profile p;
	struct err e;

	scratch_put(s, "a/low.ini", LEAST "install = x\n[disk]\nsize = 1G\n");
	scratch_put(s, "a/mid.ini",
		    "[image]\ninclude = ./low.ini\nfiles = mid\n"
		    "[packages]\ninstall = y\n");
	scratch_put(s, "top.ini",
		    "[image]\ninclude = a/mid.ini\nsuites = sid\n"
		    "files = /abs top\n"
		    "[packages]\nkernel = mine\ninstall = z\n"
		    "[disk]\nsize = 2G\n");
	scratch_path(s, "top.ini", path, sizeof(path));
	if (profile_load(path, &p, &e) < 0)
		fail_msg("%s", e.msg);
	assert_string_equal(p.name, "top");
	assert_string_equal(p.kernel, "mine");
	assert_int_equal(p.suites.n, 2);
	assert_int_equal(p.install.n, 3);
	assert_string_equal(p.install.v[0], "x");
	assert_string_equal(p.install.v[2], "z");
	assert_int_equal(p.disk_size, 2ULL << 30);
	assert_int_equal(p.files.n, 3);
	assert_string_equal(p.files.v[0],
			    scratch_path(s, "a/mid", path, sizeof(path)));
	assert_string_equal(p.files.v[1], "/abs");
	assert_string_equal(p.files.v[2],
			    scratch_path(s, "top", path, sizeof(path)));
	/* Whatever changes in any of them, it is another image. */
	assert_non_null(strstr(p.text, "size = 1G"));
	assert_non_null(strstr(p.text, "size = 2G"));
	profile_deinit(&p);
}

static void wrong_includes(void **state)
{
	struct scratch *s = *state;
	char path[PATH_MAX];
	struct profile p;
	struct err e;

	scratch_path(s, "top.ini", path, sizeof(path));
	scratch_put(s, "top.ini", "[image]\ninclude = ./top.ini\n");
	assert_true(profile_load(path, &p, &e) < 0);
	assert_non_null(strstr(e.msg, "included by itself"));
	profile_deinit(&p);
	scratch_put(s, "top.ini", "[image]\ninclude = ./none.ini\n");
	assert_true(profile_load(path, &p, &e) < 0);
	assert_non_null(strstr(e.msg, "\"./none.ini\""));
	profile_deinit(&p);
	scratch_put(s, "bad.ini", "[disk]\nx = 1\n");
	scratch_put(s, "top.ini", "[image]\ninclude = ./bad.ini\n");
	assert_true(profile_load(path, &p, &e) < 0);
	assert_non_null(strstr(e.msg, "\"./bad.ini\", line 2"));
	profile_deinit(&p);
}

static void of_the_user(void **state)
{
	struct scratch *s = *state;
	struct profile p;
	struct err e;

	scratch_put(s, "fame/profiles/own.ini", "[image]\ninclude = tiny\n");
	assert_int_equal(setenv("XDG_CONFIG_HOME", s->path, 1), 0);
	if (profile_load("own", &p, &e) < 0)
		fail_msg("%s", e.msg);
	assert_string_equal(p.name, "own");
	assert_string_equal(p.applets, "/bin/busybox");
	profile_deinit(&p);
	assert_int_equal(unsetenv("XDG_CONFIG_HOME"), 0);
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
		cmocka_unit_test(options),	cmocka_unit_test(disk),
		cmocka_unit_test(long_line),	scratch_test(includes),
		scratch_test(wrong_includes),	scratch_test(of_the_user),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
