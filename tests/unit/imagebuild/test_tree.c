/* SPDX-License-Identifier: MIT */

/* test_tree.c - Names, and files made below a root */

#include "tree.h"

#include <errno.h>

#include "../unit.h"
#include "scratch.h"

static void names(void **state)
{
	static const struct {
		const char *in;
		const char *out;
		int error;
	} cases[] = {
		{ "./usr/bin/x", "usr/bin/x", 0 },
		{ "usr//bin/./x/", "usr/bin/x", 0 },
		{ "./", "", 0 },
		{ ".", "", 0 },
		{ "..x/x../...", "..x/x../...", 0 },
		{ "", NULL, -EINVAL },
		{ "/etc", NULL, -EXDEV },
		{ "..", NULL, -EXDEV },
		{ "a/..", NULL, -EXDEV },
		{ "./../a", NULL, -EXDEV },
		{ "a//..//b", NULL, -EXDEV },
	};
	char buf[PATH_MAX], tiny[4];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		int r = tree_name(cases[i].in, buf, sizeof(buf));

		if (r != cases[i].error)
			fail_msg("\"%s\": %d", cases[i].in, r);
		if (!r)
			assert_string_equal(buf, cases[i].out);
	}
	assert_int_equal(tree_name("abc", tiny, sizeof(tiny)), -ENAMETOOLONG);
	memset(buf, 'a', NAME_MAX + 1);
	buf[NAME_MAX + 1] = '\0';
	assert_int_equal(tree_name(buf, buf, sizeof(buf)), -ENAMETOOLONG);
}

static void replacing(void **state)
{
	struct scratch *s = *state;
	struct stat st;
	struct tree t;
	int fd;

	tree_init(&t, s->fd);
	assert_int_equal(tree_mkdir(&t, "d", 0711), 0);
	assert_int_equal(tree_mkdir(&t, "d", 0700), 0);
	assert_int_equal(fstatat(s->fd, "d", &st, 0), 0);
	assert_int_equal(st.st_mode & 0777, 0711);
	assert_int_equal(tree_create(&t, "d/f", &fd), 0);
	(void)close(fd);
	assert_int_equal(tree_create(&t, "d/f", &fd), 0);
	(void)close(fd);
	assert_int_equal(tree_symlink(&t, "d/l", "f"), 0);
	assert_int_equal(tree_symlink(&t, "d/l", "f"), 0);
	assert_int_equal(tree_symlink(&t, "d/l", "g"), 0);
	assert_int_equal(tree_symlink(&t, "d/f", "g"), 0);
	/* A directory gives way to nothing. */
	assert_int_equal(tree_symlink(&t, "d", "x"), 0);
	assert_int_equal(tree_create(&t, "d", &fd), -EISDIR);
	assert_int_equal(tree_create(&t, "none/f", &fd), -ENOENT);
	assert_int_equal(tree_create(&t, "d/f/x", &fd), -ENOENT);
	assert_int_equal(tree_create(&t, "", &fd), -EISDIR);
	assert_int_equal(tree_link(&t, "h", "d/none"), -ENOENT);
	tree_deinit(&t);
}

/* The system in the tree sees links from its own root. */
static void opens_as_the_system_would(void **state)
{
	struct scratch *s = *state;
	int fd;

	scratch_put(s, "t/etc/f", "x");
	assert_int_equal(symlinkat("/etc", s->fd, "t/abs"), 0);
	assert_int_equal(symlinkat("../../../etc", s->fd, "t/up"), 0);
	fd = openat(s->fd, "t", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(fd >= 0);
	for (size_t i = 0; i < 3; i++) {
		static const char *const paths[] = { "/abs/f", "up/f",
						     "../../etc/f" };
		int f = tree_open(fd, paths[i], O_RDONLY);

		assert_true(f >= 0);
		(void)close(f);
	}
	assert_int_equal(tree_open(fd, "/abs/passwd", O_RDONLY), -ENOENT);
	(void)close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),
		scratch_test(replacing),
		scratch_test(opens_as_the_system_would),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
