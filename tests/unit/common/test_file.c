/* SPDX-License-Identifier: MIT */

/* test_file.c - Whole files, directories, and JSON in files */

#include "file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../unit.h"
#include "json.h"

static int dir = -1;
static char path[64];

static int setup(void **state)
{
	(void)state;
	(void)snprintf(path, sizeof(path), "/tmp/fame-test-XXXXXX");
	if (!mkdtemp(path))
		return -1;
	dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return dir < 0 ? -1 : 0;
}

static int teardown(void **state)
{
	(void)state;
	(void)close(dir);
	return remove_tree(AT_FDCWD, path);
}

static void write_and_read(void **state)
{
	char *text = NULL;
	struct stat st;
	size_t len;

	(void)state;
	assert_int_equal(file_write(dir, "a", "hello", 5, 0640), 0);
	assert_int_equal(file_read(dir, "a", 5, &text, &len), 0);
	assert_int_equal(len, 5);
	assert_string_equal(text, "hello");
	free(text);
	assert_int_equal(fstatat(dir, "a", &st, 0), 0);
	assert_int_equal(st.st_mode & 0777, 0640);
	assert_int_equal(file_read(dir, "a", 4, &text, &len), -EFBIG);
	assert_int_equal(file_read(dir, "none", 4, &text, &len), -ENOENT);
	/* No size to be asked for, more than one read(2). */
	assert_int_equal(file_read(AT_FDCWD, "/proc/self/maps", 1 << 20, &text,
				   &len),
			 0);
	assert_true(len > 0 && text[len] == '\0');
	free(text);
}

/* What was there stays when the new one cannot be written. */
static void all_or_nothing(void **state)
{
	char *text = NULL;

	(void)state;
	assert_int_equal(file_write(dir, "b", "old", 3, 0600), 0);
	assert_true(file_write(dir, "no/b", "new", 3, 0600) < 0);
	assert_int_equal(mkdirat(dir, "d", 0700), 0);
	assert_true(file_write(dir, "d", "new", 3, 0600) < 0);
	assert_int_equal(file_read(dir, "b", 3, &text, NULL), 0);
	assert_string_equal(text, "old");
	free(text);
}

static size_t count_names(void)
{
	DIR *d = opendir(path);
	size_t n = 0;

	while (d && readdir(d))
		n++;
	(void)closedir(d);
	return n;
}

/* Piece by piece; one that failed leaves nothing. */
static void aside(void **state)
{
	struct file_aside a, b;
	char *text = NULL;
	size_t before;

	(void)state;
	assert_int_equal(file_write(dir, "c", "old", 3, 0600), 0);
	before = count_names();
	assert_int_equal(file_begin_aside(&a, dir, "c", 0600), 0);
	assert_int_equal(file_begin_aside(&b, dir, "c", 0600), 0);
	assert_int_equal(write_all(a.fd, "new", 3), 0);
	assert_int_equal(file_end_aside(&b, -ENOSPC), -ENOSPC);
	assert_int_equal(file_read(dir, "c", 3, &text, NULL), 0);
	assert_string_equal(text, "old");
	free(text);
	assert_int_equal(file_end_aside(&a, 0), 0);
	assert_int_equal(file_read(dir, "c", 3, &text, NULL), 0);
	assert_string_equal(text, "new");
	free(text);
	assert_int_equal(count_names(), before);
	assert_int_equal(file_begin_aside(&a, dir, "no/c", 0600), -ENOENT);
}

static void at_places(void **state)
{
	CLEANUP_FD int fd =
		openat(dir, "p", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	char buf[16];
	size_t len = 0;

	(void)state;
	assert_int_equal(write_all_at(fd, "there", 5, 7), 0);
	assert_int_equal(read_at(fd, buf, 5, 7, &len), 0);
	assert_int_equal(len, 5);
	assert_memory_equal(buf, "there", 5);
	/* Up to the end, and behind it. */
	assert_int_equal(read_at(fd, buf, sizeof(buf), 0, &len), 0);
	assert_int_equal(len, 12);
	assert_true(is_zeros(buf, 7));
	assert_false(is_zeros(buf, 8));
	assert_false(is_zeros(buf + 7, 1));
	assert_true(is_zeros(buf + 7, 0));
	assert_int_equal(read_at(fd, buf, 5, 12, &len), 0);
	assert_int_equal(len, 0);
	assert_int_equal(read_at(dir, buf, 5, 0, &len), -EISDIR);
	assert_int_equal(write_all_at(-1, "x", 1, 0), -EBADF);
}

static void trees(void **state)
{
	char deep[128], outside[128];

	(void)state;
	(void)snprintf(deep, sizeof(deep), "%s/x/y/z", path);
	(void)snprintf(outside, sizeof(outside), "%s/outside", path);
	assert_int_equal(mkdir_parents(deep, 0700), 0);
	assert_int_equal(mkdir_parents(deep, 0700), 0);
	assert_int_equal(file_write(dir, "x/y/f", "", 0, 0600), 0);
	assert_int_equal(file_write(dir, "outside", "", 0, 0600), 0);
	assert_int_equal(mkdir_parents(outside, 0700), -ENOTDIR);
	assert_int_equal(symlinkat("../../outside", dir, "x/y/link"), 0);
	assert_int_equal(fchmodat(dir, "x/y", 0500, 0), 0);
	assert_int_equal(remove_tree(dir, "x"), 0);
	assert_int_equal(faccessat(dir, "x", F_OK, 0), -1);
	/* Links are removed, not followed. */
	assert_int_equal(faccessat(dir, "outside", F_OK, 0), 0);
	assert_int_equal(remove_tree(dir, "x"), 0);
}

static void json(void **state)
{
	static const char text[] =
		"{\"n\": 5, \"s\": \"x\", \"b\": true, \"m\": -1}";
	CLEANUP_JSON json_t *o = NULL;
	const char *s = NULL;
	uint64_t v = 1;
	bool b = false;

	(void)state;
	assert_int_equal(file_write(dir, "j", text, strlen(text), 0600), 0);
	assert_int_equal(json_load_object(dir, "j", 100, &o), 0);
	assert_int_equal(json_get_u64(o, "n", 1, 5, &v), 0);
	assert_int_equal(v, 5);
	assert_int_equal(json_get_u64(o, "n", 6, 9, &v), -ERANGE);
	assert_int_equal(json_get_u64(o, "m", 0, 9, &v), -ERANGE);
	assert_int_equal(json_get_u64(o, "s", 0, 9, &v), -EINVAL);
	assert_int_equal(json_get_u64(o, "none", 0, 9, &v), -ENOENT);
	assert_int_equal(json_get_string(o, "s", &s), 0);
	assert_string_equal(s, "x");
	assert_int_equal(json_get_string(o, "n", &s), -EINVAL);
	assert_int_equal(json_get_bool(o, "b", &b), 0);
	assert_true(b);
	json_decref(o);
	o = NULL;
	assert_int_equal(json_parse_object("[1]", 3, &o), -EINVAL);
	assert_int_equal(json_parse_object("{} x", 4, &o), -EINVAL);
	assert_int_equal(json_parse_object("{\"a\":1,\"a\":2}", 13, &o),
			 -EINVAL);
	assert_int_equal(json_parse_object("", 0, &o), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(write_and_read),
		cmocka_unit_test(all_or_nothing),
		cmocka_unit_test(aside),
		cmocka_unit_test(at_places),
		cmocka_unit_test(trees),
		cmocka_unit_test(json),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
