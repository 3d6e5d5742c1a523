/* SPDX-License-Identifier: MIT */

/* test_shell_edit.c - The shell at a terminal: keys, and what is kept */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../unit.h"
#include "cleanup.h"
#include "file.h"
#include "shell.h"
#include "shell_edit.h"
#include "spawn.h"

struct world {
	char dir[64];
	char history[96];
	int terminal; /* our end */
	pid_t shell;
	char text[65536]; /* what it has written */
	size_t len;
};

/* Verbs of the shell's own need no Librarian. */
static void run_shell(const struct world *w, const char *name)
{
	struct shell sh;
	int fd, r;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)setsid();
	fd = open(name, O_RDWR);
	if (fd < 0 || ioctl(fd, TIOCSCTTY, 0) < 0 || dup2(fd, 0) < 0 ||
	    dup2(fd, 1) < 0 || dup2(fd, 2) < 0)
		_exit(99);
	if (shell_init(&sh, NULL, 1, stdout, stdout) < 0)
		_exit(98);
	r = shell_edit_run(&sh, "librarian> ", w->history);
	shell_deinit(&sh);
	(void)fflush(stdout);
	_exit(r < 0 ? 1 : 0);
}

static void start(struct world *w)
{
	w->terminal = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	assert_true(w->terminal >= 0);
	assert_int_equal(grantpt(w->terminal), 0);
	assert_int_equal(unlockpt(w->terminal), 0);
	w->len = 0;
	w->shell = fork();
	if (!w->shell)
		run_shell(w, ptsname(w->terminal));
}

/* Until it has written this, behind what was waited for before. */
static void expect(struct world *w, const char *what)
{
	for (;;) {
		struct pollfd p = { .fd = w->terminal, .events = POLLIN };
		char *at = strstr(w->text, what);
		ssize_t n = 0;

		if (at) {
			at += strlen(what);
			w->len -= (size_t)(at - w->text);
			memmove(w->text, at, w->len + 1);
			return;
		}
		if (poll(&p, 1, 10000) > 0)
			n = read(w->terminal, w->text + w->len,
				 sizeof(w->text) - 1 - w->len);
		if (n <= 0)
			fail_msg("no '%s' in '%s'", what, w->text);
		/* A terminal of this kind is given time by NULs. */
		for (char *c = w->text + w->len; n--; c++)
			if (*c)
				w->text[w->len++] = *c;
		w->text[w->len] = '\0';
	}
}

static void press(struct world *w, const char *keys)
{
	expect(w, "librarian> ");
	assert_int_equal(write(w->terminal, keys, strlen(keys)),
			 (ssize_t)strlen(keys));
}

static void finish(struct world *w)
{
	char buf[4096];

	press(w, "\004");
	while (read(w->terminal, buf, sizeof(buf)) > 0)
		;
	(void)close(w->terminal);
	assert_int_equal(spawn_wait(w->shell), 0);
	w->text[0] = '\0';
}

static int set_up(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	const char *tmp = getenv("TMPDIR");

	assert_non_null(w);
	(void)setenv("TERM", "vt100", 1);
	(void)setenv("HOME", "/nonexistent", 1);
	(void)snprintf(w->dir, sizeof(w->dir), "%.30s/edit.XXXXXX",
		       tmp ? tmp : "/tmp");
	assert_non_null(mkdtemp(w->dir));
	(void)snprintf(w->history, sizeof(w->history), "%s/state/history",
		       w->dir);
	start(w);
	*state = w;
	return 0;
}

static int tear_down(void **state)
{
	struct world *w = *state;

	(void)remove_tree(-1, w->dir);
	free(w);
	return 0;
}

static void test_keys(void **state)
{
	struct world *w = *state;

	/* To the start, over the 's', and put it right. */
	press(w, "xet a one\001\004s\r");
	press(w, "help $a\r");
	expect(w, "'one' is not a command");
	/* The line before last, by its key. */
	press(w, "set a two\r");
	press(w, "\020\020\r");
	expect(w, "'two' is not a command");
	/* A line that is given up. */
	press(w, "quit\003");
	expect(w, "^C");
	press(w, "help $a\r");
	expect(w, "'two' is not a command");
	finish(w);
}

static void test_completion(void **state)
{
	struct world *w = *state;

	press(w, "help get_shelf_p\t\r");
	expect(w, "get_shelf_path name parent_id");
	press(w, "help self\t\r");
	expect(w, "self_check");
	press(w, "help loo\t\r");
	expect(w, "loop N COMMAND");
	/* All that there are, and the line again. */
	press(w, "re\t");
	expect(w, "response");
	expect(w, "resize_shelf");
	expect(w, "librarian> re");
	assert_int_equal(write(w->terminal, "\003", 1), 1);
	finish(w);
}

static void test_kept(void **state)
{
	CLEANUP_FREE char *text = NULL;
	struct world *w = *state;
	struct stat st;
	size_t len;

	press(w, "set a 'some text'\r");
	finish(w);
	assert_int_equal(stat(w->history, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(file_read(AT_FDCWD, w->history, 4096, &text, &len), 0);
	start(w);
	press(w, "!1\r");
	expect(w, "set a 'some text'");
	press(w, "help $a\r");
	expect(w, "'some text' is not a command");
	finish(w);
}

#define TERMINAL_TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TERMINAL_TEST(test_keys),
		TERMINAL_TEST(test_completion),
		TERMINAL_TEST(test_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
