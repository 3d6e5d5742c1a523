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

/* A script may replace a directory by a link to one of the user's. */
static void stays_inside(void **state)
{
	struct scratch *s = *state;
	char *data = NULL;
	struct tree t;
	size_t len;
	int fd;

	scratch_put(s, "home/fame/mine", "x");
	scratch_put(s, "t/own/dir/file", "y");
	assert_int_equal(symlinkat("../home", s->fd, "t/up"), 0);
	assert_int_equal(symlinkat(s->path, s->fd, "t/abs"), 0);
	assert_int_equal(symlinkat("../home", s->fd, "t/own/dir/up"), 0);
	fd = openat(s->fd, "t", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(fd >= 0);
	tree_init(&t, fd);
	assert_int_equal(tree_remove(&t, "up/fame"), -EXDEV);
	assert_int_equal(tree_remove(&t, "abs/home"), -EXDEV);
	assert_true(tree_read(fd, "up/fame/mine", 9, &data, &len) < 0);
	assert_true(tree_read(fd, "abs/home/fame/mine", 9, &data, &len) < 0);
	assert_int_equal(tree_read(fd, "own/dir", 9, &data, &len), -EISDIR);
	assert_int_equal(mkfifoat(fd, "pipe", 0600), 0);
	assert_int_equal(tree_read(fd, "pipe", 9, &data, &len), -EISDIR);
	assert_int_equal(tree_read(fd, "own/dir/file", 9, &data, &len), 0);
	assert_string_equal(data, "y");
	free(data);
	assert_int_equal(tree_remove(&t, "own/dir"), 0);
	assert_int_equal(tree_remove(&t, "own/dir"), 0);
	assert_int_equal(faccessat(fd, "own", F_OK, 0), 0);
	assert_int_equal(faccessat(s->fd, "home/fame/mine", F_OK, 0), 0);
	tree_deinit(&t);
	(void)close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),
		scratch_test(replacing),
		scratch_test(opens_as_the_system_would),
		scratch_test(stays_inside),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
