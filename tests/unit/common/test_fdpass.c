/* SPDX-License-Identifier: MIT */

/* test_fdpass.c - Descriptors over a UNIX socket */

#include "fdpass.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../unit.h"

static void there_and_usable(void **state)
{
	int sv[2], p[2], fds[FDPASS_MAX];
	size_t len = 0, n = 0;
	char buf[8];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, sv), 0);
	assert_int_equal(pipe(p), 0);
	assert_int_equal(fdpass_send(sv[0], "hi", 2, p, 2), 0);
	assert_int_equal(fdpass_recv(sv[1], buf, sizeof(buf), &len, fds, &n),
			 0);
	assert_int_equal(len, 2);
	assert_memory_equal(buf, "hi", 2);
	assert_int_equal(n, 2);
	assert_true(fcntl(fds[0], F_GETFD) & FD_CLOEXEC);
	assert_int_equal(write(fds[1], "x", 1), 1);
	assert_int_equal(read(p[0], buf, 1), 1);
	(void)close(sv[0]);
	assert_int_equal(
		fdpass_recv(sv[1], buf, sizeof(buf), &len, fds + 2, &n), 0);
	assert_int_equal(len, 0);
	assert_int_equal(n, 0);
	for (int i = 0; i < 2; i++) {
		(void)close(fds[i]);
		(void)close(p[i]);
	}
	(void)close(sv[1]);
}

static void limits(void **state)
{
	int fds[FDPASS_MAX + 1] = { 0 };

	(void)state;
	assert_int_equal(fdpass_send(1, "x", 1, fds, FDPASS_MAX + 1), -EINVAL);
	assert_int_equal(fdpass_send(1, "x", 0, fds, 1), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(there_and_usable),
		cmocka_unit_test(limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
