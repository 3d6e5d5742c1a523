/* SPDX-License-Identifier: MIT */

/* test_console.c - Log, last lines and viewers of a console */

#include "console.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../unit.h"
#include "file.h"
#include "json.h"
#include "loop.h"

static char dir[64];
static struct cluster cluster = CLUSTER_NULL;
static struct event_base *base;
static struct console *console;
static int node; /* the node's end */
static unsigned panics;

static void on_panic(void *arg)
{
	(void)arg;
	panics++;
}

static int setup(void **state)
{
	struct err e = { "" };
	int sv[2];

	(void)state;
	panics = 0;
	(void)snprintf(dir, sizeof(dir), "/tmp/fame-test-XXXXXX");
	if (!mkdtemp(dir) || cluster_create(&cluster, dir, &e) < 0)
		return -1;
	base = loop_new();
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sv) < 0)
		return -1;
	node = sv[1];
	return console_new(base, &cluster, "node01", sv[0], on_panic, NULL,
			   &console);
}

static int teardown(void **state)
{
	(void)state;
	console = console_free(console);
	(void)close(node);
	event_base_free(base);
	cluster_deinit(&cluster);
	return remove_tree(AT_FDCWD, dir);
}

static void print(const char *text)
{
	assert_int_equal(write_all(node, text, strlen(text)), 0);
	for (int i = 0; i < 3; i++)
		(void)event_base_loop(base, EVLOOP_NONBLOCK);
}

static void last_lines(void **state)
{
	CLEANUP_JSON json_t *lines = NULL;
	size_t n;

	(void)state;
	for (int i = 1; i <= 30; i++) {
		char line[32];

		(void)snprintf(line, sizeof(line), "line %d\r\n\n", i);
		print(line);
	}
	print("\x1b[2Junfinished");
	lines = console_last_lines(console);
	n = json_array_size(lines);
	assert_true(n >= 10 && n <= 12);
	/* Printable, and the last one although it has no end yet. */
	assert_string_equal(json_string_value(json_array_get(lines, n - 1)),
			    "[2Junfinished");
	assert_string_equal(json_string_value(json_array_get(lines, n - 2)),
			    "line 30");
}

static void last_word(void **state)
{
	(void)state;
	assert_false(console_last_has(console, "x"));
	print("one x\r\n\r\n");
	assert_true(console_last_has(console, "one x"));
	print("two");
	assert_true(console_last_has(console, "two"));
	assert_false(console_last_has(console, "one"));
	for (int i = 0; i < 40; i++)
		print("three\n");
	assert_true(console_last_has(console, "three"));
	assert_false(console_last_has(console, "two"));
}

static void kernel_panics(void **state)
{
	(void)state;
	print("[ 1.2] Kernel pan");
	print("ic - not syncing: VFS\n");
	assert_int_equal(panics, 1);
	print("[ 1.3] Kernel panic - not syncing: again\n");
	assert_int_equal(panics, 1);
}

static void log_has_it_all(void **state)
{
	CLEANUP_FREE char *text = NULL;

	(void)state;
	print("a\x01z\n");
	assert_int_equal(file_read(cluster.dirfd, "log/node01.console", 100,
				   &text, NULL),
			 0);
	assert_string_equal(text, "a\x01z\n");
}

/* A node that prints for ever cannot fill the disk. */
static void log_is_bounded(void **state)
{
	static char block[1 << 16];
	struct stat now, old;

	(void)state;
	memset(block, 'x', sizeof(block));
	block[sizeof(block) - 1] = '\n';
	for (int i = 0; i < 16 * 40; i++) {
		size_t done = 0;

		(void)evutil_make_socket_nonblocking(node);
		while (done < sizeof(block)) {
			ssize_t n =
				write(node, block + done, sizeof(block) - done);

			done += n > 0 ? (size_t)n : 0;
			(void)event_base_loop(base, EVLOOP_NONBLOCK);
		}
	}
	assert_int_equal(fstatat(cluster.dirfd, "log/node01.console", &now, 0),
			 0);
	assert_int_equal(
		fstatat(cluster.dirfd, "log/node01.console.1", &old, 0), 0);
	assert_true(now.st_size + old.st_size < 36 << 20);
}

static size_t viewed;

static void view(void *arg, const void *data, size_t len)
{
	(void)arg;
	(void)data;
	viewed += len;
}

static void viewers(void **state)
{
	struct console_viewer a = { view, NULL, NULL }, b = a;
	char buf[8] = "";

	(void)state;
	viewed = 0;
	console_attach(console, &a);
	console_attach(console, &b);
	print("abc");
	assert_int_equal(viewed, 6);
	console_detach(console, &b);
	print("d");
	assert_int_equal(viewed, 7);
	console_detach(console, &a);
	console_input(console, "ls\n", 3);
	(void)event_base_loop(base, EVLOOP_NONBLOCK);
	assert_int_equal(read(node, buf, sizeof(buf)), 3);
	assert_string_equal(buf, "ls\n");
}

/* What the node said last is still there when its machine has ended. */
static void drained(void **state)
{
	(void)state;
	assert_int_equal(write_all(node, "Kernel panic - not syncing: x\n", 30),
			 0);
	console_drain(console);
	assert_int_equal(panics, 1);
}

int main(void)
{
#define TEST(t) cmocka_unit_test_setup_teardown(t, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(last_lines),     TEST(last_word),	    TEST(kernel_panics),
		TEST(log_has_it_all), TEST(log_is_bounded), TEST(viewers),
		TEST(drained),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
