/* SPDX-License-Identifier: MIT */

/* test_boot.c - Who waits for whom at a start */

#include "boot.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "file.h"
#include "loop.h"

#include "../../unit.h"

static char dir[] = "/tmp/test_boot.XXXXXX";

static void count(void *arg)
{
	++*(int *)arg;
}

static void put(const char *name)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	close_fd(&(int){ open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644) });
}

static void waits_for_file(void **state)
{
	CLEANUP_EVENT_BASE struct event_base *base = loop_new();
	struct boot_wait *w;
	char path[64];
	int n = 0;

	(void)state;
	(void)snprintf(path, sizeof(path), "%s/booted", dir);
	assert_int_equal(boot_wait_new(base, path, count, &n, &w), 0);
	(void)event_base_loop(base, EVLOOP_NONBLOCK);
	assert_int_equal(n, 0);
	put("another");
	(void)event_base_loop(base, EVLOOP_ONCE);
	assert_int_equal(n, 0);
	put("booted");
	(void)event_base_loop(base, EVLOOP_ONCE);
	assert_int_equal(n, 1);
	w = boot_wait_free(w);
	/* It is there already; and only one word of it. */
	assert_int_equal(boot_wait_new(base, path, count, &n, &w), 0);
	(void)event_base_loop(base, EVLOOP_ONCE);
	put("third");
	(void)event_base_loop(base, EVLOOP_NONBLOCK);
	assert_int_equal(n, 2);
	(void)boot_wait_free(w);
}

static void no_directory(void **state)
{
	CLEANUP_EVENT_BASE struct event_base *base = loop_new();
	struct boot_wait *w;

	(void)state;
	assert_int_equal(boot_wait_new(base, "/no/where", count, NULL, &w),
			 -ENOENT);
	assert_int_equal(boot_wait_new(base, "where", count, NULL, &w),
			 -EINVAL);
}

static void notifies(void **state)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	CLEANUP_FD int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	char name[64], text[16];

	(void)state;
	assert_int_equal(boot_notify(NULL), 0);
	assert_int_equal(boot_notify(""), -EINVAL);
	assert_int_equal(boot_notify("/no/where"), -ENOENT);
	/* An abstract name, as some inits give it. */
	(void)snprintf(name, sizeof(name), "@%s", dir);
	memcpy(a.sun_path + 1, dir, strlen(dir));
	assert_int_equal(
		bind(fd, (struct sockaddr *)&a,
		     (socklen_t)(offsetof(struct sockaddr_un, sun_path) +
				 strlen(name))),
		0);
	assert_int_equal(boot_notify(name), 0);
	assert_int_equal(recv(fd, text, sizeof(text), 0), 7);
	assert_memory_equal(text, "READY=1", 7);
}

static int setup(void **state)
{
	(void)state;
	return mkdtemp(dir) ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	return remove_tree(AT_FDCWD, dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(waits_for_file),
		cmocka_unit_test(no_directory),
		cmocka_unit_test(notifies),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
