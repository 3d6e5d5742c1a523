/* SPDX-License-Identifier: MIT */

/* test_fam.c - The file that is the shared memory */

#include "fam.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "../unit.h"
#include "file.h"

#define GIB (1ULL << 30)

static char dir[64], path[128];
static bool made;

static int setup(void **state)
{
	(void)state;
	(void)snprintf(dir, sizeof(dir), "/tmp/fame-test-XXXXXX");
	if (!mkdtemp(dir))
		return -1;
	(void)snprintf(path, sizeof(path), "%s/fam", dir);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	return remove_tree(AT_FDCWD, dir);
}

static void one_line(const struct err *e)
{
	assert_true(e->msg[0]);
	assert_null(strchr(e->msg, '\n'));
}

static void sizes(void **state)
{
	static const char *const bad[] = {
		"",	"0",	 "3G",
		"512M", "1023G", "1024G",
		"4GB",	"-1",	 "99999999999999999999"
	};
	uint64_t v = 0;

	(void)state;
	assert_int_equal(fam_parse_size("4G", &v), 0);
	assert_int_equal(v, 4 * GIB);
	assert_int_equal(fam_parse_size("1g", &v), 0);
	assert_int_equal(fam_parse_size("512G", &v), 0);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		if (fam_parse_size(bad[i], &v) != -EINVAL)
			fail_msg("'%s' was taken", bad[i]);
	}
	assert_int_equal(v, 512 * GIB);
}

static void made_and_found(void **state)
{
	struct err e = { "" };
	uint64_t size = 0;
	struct stat st;
	int fd = -1;

	(void)state;
	assert_int_equal(fam_open(path, 0, 2 * GIB, &fd, &size, &made, &e), 0);
	assert_int_equal(size, 2 * GIB);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_size, 2 * GIB);
	assert_int_equal(st.st_blocks, 0); /* sparse */
	assert_int_equal(st.st_mode & 0777, 0600);
	(void)close(fd);
	/* What is there counts more than the default. */
	assert_int_equal(fam_open(path, 0, 4 * GIB, &fd, &size, &made, &e), 0);
	assert_int_equal(size, 2 * GIB);
	(void)close(fd);
	assert_int_equal(
		fam_open(path, 2 * GIB, 4 * GIB, &fd, &size, &made, &e), 0);
	(void)close(fd);
	/* Neither grown nor partly used behind the user's back. */
	assert_int_equal(fam_open(path, 4 * GIB, 4 * GIB, &fd, &size, &made,
				  &e),
			 -EEXIST);
	one_line(&e);
	assert_int_equal(fam_open(path, GIB, GIB, &fd, &size, &made, &e),
			 -EEXIST);
	(void)unlink(path);
}

static void wrong_types(void **state)
{
	struct err e = { "" };
	uint64_t size;
	int fd;

	(void)state;
	assert_int_equal(fam_open(dir, 0, GIB, &fd, &size, &made, &e), -EINVAL);
	assert_non_null(strstr(e.msg, "a directory"));
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(fam_open(path, 0, GIB, &fd, &size, &made, &e),
			 -EINVAL);
	assert_non_null(strstr(e.msg, "a FIFO"));
	(void)unlink(path);
	assert_int_equal(fam_open("/dev/null", 0, GIB, &fd, &size, &made, &e),
			 -EINVAL);
	assert_int_equal(fam_open("/no/such/dir/fam", 0, GIB, &fd, &size, &made,
				  &e),
			 -ENOENT);
	one_line(&e);
}

static void odd_file(void **state)
{
	struct err e = { "" };
	uint64_t size;
	int fd;

	(void)state;
	assert_int_equal(file_write(AT_FDCWD, path, "abc", 3, 0600), 0);
	assert_true(fam_open(path, 0, GIB, &fd, &size, &made, &e) < 0);
	assert_non_null(strstr(e.msg, path));
	one_line(&e);
	/* It is the user's; it stays. */
	assert_int_equal(access(path, F_OK), 0);
	(void)unlink(path);
}

static void no_space(void **state)
{
	struct err e = { "" };
	struct statvfs v;
	uint64_t size;
	int fd;

	(void)state;
	assert_int_equal(statvfs(dir, &v), 0);
	if ((uint64_t)v.f_bavail * v.f_frsize >= 512 * GIB)
		skip();
	assert_int_equal(fam_open(path, 512 * GIB, 0, &fd, &size, &made, &e),
			 -ENOSPC);
	one_line(&e);
	/* Nothing is left of the attempt. */
	assert_int_equal(access(path, F_OK), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sizes),       cmocka_unit_test(made_and_found),
		cmocka_unit_test(wrong_types), cmocka_unit_test(odd_file),
		cmocka_unit_test(no_space),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
