/* SPDX-License-Identifier: MIT */

/* cmd_console.c - fame-run console */

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "cleanup.h"
#include "cli.h"
#include "client.h"
#include "cluster.h"
#include "file.h"
#include "frame.h"
#include "log.h"
#include "loop.h"
#include "proto_agent.h"

#define DETACH 0x1d /* Ctrl-] */

struct terminal {
	bool raw;
	struct termios before;
};

static void terminal_raw(struct terminal *t)
{
	struct termios raw;

	if (tcgetattr(STDIN_FILENO, &t->before) < 0)
		return;
	raw = t->before;
	cfmakeraw(&raw);
	t->raw = tcsetattr(STDIN_FILENO, TCSANOW, &raw) == 0;
}

static void terminal_restore(struct terminal *t)
{
	if (t->raw)
		(void)tcsetattr(STDIN_FILENO, TCSANOW, &t->before);
	t->raw = false;
}

/* 1 = detach, 0 = go on, or a negative errno. */
static int typed(int fd, bool *ret_eof)
{
	CLEANUP_EVBUFFER struct evbuffer *out = evbuffer_new();
	char buf[4096], *end;
	ssize_t n = read(STDIN_FILENO, buf, sizeof(buf));
	int r = 0;

	if (n <= 0) {
		*ret_eof = true;
		n = 0;
	}
	end = memchr(buf, DETACH, (size_t)n);
	if (end)
		n = end - buf;
	if (!out || (n && frame_put(out, AGENT_STDIN, 0, buf, (size_t)n) < 0))
		r = -ENOMEM;
	while (r == 0 && evbuffer_get_length(out))
		if (evbuffer_write(out, fd) < 0)
			r = -errno;
	return r < 0 ? r : end != NULL;
}

static int show_frames(struct evbuffer *in)
{
	struct frame f;
	int r;

	while ((r = frame_get(in, &f)) > 0) {
		if (f.type == AGENT_STDOUT)
			r = write_all(STDOUT_FILENO, f.data, f.len);
		frame_done(in, &f);
		if (r < 0)
			break;
	}
	return r;
}

/* 1 = the node's console is gone. */
static int printed(int fd, struct evbuffer *in)
{
	if (evbuffer_read(in, fd, -1) <= 0)
		return 1;
	return show_frames(in);
}

static int carry(int fd, struct evbuffer *in)
{
	struct pollfd p[2] = { { fd, POLLIN, 0 }, { STDIN_FILENO, POLLIN, 0 } };
	bool eof = false;
	int r = show_frames(in); /* what came with the reply */

	while (r == 0) {
		if (poll(p, 2, -1) < 0)
			return errno == EINTR ? 0 : -errno; /* told to end */
		if (p[0].revents)
			r = printed(fd, in);
		if (r == 0 && p[1].revents)
			r = typed(fd, &eof);
		if (eof)
			break;
	}
	return r < 0 ? r : 0;
}

static void on_signal(int sig)
{
	(void)sig;
}

/* The terminal must get back what it was, whatever ends this. */
static void end_by_signals(void)
{
	const struct sigaction sa = { .sa_handler = on_signal };

	(void)sigaction(SIGTERM, &sa, NULL);
	(void)sigaction(SIGHUP, &sa, NULL);
	(void)sigaction(SIGINT, &sa, NULL);
	(void)signal(SIGPIPE, SIG_IGN);
}

static int attach(struct cluster *c, const char *node, struct err *e)
{
	struct terminal t = { .raw = false };
	CLEANUP_EVBUFFER struct evbuffer *in = evbuffer_new();
	CLEANUP_FD int fd = -1;
	int r = in ? 0 : -ENOMEM;

	if (r == 0)
		r = client_begin(c,
				 json_pack("{s:s, s:s}", "op", "console",
					   "node", node),
				 in, &fd, e);
	if (r == 0) {
		if (isatty(STDIN_FILENO))
			log_info("console of '%s', Ctrl-] detaches", node);
		end_by_signals();
		terminal_raw(&t);
		r = carry(fd, in);
		terminal_restore(&t);
		if (r < 0)
			(void)err_set(e, r, "the console is lost: %s",
				      strerror(-r));
	}
	return r;
}

int cmd_console(const struct cli_verb *verb, int argc, char **argv)
{
	CLEANUP_SETTINGS struct settings s = { 0 };
	CLEANUP_CLUSTER struct cluster c = CLUSTER_NULL;
	struct err e = { "" };
	int r, first;

	r = cli_parse(verb, argc, argv, NULL, 0, &s, &first);
	if (r >= 0)
		return r;
	if (argc - first != 1)
		return cli_usage(verb);
	r = client_open(&c, &s, &e);
	if (r == 0)
		r = attach(&c, argv[first], &e);
	return r < 0 ? cli_fail(&e, r) : CLI_OK;
}
