/* SPDX-License-Identifier: MIT */

/* test_service.c - The daemon's life, played by shell scripts */

#include "service.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"
#include "loop.h"

#include "../../unit.h"

#define LIMIT_S 60 /* of a wait; only a test that fails needs it */

struct fixture {
	char dir[32];
	char program[64];
	struct event_base *base;
	struct event *limit;
	struct service *service;
	struct identity_librarian librarian;
	int n_ready, n_failed, n_stopped;
	char why[600];
};

static void on_ready(void *arg)
{
	struct fixture *f = arg;

	f->n_ready++;
}

static void on_failed(void *arg, const char *why)
{
	struct fixture *f = arg;

	f->n_failed++;
	(void)snprintf(f->why, sizeof(f->why), "%s", why);
}

static void on_stopped(void *arg)
{
	struct fixture *f = arg;

	f->n_stopped++;
}

static const struct service_ops ops = { on_ready, on_failed, on_stopped };

static void on_limit(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	fail_msg("nothing came for %d s", LIMIT_S);
}

static void step(struct fixture *f)
{
	const struct timeval limit = { LIMIT_S, 0 };

	(void)event_add(f->limit, &limit);
	assert_int_equal(event_base_loop(f->base, EVLOOP_ONCE), 0);
}

/* The text of a file beside the program, once there is one. */
static char *wait_file(struct fixture *f, const char *name)
{
	char path[64];
	char *text;

	(void)snprintf(path, sizeof(path), "%s/%s", f->dir, name);
	while (file_read(AT_FDCWD, path, 4096, &text, NULL) < 0)
		step(f);
	return text;
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	(void)snprintf(f->dir, sizeof(f->dir), "/tmp/fame-test-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	(void)snprintf(f->program, sizeof(f->program), "%s/lfsd", f->dir);
	f->base = loop_new();
	f->limit = evtimer_new(f->base, on_limit, f);
	assert_int_equal(service_new(f->base, f->program, &ops, f, &f->service),
			 0);
	assert_int_equal(inet_pton(AF_INET, "10.1.2.3", &f->librarian.address),
			 1);
	f->librarian.port = 9093;
	(void)snprintf(f->librarian.token, sizeof(f->librarian.token),
		       "s3cret");
	(void)snprintf(f->librarian.mount, sizeof(f->librarian.mount),
		       "%s/m/lfs", f->dir);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	if (f->service) {
		f->n_stopped = 0;
		service_stop(f->service);
		while (!f->n_stopped)
			step(f);
	}
	(void)service_free(f->service);
	event_free(f->limit);
	event_base_free(f->base);
	(void)remove_tree(AT_FDCWD, f->dir);
	free(f);
	return 0;
}

/* @script runs in the fixture's directory. */
static void program(struct fixture *f, const char *script)
{
	char text[1024];
	int n;

	n = snprintf(text, sizeof(text), "#!/bin/sh\ncd %s\n%s\n", f->dir,
		     script);
	assert_true(n > 0 && (size_t)n < sizeof(text));
	assert_int_equal(
		file_write(AT_FDCWD, f->program, text, (size_t)n, 0755), 0);
}

static void start(struct fixture *f)
{
	service_start(f->service, 7, &f->librarian);
}

#define SERVE "echo >&4; exec 4>&-; exec sleep 600"

static void test_arguments(void **state)
{
	struct fixture *f = *state;
	CLEANUP_FREE char *args = NULL, *token = NULL;
	char want[400];
	struct stat st;

	program(f, "echo \"$@\" >args; cat <&3 >token; " SERVE);
	start(f);
	while (!f->n_ready)
		step(f);
	args = wait_file(f, "args");
	token = wait_file(f, "token");
	(void)snprintf(want, sizeof(want),
		       "--librarian 10.1.2.3:9093 --node-id 7 --token-fd 3 "
		       "--ready-fd 4 %s\n",
		       f->librarian.mount);
	assert_string_equal(args, want);
	assert_string_equal(token, "s3cret");
	assert_int_equal(stat(f->librarian.mount, &st), 0);
	assert_int_equal(f->n_failed, 0);
}

static void test_no_program(void **state)
{
	struct fixture *f = *state;

	start(f);
	while (!f->n_failed)
		step(f);
	assert_non_null(strstr(f->why, f->program));
	assert_non_null(strstr(f->why, strerror(ENOENT)));
	assert_int_equal(f->n_ready, 0);
}

static void test_fails_with_reason(void **state)
{
	struct fixture *f = *state;

	program(f, "echo first >&2; echo '12:34 lfsd: no way' >&2; exit 1");
	start(f);
	while (!f->n_failed)
		step(f);
	assert_string_equal(f->why, "lfsd: no way");
	assert_int_equal(f->n_ready, 0);
}

/* Ended with status 0, but without a word: a failure all the same. */
static void test_fails_silently(void **state)
{
	struct fixture *f = *state;

	program(f, "exit 0");
	start(f);
	while (!f->n_failed)
		step(f);
	assert_non_null(strstr(f->why, "status 0"));
}

static void test_fails_then_works(void **state)
{
	struct fixture *f = *state;

	program(f, "exit 3");
	start(f);
	while (!f->n_failed)
		step(f);
	program(f, SERVE);
	start(f);
	while (!f->n_ready)
		step(f);
	assert_int_equal(f->n_failed, 1);
}

static void test_is_restarted(void **state)
{
	struct fixture *f = *state;
	CLEANUP_FREE char *there = NULL;

	program(f, "if [ -e once ]; then >twice; " SERVE "; fi\n"
		   ">once; echo >&4; kill -9 $$");
	start(f);
	there = wait_file(f, "twice");
	assert_int_equal(f->n_ready, 1); /* the host was told already */
	assert_int_equal(f->n_failed, 0);
}

static void test_stop(void **state)
{
	struct fixture *f = *state;
	CLEANUP_FREE char *there = NULL;

	program(f,
		"trap 'kill -9 $! 2>/dev/null; >unmounted; exit 0' TERM; echo "
		">&4\n"
		"while :; do sleep 600 & wait; done");
	start(f);
	while (!f->n_ready)
		step(f);
	service_stop(f->service);
	while (!f->n_stopped)
		step(f);
	there = wait_file(f, "unmounted");
	assert_int_equal(f->n_failed, 0);
}

static void test_stop_of_deaf(void **state)
{
	struct fixture *f = *state;

	program(f, "trap '' TERM; echo >&4; exec sleep 600");
	start(f);
	while (!f->n_ready)
		step(f);
	service_stop(f->service);
	while (!f->n_stopped)
		step(f);
	assert_int_equal(f->n_failed, 0);
}

static void test_stop_of_none(void **state)
{
	struct fixture *f = *state;

	service_stop(f->service);
	assert_int_equal(f->n_stopped, 1);
}

/* A restored node: the old one ends before the new one starts. */
static void test_start_replaces(void **state)
{
	struct fixture *f = *state;
	CLEANUP_FREE char *text = NULL;
	char path[64];

	program(f,
		"trap 'kill -9 $! 2>/dev/null; echo end >>log; exit 0' TERM\n"
		"echo \"start $4\" >>log; echo >&4\n"
		"while :; do sleep 600 & wait; done");
	start(f);
	while (f->n_ready < 1)
		step(f);
	service_start(f->service, 8, &f->librarian);
	service_start(f->service, 9, &f->librarian);
	while (f->n_ready < 2)
		step(f);
	(void)snprintf(path, sizeof(path), "%s/log", f->dir);
	assert_int_equal(file_read(AT_FDCWD, path, 4096, &text, NULL), 0);
	assert_string_equal(text, "start 7\nend\nstart 9\n");
	assert_int_equal(f->n_stopped, 0);
	assert_int_equal(f->n_failed, 0);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_arguments),
		T(test_no_program),
		T(test_fails_with_reason),
		T(test_fails_silently),
		T(test_fails_then_works),
		T(test_is_restarted),
		T(test_stop),
		T(test_stop_of_deaf),
		T(test_stop_of_none),
		T(test_start_replaces),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
