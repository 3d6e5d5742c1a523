/* SPDX-License-Identifier: MIT */

/* test_exec.c - Commands, their streams and their ends, over a socket pair
 *
 * The test is the host: it sends frames, and runs the agent's loop until the
 * frames that it waits for are there.
 */

#include "exec.h"

#include <endian.h>
#include <errno.h>
#include <event2/buffer.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "json.h"
#include "loop.h"
#include "parse.h"
#include "port.h"
#include "proto_agent.h"

#include "../../unit.h"

#define CHANNELS (EXEC_CHANNELS_MAX + 2)
#define LIMIT_S 60 /* of a wait; only a test that fails needs it */

struct stream {
	struct evbuffer *text[2];
	bool keep_credit; /* do not give it back by itself */
	uint32_t unpaid;
	uint32_t in_credit; /* given back by the agent */
	bool over;
	int status, sig, error; /* -1: not said */
	char errmsg[256];
};

struct host {
	struct event_base *base;
	struct port *port; /* the agent's */
	struct exec *exec;
	int fd; /* ours */
	struct event *ev;
	struct event *limit;
	struct evbuffer *in;
	struct stream s[CHANNELS];
	size_t n_over;
};

/* ---- the agent's side ----------------------------------------------------- */

static void on_connected(void *arg)
{
	(void)arg;
}

static void on_gone(void *arg)
{
	struct host *h = arg;

	exec_hang_up(h->exec);
}

static void on_frame(void *arg, const struct frame *f)
{
	struct host *h = arg;

	exec_frame(h->exec, f);
}

static void on_room(void *arg)
{
	struct host *h = arg;

	exec_room(h->exec);
}

static const struct port_ops ops = { on_connected, on_gone, on_frame, on_room };

/* ---- the host's side ------------------------------------------------------ */

static void put(struct host *h, uint8_t type, uint16_t channel,
		const void *data, size_t len)
{
	struct evbuffer *out = evbuffer_new();

	assert_non_null(out);
	assert_int_equal(frame_put(out, type, channel, data, len), 0);
	while (evbuffer_get_length(out)) {
		int n = evbuffer_write(out, h->fd);

		assert_true(n > 0 || errno == EAGAIN);
		if (n < 0)
			(void)event_base_loop(h->base, EVLOOP_NONBLOCK);
	}
	evbuffer_free(out);
}

static void put_text(struct host *h, uint8_t type, uint16_t channel,
		     const char *text)
{
	put(h, type, channel, text, strlen(text));
}

static void pay(struct host *h, uint16_t channel, uint32_t n)
{
	uint32_t wire = htole32(n);

	h->s[channel].unpaid -= n;
	put(h, AGENT_CREDIT, channel, &wire, sizeof(wire));
}

static int get_int(const json_t *o, const char *key)
{
	const json_t *v = json_object_get(o, key);

	return v ? (int)json_integer_value(v) : -1;
}

static void take_exit(struct host *h, struct stream *s, const struct frame *f)
{
	CLEANUP_JSON json_t *o = NULL;
	const char *msg;

	assert_false(s->over);
	assert_int_equal(json_parse_object((const char *)f->data, f->len, &o),
			 0);
	s->over = true;
	s->status = get_int(o, "status");
	s->sig = get_int(o, "signal");
	s->error = get_int(o, "errno");
	if (json_get_string(o, "errmsg", &msg) == 0)
		(void)snprintf(s->errmsg, sizeof(s->errmsg), "%s", msg);
	h->n_over++;
}

static void take_frame(struct host *h, const struct frame *f)
{
	struct stream *s = &h->s[f->channel];
	uint32_t n;

	assert_true(f->channel < CHANNELS);
	switch (f->type) {
	case AGENT_STDOUT:
	case AGENT_STDERR:
		assert_false(s->over);
		s->unpaid += f->len;
		assert_true(s->unpaid <= FRAME_WINDOW);
		evbuffer_add(s->text[f->type == AGENT_STDERR], f->data, f->len);
		if (!s->keep_credit)
			pay(h, f->channel, f->len);
		break;
	case AGENT_CREDIT:
		memcpy(&n, f->data, sizeof(n));
		s->in_credit += le32toh(n);
		break;
	case AGENT_EXIT:
		take_exit(h, s, f);
		break;
	default:
		fail_msg("frame of type %u", f->type);
	}
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct host *h = arg;
	struct frame f;

	(void)what;
	(void)evbuffer_read(h->in, fd, -1);
	while (frame_get(h->in, &f) > 0) {
		take_frame(h, &f);
		frame_done(h->in, &f);
	}
}

static void on_limit(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	fail_msg("nothing came for %d s", LIMIT_S);
}

static void step(struct host *h)
{
	const struct timeval limit = { LIMIT_S, 0 };

	(void)event_add(h->limit, &limit);
	assert_int_equal(event_base_loop(h->base, EVLOOP_ONCE), 0);
}

static struct stream *wait_over(struct host *h, uint16_t channel)
{
	while (!h->s[channel].over)
		step(h);
	return &h->s[channel];
}

/* Runs what is ready now, without waiting for anything. */
static void settle(struct host *h)
{
	for (int i = 0; i < 100; i++)
		(void)event_base_loop(h->base, EVLOOP_NONBLOCK);
}

static void sh(struct host *h, uint16_t channel, const char *script)
{
	json_t *o = json_pack("{s:[s,s,s]}", "argv", "sh", "-c", script);
	CLEANUP_FREE char *line = json_line(o);

	json_decref(o);
	put_text(h, AGENT_EXEC, channel, line);
}

static void wait_text(struct host *h, uint16_t channel, const char *want)
{
	struct evbuffer *b = h->s[channel].text[0];

	while (evbuffer_get_length(b) < strlen(want))
		step(h);
	assert_int_equal(evbuffer_get_length(b), strlen(want));
	assert_memory_equal(evbuffer_pullup(b, -1), want, strlen(want));
}

static void assert_text(const struct stream *s, int which, const char *want)
{
	struct evbuffer *b = s->text[which];
	size_t n = evbuffer_get_length(b);

	assert_int_equal(n, strlen(want));
	if (n)
		assert_memory_equal(evbuffer_pullup(b, -1), want, n);
}

/* The number, on a line of its own, that a command wrote. */
static pid_t pid_of(const struct stream *s)
{
	CLEANUP_FREE char *line =
		evbuffer_readln(s->text[0], NULL, EVBUFFER_EOL_LF);
	uint32_t pid;

	assert_non_null(line);
	assert_int_equal(parse_u32(line, 2, INT32_MAX, &pid), 0);
	return (pid_t)pid;
}

static int setup(void **state)
{
	struct host *h = calloc(1, sizeof(*h));
	int fds[2];

	assert_non_null(h);
	assert_int_equal(socketpair(AF_UNIX,
				    SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
				    0, fds),
			 0);
	h->base = loop_new();
	h->fd = fds[0];
	h->in = evbuffer_new();
	h->ev = event_new(h->base, h->fd, EV_READ | EV_PERSIST, on_readable, h);
	h->limit = evtimer_new(h->base, on_limit, h);
	assert_int_equal(event_add(h->ev, NULL), 0);
	for (size_t i = 0; i < CHANNELS; i++)
		for (size_t k = 0; k < 2; k++)
			h->s[i].text[k] = evbuffer_new();
	assert_int_equal(port_new(h->base, fds[1], &ops, h, &h->port), 0);
	assert_int_equal(exec_new(h->base, h->port, &h->exec), 0);
	settle(h);
	*state = h;
	return 0;
}

static int teardown(void **state)
{
	struct host *h = *state;

	(void)exec_free(h->exec);
	(void)port_free(h->port);
	event_free(h->ev);
	event_free(h->limit);
	evbuffer_free(h->in);
	for (size_t i = 0; i < CHANNELS; i++)
		for (size_t k = 0; k < 2; k++)
			evbuffer_free(h->s[i].text[k]);
	close_fd(&h->fd);
	event_base_free(h->base);
	free(h);
	return 0;
}

/* ---- tests ---------------------------------------------------------------- */

static void test_status_and_streams(void **state)
{
	struct host *h = *state;
	const struct stream *s;

	sh(h, 1, "echo out; echo err >&2; exit 7");
	s = wait_over(h, 1);
	assert_int_equal(s->status, 7);
	assert_int_equal(s->sig, -1);
	assert_text(s, 0, "out\n");
	assert_text(s, 1, "err\n");
}

static void test_environment(void **state)
{
	struct host *h = *state;

	put_text(h, AGENT_EXEC, 3,
		 "{\"argv\":[\"sh\",\"-c\",\"echo $A $HOME $(pwd)\"],"
		 "\"env\":{\"A\":\"b c\"},\"cwd\":\"/usr\"}");
	assert_int_equal(wait_over(h, 3)->status, 0);
	assert_text(&h->s[3], 0, "b c /root /usr\n");
}

static void test_own_session(void **state)
{
	struct host *h = *state;

	sh(h, 1,
	   "read -r pid _ _ _ pgrp sid _ < /proc/self/stat;"
	   "[ $$ = $pgrp ] && [ $$ = $sid ] && echo yes");
	assert_int_equal(wait_over(h, 1)->status, 0);
	assert_text(&h->s[1], 0, "yes\n");
}

static void test_missing_program(void **state)
{
	struct host *h = *state;
	const struct stream *s;

	put_text(h, AGENT_EXEC, 9, "{\"argv\":[\"no-such-program\"]}");
	s = wait_over(h, 9);
	assert_int_equal(s->error, ENOENT);
	assert_non_null(strstr(s->errmsg, "\"no-such-program\""));
	assert_int_equal(s->status, -1);
}

static void test_missing_directory(void **state)
{
	struct host *h = *state;

	put_text(h, AGENT_EXEC, 9,
		 "{\"argv\":[\"true\"],\"cwd\":\"/no/such\"}");
	assert_int_equal(wait_over(h, 9)->error, ENOENT);
	assert_non_null(strstr(h->s[9].errmsg, "\"/no/such\""));
}

static void test_bad_request(void **state)
{
	struct host *h = *state;

	put_text(h, AGENT_EXEC, 2, "{\"argv\":[]}");
	assert_int_equal(wait_over(h, 2)->error, EINVAL);
}

static void test_killed(void **state)
{
	struct host *h = *state;

	sh(h, 1, "kill -9 $$");
	assert_int_equal(wait_over(h, 1)->sig, SIGKILL);
}

static void test_signal_reaches_group(void **state)
{
	struct host *h = *state;

	sh(h, 1,
	   "trap '' INT; (trap - INT; exec sleep 600) & "
	   "trap 'wait; echo told; exit 3' TERM; echo up; wait");
	wait_text(h, 1, "up\n");
	put_text(h, AGENT_SIGNAL, 1, "{\"signal\":15}");
	assert_int_equal(wait_over(h, 1)->status, 3);
	assert_text(&h->s[1], 0, "up\ntold\n");
}

static void test_bad_signal_is_ignored(void **state)
{
	struct host *h = *state;

	sh(h, 1, "echo up; read -r x; exit 4");
	wait_text(h, 1, "up\n");
	put_text(h, AGENT_SIGNAL, 1, "{\"signal\":1000}");
	put_text(h, AGENT_SIGNAL, 1, "nonsense");
	put(h, AGENT_STDIN_EOF, 1, NULL, 0);
	assert_int_equal(wait_over(h, 1)->status, 4);
}

static void test_stdin_echo(void **state)
{
	struct host *h = *state;

	put_text(h, AGENT_EXEC, 1, "{\"argv\":[\"cat\"]}");
	put_text(h, AGENT_STDIN, 1, "one\n");
	wait_text(h, 1, "one\n");
	put_text(h, AGENT_STDIN, 1, "two\n");
	put(h, AGENT_STDIN_EOF, 1, NULL, 0);
	assert_int_equal(wait_over(h, 1)->status, 0);
	assert_text(&h->s[1], 0, "one\ntwo\n");
}

static void test_stdin_on_credit(void **state)
{
	struct host *h = *state;
	const uint32_t total = 10U * 1024 * 1024;
	char block[32768];
	uint32_t sent = 0;

	memset(block, 'x', sizeof(block));
	sh(h, 1, "wc -c");
	while (sent < total) {
		while (sent + sizeof(block) > FRAME_WINDOW + h->s[1].in_credit)
			step(h);
		put(h, AGENT_STDIN, 1, block, sizeof(block));
		sent += (uint32_t)sizeof(block);
	}
	put(h, AGENT_STDIN_EOF, 1, NULL, 0);
	assert_int_equal(wait_over(h, 1)->status, 0);
	assert_text(&h->s[1], 0, "10485760\n");
}

/* A command that does not read must not stop the host for ever. */
static void test_stdin_to_deaf(void **state)
{
	struct host *h = *state;
	char block[65536] = { 0 };

	sh(h, 1, "exec <&-; echo closed; while :; do sleep 600; done");
	wait_text(h, 1, "closed\n");
	for (uint32_t i = 0; i < 32; i++) {
		while ((i + 1) * sizeof(block) >
		       FRAME_WINDOW + h->s[1].in_credit)
			step(h);
		put(h, AGENT_STDIN, 1, block, sizeof(block));
	}
	put(h, AGENT_HANGUP, 1, NULL, 0);
	assert_int_equal(wait_over(h, 1)->sig, SIGHUP);
}

static void test_stdin_above_credit(void **state)
{
	struct host *h = *state;
	char block[65536] = { 0 };

	put_text(h, AGENT_EXEC, 1, "{\"argv\":[\"sleep\",\"600\"]}");
	for (int i = 0; i < 6; i++)
		put(h, AGENT_STDIN, 1, block, sizeof(block));
	put_text(h, AGENT_SIGNAL, 1, "{\"signal\":15}");
	assert_int_equal(wait_over(h, 1)->sig, SIGTERM);
}

static void test_slow_reader(void **state)
{
	struct host *h = *state;
	const size_t total = (size_t)10 * 1024 * 1024;
	struct stream *s = &h->s[1];
	size_t got = 0;

	s->keep_credit = true;
	sh(h, 1, "head -c 10485760 /dev/zero");
	while (got < total) {
		while (s->unpaid < FRAME_WINDOW &&
		       got + evbuffer_get_length(s->text[0]) < total)
			step(h);
		settle(h); /* it may send no more than that */
		assert_false(s->over && s->unpaid == FRAME_WINDOW &&
			     got + FRAME_WINDOW < total);
		got += evbuffer_get_length(s->text[0]);
		evbuffer_drain(s->text[0], evbuffer_get_length(s->text[0]));
		if (s->unpaid && !s->over)
			pay(h, 1, s->unpaid);
	}
	assert_int_equal(wait_over(h, 1)->status, 0);
	assert_int_equal(got, total);
}

/* What the command wrote is delivered, however long it has been over. */
static void test_exit_waits_for_reader(void **state)
{
	struct host *h = *state;
	struct stream *s = &h->s[1];

	s->keep_credit = true;
	sh(h, 1, "head -c 300000 /dev/zero; echo end >&2");
	while (s->unpaid < FRAME_WINDOW)
		step(h);
	/* Long after the command's end, as the second one shows: */
	sh(h, 2, "sleep 0.5");
	assert_int_equal(wait_over(h, 2)->status, 0);
	assert_false(s->over);
	pay(h, 1, s->unpaid);
	assert_int_equal(wait_over(h, 1)->status, 0);
	assert_int_equal(evbuffer_get_length(s->text[0]), 300000);
	assert_text(s, 1, "end\n");
}

/* One channel without credit does not hold up another. */
static void test_channels_are_independent(void **state)
{
	struct host *h = *state;

	h->s[1].keep_credit = true;
	sh(h, 1, "yes");
	while (h->s[1].unpaid < FRAME_WINDOW)
		step(h);
	sh(h, 2, "echo here");
	assert_int_equal(wait_over(h, 2)->status, 0);
	assert_text(&h->s[2], 0, "here\n");
	put(h, AGENT_HANGUP, 1, NULL, 0);
	assert_int_equal(wait_over(h, 1)->sig, SIGHUP);
}

static void test_credit_above_window(void **state)
{
	struct host *h = *state;
	uint32_t wire = htole32(1);

	sh(h, 1, "read -r x");
	put(h, AGENT_CREDIT, 1, &wire, sizeof(wire));
	put(h, AGENT_CREDIT, 1, &wire, 1);
	put(h, AGENT_STDIN_EOF, 1, NULL, 0);
	assert_int_equal(wait_over(h, 1)->status, 1);
}

static void test_hang_up(void **state)
{
	struct host *h = *state;

	sh(h, 1, "echo up; exec sleep 600");
	wait_text(h, 1, "up\n");
	put(h, AGENT_HANGUP, 1, NULL, 0);
	assert_int_equal(wait_over(h, 1)->sig, SIGHUP);
}

static void test_hang_up_of_deaf(void **state)
{
	struct host *h = *state;

	sh(h, 1, "trap '' HUP; echo up; while :; do sleep 600; done");
	wait_text(h, 1, "up\n");
	put(h, AGENT_HANGUP, 1, NULL, 0);
	assert_int_equal(wait_over(h, 1)->sig, SIGKILL);
}

/* It must not wait for credit that will not come. */
static void test_hang_up_of_talker(void **state)
{
	struct host *h = *state;

	h->s[1].keep_credit = true;
	sh(h, 1, "trap 'exit 5' HUP; head -c 1000000 /dev/zero; read -r x");
	while (h->s[1].unpaid < FRAME_WINDOW)
		step(h);
	put(h, AGENT_HANGUP, 1, NULL, 0);
	wait_over(h, 1);
}

static void test_host_gone(void **state)
{
	struct host *h = *state;
	pid_t pid;

	sh(h, 1, "echo $$; exec sleep 600");
	while (evbuffer_search(h->s[1].text[0], "\n", 1, NULL).pos < 0)
		step(h);
	pid = pid_of(&h->s[1]);
	event_del(h->ev);
	(void)shutdown(h->fd, SHUT_RDWR);
	while (kill(pid, 0) == 0)
		step(h);
	assert_int_equal(errno, ESRCH);
}

/* A process left behind keeps the pipes, but not the channel, and lives on. */
static void test_background_is_left(void **state)
{
	struct host *h = *state;
	pid_t pid;

	sh(h, 1, "sleep 600 & echo $!");
	assert_int_equal(wait_over(h, 1)->status, 0);
	pid = pid_of(&h->s[1]);
	assert_int_equal(kill(pid, SIGTERM), 0);
}

/* A process left behind that talks without end does not hold it either. */
static void test_background_talker(void **state)
{
	struct host *h = *state;

	sh(h, 1, "yes & exit 6");
	assert_int_equal(wait_over(h, 1)->status, 6);
}

/* What comes shortly after the command's end is still delivered. */
static void test_background_last_words(void **state)
{
	struct host *h = *state;

	sh(h, 1, "(:; echo late) & exit 0");
	assert_int_equal(wait_over(h, 1)->status, 0);
	assert_text(&h->s[1], 0, "late\n");
}

static void test_all_channels(void **state)
{
	struct host *h = *state;

	for (uint16_t i = 1; i <= EXEC_CHANNELS_MAX; i++)
		put_text(h, AGENT_EXEC, i, "{\"argv\":[\"cat\"]}");
	put_text(h, AGENT_EXEC, EXEC_CHANNELS_MAX + 1, "{\"argv\":[\"cat\"]}");
	assert_int_equal(wait_over(h, EXEC_CHANNELS_MAX + 1)->error, EAGAIN);
	for (uint16_t i = 1; i <= EXEC_CHANNELS_MAX; i++) {
		put_text(h, AGENT_STDIN, i, "x");
		put(h, AGENT_STDIN_EOF, i, NULL, 0);
	}
	while (h->n_over < EXEC_CHANNELS_MAX + 1)
		step(h);
	for (uint16_t i = 1; i <= EXEC_CHANNELS_MAX; i++) {
		assert_int_equal(h->s[i].status, 0);
		assert_text(&h->s[i], 0, "x");
	}
}

static void test_channel_is_reused(void **state)
{
	struct host *h = *state;

	sh(h, 1, "exit 1");
	assert_int_equal(wait_over(h, 1)->status, 1);
	h->s[1].over = false;
	sh(h, 1, "exit 2");
	assert_int_equal(wait_over(h, 1)->status, 2);
}

static void test_frames_of_no_command(void **state)
{
	struct host *h = *state;

	put_text(h, AGENT_STDIN, 5, "x");
	put(h, AGENT_HANGUP, 5, NULL, 0);
	put(h, 200, 5, NULL, 0);
	sh(h, 5, "read -r x; echo $x");
	sh(h, 5, "exit 9"); /* the channel is in use */
	put(h, 201, 5, NULL, 0);
	put_text(h, AGENT_STDIN, 5, "y\n");
	assert_int_equal(wait_over(h, 5)->status, 0);
	assert_text(&h->s[5], 0, "y\n");
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_status_and_streams),
		T(test_environment),
		T(test_own_session),
		T(test_missing_program),
		T(test_missing_directory),
		T(test_bad_request),
		T(test_killed),
		T(test_signal_reaches_group),
		T(test_bad_signal_is_ignored),
		T(test_stdin_echo),
		T(test_stdin_on_credit),
		T(test_stdin_to_deaf),
		T(test_stdin_above_credit),
		T(test_slow_reader),
		T(test_exit_waits_for_reader),
		T(test_channels_are_independent),
		T(test_credit_above_window),
		T(test_hang_up),
		T(test_hang_up_of_deaf),
		T(test_hang_up_of_talker),
		T(test_host_gone),
		T(test_background_is_left),
		T(test_background_talker),
		T(test_background_last_words),
		T(test_all_channels),
		T(test_channel_is_reused),
		T(test_frames_of_no_command),
	};
	struct rlimit files;

	/* Four descriptors for each of 256 commands. */
	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max < 4096 ? files.rlim_max : 4096;
		(void)setrlimit(RLIMIT_NOFILE, &files);
	}
	(void)signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
