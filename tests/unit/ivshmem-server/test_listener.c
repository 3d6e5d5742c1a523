/* SPDX-License-Identifier: MIT */

/* test_listener.c - Paths of sockets: free, stale, in use, something else */

#include "listener.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "../unit.h"
#include "loop.h"

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

static int dial(void)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	memcpy(a.sun_path, path, strlen(path));
	if (connect(fd, (struct sockaddr *)&a, sizeof(a)) == 0)
		return fd;
	(void)close(fd);
	return -1;
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

static void on_client(int fd, void *arg)
{
	unsigned *n = arg;

	++*n;
	(void)close(fd);
}

static void whoever_connects(void **state)
{
	struct event_base *base = loop_new();
	struct err e = { .msg = "" };
	struct listener *l;
	struct stat st;
	unsigned n = 0;
	int fd, a, b;

	(void)state;
	assert_int_equal(listener_bind(path, 0, &fd, &e), 0);
	assert_int_equal(listener_new(base, fd, path, on_client, &n, &l), 0);
	a = dial();
	b = dial();
	assert_true(a >= 0 && b >= 0);
	/* One in each turn, so that others of the loop have theirs. */
	for (unsigned i = 1; i <= 2; i++) {
		assert_int_equal(event_base_loop(base,
						 EVLOOP_ONCE | EVLOOP_NONBLOCK),
				 0);
		assert_int_equal(n, i);
	}
	assert_int_equal(event_base_loop(base, EVLOOP_NONBLOCK), 0);
	assert_int_equal(n, 2);
	(void)close(a);
	(void)close(b);
	assert_null(listener_free(l));
	assert_int_equal(stat(path, &st), -1);
	event_base_free(base);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_path),
		cmocka_unit_test(lengths),
		cmocka_unit_test(whoever_connects),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
