/* SPDX-License-Identifier: MIT */

/* test_file.c - Whole files, directories, and JSON in files */

#include "file.h"

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
		cmocka_unit_test(trees),
		cmocka_unit_test(json),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
