/* SPDX-License-Identifier: MIT */

/* test_spawn.c - Children with exactly the descriptors they are given */

#include "spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../unit.h"

static char sh[] = "sh", dash_c[] = "-c";

/* Runs a line of shell; its output comes back in @buf. */
static int run(char *line, const struct spawn_fd *more, size_t n, char *buf,
	       size_t size)
{
	char *argv[] = { sh, dash_c, line, NULL };

	return spawn_output(&(struct spawn){ .file = "sh",
					     .argv = argv,
					     .fds = more,
					     .n_fds = n,
					     .death_signal = SIGKILL },
			    STDOUT_FILENO, buf, size);
}

/* More than the buffer, and than a pipe, holds does not block the child. */
static void much_output(void **state)
{
	char line[] = "head -c 300000 /dev/zero | tr '\\0' x", buf[16];

	(void)state;
	assert_int_equal(run(line, NULL, 0, buf, sizeof(buf)), 0);
	assert_string_equal(buf, "xxxxxxxxxxxxxxx");
}

static void only_what_is_given(void **state)
{
	char line[] = "ls /proc/self/fd | tr '\\n' ' '", buf[256];
	int leaked = open("/dev/null", O_RDONLY); /* no O_CLOEXEC */

	(void)state;
	assert_true(leaked >= 0);
	assert_int_equal(run(line, NULL, 0, buf, sizeof(buf)), 0);
	/* 3 is ls's own, for the directory. */
	assert_string_equal(buf, "0 1 2 3 ");
	(void)close(leaked);
}

/* Sources and targets that are each other's numbers. */
static void swapped(void **state)
{
	char line[] = "read a <&3; read b <&4; echo $a $b", buf[64];
	int a[2], b[2];

	(void)state;
	assert_int_equal(pipe2(a, O_CLOEXEC), 0);
	assert_int_equal(pipe2(b, O_CLOEXEC), 0);
	assert_int_equal(write(a[1], "one\n", 4), 4);
	assert_int_equal(write(b[1], "two\n", 4), 4);
	const struct spawn_fd fds[] = { { b[0], 3 }, { a[0], 4 } };

	assert_int_equal(run(line, fds, 2, buf, sizeof(buf)), 0);
	assert_string_equal(buf, "two one\n");
	for (int i = 0; i < 2; i++) {
		(void)close(a[i]);
		(void)close(b[i]);
	}
}

static void statuses(void **state)
{
	char seven[] = "exit 7", kill9[] = "kill -9 $$", buf[16];

	(void)state;
	assert_int_equal(run(seven, NULL, 0, buf, sizeof(buf)), 7);
	assert_int_equal(run(kill9, NULL, 0, buf, sizeof(buf)), 128 + 9);
}

static void not_there(void **state)
{
	char name[] = "/no/such/program", *argv[] = { name, NULL };
	pid_t pid;

	(void)state;
	assert_int_equal(spawn(&(struct spawn){ .file = name, .argv = argv },
			       &pid, NULL),
			 -ENOENT);
	/* Nothing is left to be waited for. */
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

/* All but one, grandchildren as well: they have become children. */
static void kills_children(void **state)
{
	char *argv[] = { sh, dash_c, NULL, NULL };
	char deep[] = "sh -c 'sh -c \"echo; read x <>/dev/zero\" & wait'";
	char spared[] = "read x";
	int out[2], in[2];
	pid_t pid, kept;
	char byte;

	(void)state;
	assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	assert_int_equal(pipe2(in, O_CLOEXEC), 0);
	argv[2] = spared;
	assert_int_equal(
		spawn(&(struct spawn){ .file = "sh",
				       .argv = argv,
				       .fds = &(struct spawn_fd){ in[0], 0 },
				       .n_fds = 1 },
		      &kept, NULL),
		0);
	argv[2] = deep;
	assert_int_equal(
		spawn(&(struct spawn){ .file = "sh",
				       .argv = argv,
				       .fds = &(struct spawn_fd){ out[1], 1 },
				       .n_fds = 1 },
		      &pid, NULL),
		0);
	assert_int_equal(read(out[0], &byte, 1), 1);
	assert_int_equal(close(out[1]), 0);
	while (spawn_kill_children(kept))
		assert_int_not_equal(wait(NULL), kept);
	/* Nobody has it any more, so it ends. */
	assert_int_equal(read(out[0], &byte, 1), 0);
	assert_int_equal(close(in[0]), 0);
	assert_int_equal(close(in[1]), 0);
	assert_int_equal(spawn_wait(kept), 1);
	assert_int_equal(spawn_kill_children(0), 0);
	assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 0), 0);
	assert_int_equal(close(out[0]), 0);
}

/* A child dies when the process that started it is killed. */
static void dies_with_parent(void **state)
{
	char cat[] = "cat", *argv[] = { cat, NULL };
	int p[2], hold[2], status;
	pid_t parent, pid;
	char c;

	(void)state;
	assert_int_equal(pipe2(p, O_CLOEXEC), 0);
	assert_int_equal(pipe2(hold, O_CLOEXEC), 0);
	parent = fork();
	if (!parent) {
		const struct spawn_fd fds[] = { { hold[0], 0 }, { p[1], 1 } };

		if (spawn(&(struct spawn){ .file = "cat",
					   .argv = argv,
					   .fds = fds,
					   .n_fds = 2,
					   .death_signal = SIGKILL },
			  &pid, NULL) == 0)
			(void)!write(p[1], "x", 1);
		for (;;)
			pause();
	}
	(void)close(p[1]);
	assert_int_equal(read(p[0], &c, 1), 1);
	assert_int_equal(kill(parent, SIGKILL), 0);
	assert_int_equal(waitpid(parent, &status, 0), parent);
	/* The pipe ends when the child does; it would wait for ever. */
	struct pollfd poll_end = { p[0], POLLIN, 0 };

	assert_int_equal(poll(&poll_end, 1, 10000), 1);
	assert_int_equal(read(p[0], &c, 1), 0);
	(void)close(p[0]);
	(void)close(hold[0]);
	(void)close(hold[1]);
}

static void pidfd_tells_the_end(void **state)
{
	char name[] = "true", *argv[] = { name, NULL };
	struct pollfd p = { .events = POLLIN };
	pid_t pid;

	(void)state;
	assert_int_equal(spawn(&(struct spawn){ .file = name, .argv = argv },
			       &pid, &p.fd),
			 0);
	assert_int_equal(poll(&p, 1, 10000), 1);
	assert_int_equal(spawn_wait(pid), 0);
	(void)close(p.fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(much_output),
		cmocka_unit_test(only_what_is_given),
		cmocka_unit_test(swapped),
		cmocka_unit_test(statuses),
		cmocka_unit_test(not_there),
		cmocka_unit_test(kills_children),
		cmocka_unit_test(dies_with_parent),
		cmocka_unit_test(pidfd_tells_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
