/* SPDX-License-Identifier: MIT */

/* test_client.c - Connecting to a cluster, also to one that is not there */

#include "client.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../unit.h"
#include "cleanup.h"
#include "file.h"
#include "frame.h"
#include "loop.h"
#include "proto_control.h"

#define TRIES 2000U

static char dir[64];

/* A cluster that has been started once, and does not run. */
static int setup(void **state)
{
	CLEANUP_CLUSTER struct cluster c = CLUSTER_NULL;
	struct err e = { "" };

	(void)state;
	(void)snprintf(dir, sizeof(dir), "/tmp/fame-test-XXXXXX");
	return mkdtemp(dir) ? cluster_create(&c, dir, &e) : -1;
}

static int teardown(void **state)
{
	(void)state;
	return remove_tree(AT_FDCWD, dir);
}

static int try_connect(void)
{
	CLEANUP_CLUSTER struct cluster c = CLUSTER_NULL;
	CLEANUP_FD int fd = -1;
	struct err e = { "" };
	int r;

	c.which = "";
	r = cluster_open(&c, dir, &e);
	return r < 0 ? r : client_connect(&c, &fd, &e);
}

static void is_down(void **state)
{
	(void)state;
	assert_int_equal(try_connect(), -ENOTCONN);
}

static void is_being_started(void **state)
{
	CLEANUP_CLUSTER struct cluster c = CLUSTER_NULL;
	struct err e = { "" };

	(void)state;
	assert_int_equal(cluster_open(&c, dir, &e), 0);
	assert_int_equal(cluster_try_lock(&c), 0);
	assert_int_equal(try_connect(), -EAGAIN);
}

static void was_killed(void **state)
{
	CLEANUP_CLUSTER struct cluster c = CLUSTER_NULL;
	struct err e = { "" };
	int listener;

	(void)state;
	assert_int_equal(cluster_open(&c, dir, &e), 0);
	assert_int_equal(cluster_listen(&c, CONTROL_SOCKET, &listener), 0);
	assert_int_equal(close(listener), 0);
	assert_int_equal(try_connect(), -ENOTCONN);
	assert_int_equal(faccessat(c.dirfd, CONTROL_SOCKET, F_OK, 0), -1);
}

static unsigned count_other_answers(void)
{
	unsigned n = 0;

	for (unsigned i = 0; i < TRIES; i++)
		n += try_connect() != -ENOTCONN;
	return n;
}

/* Who only asks is in nobody's way. */
static void two_ask(void **state)
{
	pid_t pid = fork();
	int status;
	unsigned n;

	(void)state;
	assert_return_code(pid, errno);
	n = count_other_answers();
	if (!pid)
		_exit(n != 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(n, 0);
	assert_int_equal(status, 0);
}

/* Answers one request, with a byte behind the answer. */
__attribute__((noreturn)) static void serve(int listener)
{
	struct evbuffer *out = evbuffer_new(), *in = evbuffer_new();
	int fd = accept(listener, NULL, NULL);
	bool ok = out && in && fd >= 0;
	struct frame f;

	while (ok && frame_get(in, &f) == 0)
		ok = evbuffer_read(in, fd, -1) > 0;
	ok = ok && frame_put(out, CONTROL_REPLY, 0, "{}", 2) == 0 &&
	     evbuffer_add(out, "x", 1) == 0;
	while (ok && evbuffer_get_length(out))
		ok = evbuffer_write(out, fd) > 0;
	_exit(!ok);
}

/* What comes with the answer is not lost. */
static void answer_and_more(void **state)
{
	CLEANUP_CLUSTER struct cluster c = CLUSTER_NULL;
	CLEANUP_EVBUFFER struct evbuffer *rest = evbuffer_new();
	CLEANUP_FD int fd = -1, listener = -1;
	struct err e = { "" };
	int status, got;
	pid_t pid;

	(void)state;
	c.which = "";
	assert_int_equal(cluster_open(&c, dir, &e), 0);
	assert_int_equal(cluster_listen(&c, CONTROL_SOCKET, &listener), 0);
	pid = fork();
	assert_return_code(pid, errno);
	if (!pid)
		serve(listener);
	close_fd(&listener); /* should that one end, it is told here */
	assert_int_equal(client_begin(&c, json_pack("{s:s}", "op", "console"),
				      rest, &fd, &e),
			 0);
	do
		got = evbuffer_read(rest, fd, -1);
	while (got > 0);
	assert_int_equal(evbuffer_get_length(rest), 1);
	assert_int_equal(*evbuffer_pullup(rest, 1), 'x');
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	/* It listens no more. */
	assert_int_equal(try_connect(), -ENOTCONN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_down),
		cmocka_unit_test(is_being_started),
		cmocka_unit_test(was_killed),
		cmocka_unit_test(two_ask),
		cmocka_unit_test(answer_and_more),
	};

	return cmocka_run_group_tests_name("client", tests, setup, teardown);
}
