/* SPDX-License-Identifier: MIT */

/* test_listener.c - Paths of sockets: free, stale, in use, something else */

#include "listener.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "../unit.h"

static char dir[] = "/tmp/test_listener_XXXXXX", path[64];

static int set_up(void **state)
{
	(void)state;
	if (!mkdtemp(dir))
		return -1;
	(void)snprintf(path, sizeof(path), "%s/socket", dir);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	(void)unlink(path);
	return rmdir(dir);
}

static void the_path(void **state)
{
	struct err e = { .msg = "" };
	struct stat st;
	int a, b;

	(void)state;
	assert_int_equal(listener_bind(path, 0600, &a, &e), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode, S_IFSOCK | 0600);
	assert_int_equal(listener_bind(path, 0, &b, &e), -EADDRINUSE);
	assert_non_null(strstr(e.msg, "listens on"));
	(void)close(a); /* as if it had died: the name stays */
	assert_int_equal(listener_bind(path, 0600, &a, &e), 0);
	(void)close(a);
	assert_int_equal(unlink(path), 0);

	a = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	(void)close(a);
	assert_int_equal(listener_bind(path, 0, &a, &e), -EEXIST);
	assert_non_null(strstr(e.msg, "is no socket"));
	assert_int_equal(stat(path, &st), 0); /* nobody has removed it */
	assert_int_equal(unlink(path), 0);
	assert_int_equal(listener_bind("/nowhere/socket", 0, &a, &e), -ENOENT);
}

static void lengths(void **state)
{
	struct err e = { .msg = "" };
	char text[200];
	int fd;

	(void)state;
	assert_int_equal(listener_bind("", 0, &fd, &e), -ENAMETOOLONG);
	memset(text, '/', sizeof(text));
	text[108] = 0;
	assert_int_equal(listener_bind(text, 0, &fd, &e), -ENAMETOOLONG);
	assert_non_null(strstr(e.msg, "1 to 107 characters"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_path),
		cmocka_unit_test(lengths),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
