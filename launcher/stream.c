/* SPDX-License-Identifier: MIT */

/* stream.c - Standard input and output joined to commands in nodes
 *
 * Theory of operation. Output is written at once and may block: then nothing
 * more is read, no credit is given back, and the commands stop at the end of
 * their windows. Standard input is read only while every command that still
 * takes it has credit, so what was read can always be sent. The loop uses
 * poll(2), since standard input may be a regular file.
 *
 * A signal is the command's. A second one, or SIGHUP, is ours: whatever the
 * command makes of the first, nobody should need SIGKILL to get away from it.
 * Closing the connection hangs the command up.
 */

#include "stream.h"

#include <errno.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"
#include "file.h"
#include "frame.h"
#include "json.h"
#include "log.h"
#include "proto_agent.h"
#include "proto_control.h"

#define STREAMS_MAX 32
#define STDIN_CHUNK 32768U
#define LINE_MAX_BUFFERED 65536U
#define EXIT_UNKNOWN 125 /* the command's status could not be learnt */

static const int passed_on[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };

struct stream {
	struct streams *set;
	const char *name;
	struct bufferevent *bev;
	uint32_t credit;	  /* for standard input */
	struct evbuffer *line[2]; /* unfinished, of output and errors */
	bool ended;
	int status;
};

struct streams {
	struct event_base *base;
	struct event *input;
	struct event *signals[ARRAY_SIZE(passed_on)];
	bool prefix;
	bool input_ended;
	int failed; /* negative errno of our own output */
	int signal; /* that ended us, 0 = none */
	bool signalled;
	unsigned n;
	unsigned n_running;
	struct stream s[STREAMS_MAX];
};

static void send_frame(struct stream *s, uint8_t type, const void *data,
		       size_t len)
{
	if (!s->ended)
		(void)frame_put(bufferevent_get_output(s->bev), type, 0, data,
				len);
}

/* ---- output --------------------------------------------------------------- */

static void write_out(struct streams *set, int fd, const void *data, size_t len)
{
	int r = set->failed ? 0 : write_all(fd, data, len);

	if (r == 0)
		return;
	/* Nobody reads it: there is nothing left to do here. */
	set->failed = r;
	(void)event_base_loopbreak(set->base);
}

static void write_line(struct stream *s, int fd, const char *line, size_t len)
{
	char head[64];
	int n = snprintf(head, sizeof(head), "%s: ", s->name);

	write_out(s->set, fd, head, (size_t)n);
	write_out(s->set, fd, line, len);
	write_out(s->set, fd, "\n", 1);
}

/* Whole lines; @all: the unfinished one as well. */
static void write_lines(struct stream *s, int fd, bool all)
{
	struct evbuffer *b = s->line[fd - STDOUT_FILENO];
	size_t len;
	char *line;

	while ((line = evbuffer_readln(b, &len, EVBUFFER_EOL_LF))) {
		write_line(s, fd, line, len);
		free(line);
	}
	len = evbuffer_get_length(b);
	if (len && (all || len > LINE_MAX_BUFFERED)) {
		write_line(s, fd, (char *)evbuffer_pullup(b, -1), len);
		(void)evbuffer_drain(b, len);
	}
}

static void take_output(struct stream *s, int fd, const struct frame *f)
{
	if (s->set->prefix) {
		(void)evbuffer_add(s->line[fd - STDOUT_FILENO], f->data,
				   f->len);
		write_lines(s, fd, false);
	} else {
		write_out(s->set, fd, f->data, f->len);
	}
	(void)frame_put_u32(bufferevent_get_output(s->bev), AGENT_CREDIT, 0,
			    f->len);
}

/* ---- ends ----------------------------------------------------------------- */

static void end_stream(struct stream *s, int status)
{
	struct streams *set = s->set;

	if (s->ended)
		return;
	if (set->prefix) {
		write_lines(s, STDOUT_FILENO, true);
		write_lines(s, STDERR_FILENO, true);
	}
	s->ended = true;
	s->status = status;
	(void)bufferevent_disable(s->bev, EV_READ | EV_WRITE);
	if (!--set->n_running)
		(void)event_base_loopbreak(set->base);
}

/* As env(1) has it: 127 not found, 126 not to be run, 128 + signal. */
static int exit_status(struct stream *s, const struct frame *f)
{
	CLEANUP_JSON json_t *o = NULL;
	const char *text = "it did not start";
	uint32_t v;

	if (json_parse_object((const char *)f->data, f->len, &o) < 0)
		return EXIT_UNKNOWN;
	if (json_get_u32(o, "status", 0, 255, &v) == 0)
		return (int)v;
	if (json_get_u32(o, "signal", 1, 64, &v) == 0)
		return 128 + (int)v;
	(void)json_get_string(o, "errmsg", &text);
	log_err("node '%s': %s", s->name, text);
	if (json_get_u32(o, "errno", 1, 4095, &v) == 0)
		return v == ENOENT ? 127 : 126;
	return EXIT_UNKNOWN;
}

static void lose(struct stream *s, const struct frame *f)
{
	CLEANUP_JSON json_t *o = NULL;
	const char *text = "the cluster ended";

	if (f && json_parse_object((const char *)f->data, f->len, &o) == 0)
		(void)json_get_string(o, "errmsg", &text);
	log_err("node '%s': the command's end is not known: %s", s->name, text);
	end_stream(s, EXIT_UNKNOWN);
}

/* ---- frames --------------------------------------------------------------- */

static void update_input(struct streams *set);

static void take_credit(struct stream *s, const struct frame *f)
{
	uint32_t n;

	if (f->len != sizeof(n))
		return;
	n = frame_u32(f->data);
	if (n <= FRAME_WINDOW - s->credit)
		s->credit += n;
	update_input(s->set);
}

static void take_frame(struct stream *s, const struct frame *f)
{
	switch (f->type) {
	case AGENT_STDOUT:
		take_output(s, STDOUT_FILENO, f);
		break;
	case AGENT_STDERR:
		take_output(s, STDERR_FILENO, f);
		break;
	case AGENT_CREDIT:
		take_credit(s, f);
		break;
	case AGENT_EXIT:
		end_stream(s, exit_status(s, f));
		break;
	case CONTROL_ERROR:
		lose(s, f);
		break;
	default:
		break;
	}
}

static void readable(struct bufferevent *bev, void *arg)
{
	struct evbuffer *in = bufferevent_get_input(bev);
	struct stream *s = arg;
	struct frame f;
	int r = 0;

	while (!s->ended && (r = frame_get(in, &f)) > 0) {
		take_frame(s, &f);
		frame_done(in, &f);
	}
	if (!s->ended && r < 0)
		lose(s, NULL);
}

static void closed(struct bufferevent *bev, short what, void *arg)
{
	(void)bev;
	/* Credit for a command that has just ended; its last frames are still
	 * to be read.
	 */
	if (what & BEV_EVENT_WRITING)
		return;
	lose(arg, NULL);
}

/* ---- input and signals ---------------------------------------------------- */

static uint32_t least_credit(const struct streams *set)
{
	uint32_t least = STDIN_CHUNK;

	for (unsigned i = 0; i < set->n; i++)
		if (!set->s[i].ended && set->s[i].credit < least)
			least = set->s[i].credit;
	return least;
}

static void update_input(struct streams *set)
{
	if (set->input_ended || !least_credit(set))
		(void)event_del(set->input);
	else
		(void)event_add(set->input, NULL);
}

static void input_readable(evutil_socket_t fd, short what, void *arg)
{
	struct streams *set = arg;
	char buf[STDIN_CHUNK];
	ssize_t n = read((int)fd, buf, least_credit(set));

	(void)what;
	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	set->input_ended = n <= 0;
	for (unsigned i = 0; i < set->n; i++) {
		send_frame(&set->s[i], n > 0 ? AGENT_STDIN : AGENT_STDIN_EOF,
			   buf, n > 0 ? (size_t)n : 0);
		set->s[i].credit -= n > 0 ? (uint32_t)n : 0;
	}
	update_input(set);
}

static void pass_on(evutil_socket_t sig, short what, void *arg)
{
	struct streams *set = arg;
	char json[32];
	int n = snprintf(json, sizeof(json), "{\"signal\":%d}", (int)sig);

	(void)what;
	if (set->signalled || sig == SIGHUP) {
		set->signal = (int)sig;
		(void)event_base_loopbreak(set->base);
		return;
	}
	set->signalled = true;
	for (unsigned i = 0; i < set->n; i++)
		send_frame(&set->s[i], AGENT_SIGNAL, json, (size_t)n);
}

/* ---- life ----------------------------------------------------------------- */

static struct event_base *base_for_files(void)
{
	struct event_config *conf = event_config_new();
	struct event_base *base = NULL;

	if (!conf)
		return NULL;
	if (event_config_require_features(conf, EV_FEATURE_FDS) == 0)
		base = event_base_new_with_config(conf);
	event_config_free(conf);
	return base;
}

static int init_events(struct streams *set)
{
	set->base = base_for_files();
	if (!set->base)
		return -ENOMEM;
	set->input = event_new(set->base, STDIN_FILENO, EV_READ | EV_PERSIST,
			       input_readable, set);
	if (!set->input)
		return -ENOMEM;
	for (size_t i = 0; i < ARRAY_SIZE(passed_on); i++) {
		set->signals[i] =
			evsignal_new(set->base, passed_on[i], pass_on, set);
		if (!set->signals[i] || event_add(set->signals[i], NULL) < 0)
			return -ENOMEM;
	}
	return signal(SIGPIPE, SIG_IGN) == SIG_ERR ? -errno : 0;
}

int streams_new(bool prefix, bool input, struct streams **ret)
{
	struct streams *set = calloc(1, sizeof(*set));
	int r;

	if (!set)
		return -ENOMEM;
	set->prefix = prefix;
	set->input_ended = !input;
	r = init_events(set);
	if (r < 0)
		(void)streams_free(set);
	else
		*ret = set;
	return r;
}

int streams_add(struct streams *set, const char *name, int fd,
		struct evbuffer *received)
{
	struct stream *s = &set->s[set->n];

	if (set->n == STREAMS_MAX) {
		(void)close(fd);
		return -E2BIG;
	}
	*s = (struct stream){ .set = set,
			      .name = name,
			      .credit = FRAME_WINDOW };
	(void)evutil_make_socket_nonblocking(fd);
	s->bev = bufferevent_socket_new(set->base, fd, BEV_OPT_CLOSE_ON_FREE);
	s->line[0] = evbuffer_new();
	s->line[1] = evbuffer_new();
	set->n++;
	set->n_running++;
	if (!s->bev || !s->line[0] || !s->line[1])
		return -ENOMEM;
	bufferevent_setcb(s->bev, readable, NULL, closed, s);
	/* Its end, which the socket fills, is frozen; its front is not. */
	(void)evbuffer_prepend_buffer(bufferevent_get_input(s->bev), received);
	return 0;
}

int streams_run(struct streams *set, struct err *e)
{
	for (unsigned i = 0; i < set->n; i++) {
		(void)bufferevent_enable(set->s[i].bev, EV_READ | EV_WRITE);
		if (set->input_ended)
			send_frame(&set->s[i], AGENT_STDIN_EOF, NULL, 0);
		readable(set->s[i].bev, &set->s[i]);
	}
	update_input(set);
	if (set->n_running && !set->failed &&
	    event_base_dispatch(set->base) < 0)
		return err_set(e, -EIO, "the event loop failed");
	if (set->signal)
		return 128 + set->signal;
	if (set->failed == -EPIPE)
		return 128 + SIGPIPE;
	if (set->failed)
		return err_set(e, set->failed, "cannot write the output: %s",
			       strerror(-set->failed));
	for (unsigned i = 0; i < set->n; i++)
		if (set->s[i].status)
			return set->s[i].status;
	return 0;
}

struct streams *streams_free(struct streams *set)
{
	if (!set)
		return NULL;
	for (unsigned i = 0; i < set->n; i++) {
		struct stream *s = &set->s[i];

		if (s->bev)
			bufferevent_free(s->bev);
		for (int k = 0; k < 2; k++)
			if (s->line[k])
				evbuffer_free(s->line[k]);
	}
	for (size_t i = 0; i < ARRAY_SIZE(set->signals); i++)
		if (set->signals[i])
			event_free(set->signals[i]);
	if (set->input)
		event_free(set->input);
	if (set->base)
		event_base_free(set->base);
	free(set);
	return NULL;
}
