/* SPDX-License-Identifier: MIT */

/* test_connect.c - A relay between standard streams and a port */

#include "connect.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "file.h"

#include "../../loopback.h"
#include "../../unit.h"

/* A child with these as its standard streams. */
static pid_t start_relay(const struct connect_to *to, int in, int out)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid)
		return pid;
	(void)dup2(in, STDIN_FILENO);
	(void)dup2(out, STDOUT_FILENO);
	/* Nothing else of the pipes may stay open. */
	for (int fd = 3; fd < 64; fd++)
		(void)close(fd);
	_exit(connect_relay(to) == 0 ? 0 : 1);
}

static void relays(void **state)
{
	int in[2], out[2], status;
	uint16_t port;
	CLEANUP_FD int listener = loopback_listen(&port);
	CLEANUP_FD int peer = -1;
	char buf[16];
	pid_t pid;

	(void)state;
	assert_int_equal(pipe(in), 0);
	assert_int_equal(pipe(out), 0);
	pid = start_relay(&(struct connect_to){ .port = port }, in[0], out[1]);
	(void)close(in[0]);
	(void)close(out[1]);
	peer = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	assert_int_equal(write_all(in[1], "there", 5), 0);
	assert_int_equal(read(peer, buf, sizeof(buf)), 5);
	/* The end of input gets there, and answers come all the same. */
	(void)close(in[1]);
	assert_int_equal(read(peer, buf, sizeof(buf)), 0);
	assert_int_equal(write_all(peer, "back", 4), 0);
	assert_int_equal(read(out[0], buf, sizeof(buf)), 4);
	close_fd(&peer);
	assert_int_equal(read(out[0], buf, sizeof(buf)), 0);
	(void)close(out[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

/* ---- both ways at once ---- */

#define SENT (8U << 20)
#define TIMES 4

/* A peer that does not read while it cannot write. */
static void echo_times(int listener)
{
	CLEANUP_FD int peer = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	char buf[65536];
	ssize_t n;

	while ((n = read(peer, buf, sizeof(buf))) > 0)
		for (int i = 0; i < TIMES; i++)
			if (write_all(peer, buf, (size_t)n) < 0)
				_exit(1);
	_exit(n < 0);
}

static void send_much(int to)
{
	char buf[65536];

	memset(buf, 'x', sizeof(buf));
	for (size_t i = 0; i < SENT / sizeof(buf); i++)
		if (write_all(to, buf, sizeof(buf)) < 0)
			_exit(1);
	_exit(0);
}

static size_t count_bytes(int from)
{
	char buf[65536];
	size_t all = 0;
	ssize_t n;

	while ((n = read(from, buf, sizeof(buf))) > 0)
		all += (size_t)n;
	return n < 0 ? 0 : all;
}

static void more_than_fits_in_between(void **state)
{
	int in[2], out[2], status;
	uint16_t port;
	int listener = loopback_listen(&port);
	pid_t pids[3];

	(void)state;
	assert_int_equal(pipe(in), 0);
	assert_int_equal(pipe(out), 0);
	pids[0] = start_relay(&(struct connect_to){ .port = port }, in[0],
			      out[1]);
	(void)close(in[0]);
	(void)close(out[1]);
	pids[1] = fork();
	if (!pids[1]) {
		(void)close(in[1]);
		echo_times(listener);
	}
	(void)close(listener);
	pids[2] = fork();
	if (!pids[2])
		send_much(in[1]);
	(void)close(in[1]);
	(void)alarm(60); /* instead of waiting for each other */
	assert_int_equal(count_bytes(out[0]), TIMES * SENT);
	(void)alarm(0);
	(void)close(out[0]);
	for (size_t i = 0; i < ARRAY_SIZE(pids); i++) {
		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_int_equal(status, 0);
	}
}

static void nobody_there(void **state)
{
	uint16_t port;
	int listener = loopback_listen(&port);

	(void)state;
	(void)close(listener);
	assert_int_equal(connect_relay(&(struct connect_to){ .port = port }),
			 -ECONNREFUSED);
}

/* What a relay writes until its end */
static size_t run_relay(const struct connect_to *to, char *buf, size_t size)
{
	CLEANUP_FD int in = open("/dev/null", O_RDONLY | O_CLOEXEC);
	size_t len = 0;
	int out[2], status;
	ssize_t n;
	pid_t pid;

	assert_int_equal(pipe(out), 0);
	pid = start_relay(to, in, out[1]);
	(void)close(out[1]);
	while ((n = read(out[0], buf + len, size - len)) > 0)
		len += (size_t)n;
	(void)close(out[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return len;
}

static void tells_what_became_of_it(void **state)
{
	uint16_t port;
	int listener = loopback_listen(&port);
	struct connect_to to = { .host = "localhost",
				 .port = port,
				 .tell = true };
	char buf[16];
	pid_t pid;

	(void)state;
	pid = fork();
	if (!pid) {
		CLEANUP_FD int peer =
			accept4(listener, NULL, NULL, SOCK_CLOEXEC);

		_exit(write_all(peer, "hello", 5) < 0);
	}
	(void)close(listener);
	assert_int_equal(run_relay(&to, buf, sizeof(buf)), 6);
	assert_memory_equal(buf, "\0hello", 6);
	assert_int_equal(waitpid(pid, NULL, 0), pid);

	assert_int_equal(run_relay(&to, buf, sizeof(buf)), 1);
	assert_int_equal(buf[0], ECONNREFUSED);
	to.host = "999.999.999.999";
	assert_int_equal(run_relay(&to, buf, sizeof(buf)), 1);
	assert_true(buf[0] == ENXIO || buf[0] == EAGAIN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(relays),
		cmocka_unit_test(more_than_fits_in_between),
		cmocka_unit_test(nobody_there),
		cmocka_unit_test(tells_what_became_of_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
