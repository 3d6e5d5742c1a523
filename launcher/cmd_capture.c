/* SPDX-License-Identifier: MIT */

/* cmd_capture.c - fame-run capture: what passes through the nodes' network */

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "capture_stream.h"
#include "cleanup.h"
#include "cli.h"
#include "client.h"
#include "cluster.h"
#include "log.h"
#include "loop.h"
#include "parse.h"

struct capture {
	struct event_base *base;
	int fd; /* from the switch */
	struct capture_stream *stream;
	int result;
};

/* The end is asked for; what is under way still comes. */
static void enough(evutil_socket_t sig, short what, void *arg)
{
	const struct capture *c = arg;

	(void)sig;
	(void)what;
	(void)shutdown(c->fd, SHUT_WR);
}

static void readable(evutil_socket_t fd, short what, void *arg)
{
	struct capture *c = arg;
	size_t room;
	uint8_t *to = capture_stream_room(c->stream, &room);
	ssize_t n = read((int)fd, to, room);

	(void)what;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	c->result = n < 0  ? -errno :
		    n == 0 ? 1 :
			     capture_stream_take(c->stream, (size_t)n);
	if (c->result)
		(void)event_base_loopbreak(c->base);
}

/* Until a signal, the limit, or the cluster's end. */
static int receive(struct capture *c)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP };
	struct event *events[ARRAY_SIZE(signals) + 1] = { 0 };
	int r = -ENOMEM;

	events[0] =
		event_new(c->base, c->fd, EV_READ | EV_PERSIST, readable, c);
	for (size_t i = 0; i < ARRAY_SIZE(signals); i++)
		events[i + 1] = evsignal_new(c->base, signals[i], enough, c);
	for (size_t i = 0; i < ARRAY_SIZE(events); i++)
		if (!events[i] || event_add(events[i], NULL) < 0)
			goto out;
	(void)event_base_dispatch(c->base);
	r = c->result;
out:
	for (size_t i = 0; i < ARRAY_SIZE(events); i++)
		if (events[i])
			event_free(events[i]);
	return r;
}

static int connect_to_switch(const struct settings *s, const char *node,
			     struct capture_stream *stream, int *ret_fd,
			     struct err *e)
{
	CLEANUP_CLUSTER struct cluster c = CLUSTER_NULL;
	CLEANUP_EVBUFFER struct evbuffer *rest = evbuffer_new();
	CLEANUP_FD int fd = -1;
	size_t room, n;
	uint8_t *to = capture_stream_room(stream, &room);
	int r;

	r = rest ? client_open(&c, s, e) : -ENOMEM;
	if (r == 0)
		r = client_begin(&c,
				 json_pack("{s:s, s:s*}", "op", "capture",
					   "node", node),
				 rest, &fd, e);
	if (r < 0)
		return r;
	n = evbuffer_get_length(rest);
	if (n > room)
		return err_set(e, -EPROTO, "the cluster says too much");
	(void)evbuffer_remove(rest, to, n);
	stream->len = n;
	*ret_fd = take_fd(&fd);
	return 0;
}

static int capture(struct capture_stream *stream, int from, const char *file,
		   struct err *e)
{
	CLEANUP_EVENT_BASE struct event_base *base = loop_new();
	struct capture c = { base, from, stream, 0 };
	int r;

	if (!base || signal(SIGPIPE, SIG_IGN) == SIG_ERR)
		return err_set(e, -ENOMEM, "out of memory");
	/* What came behind the answer */
	r = capture_stream_take(stream, 0);
	if (r == 0)
		r = receive(&c);
	/* A viewer that was closed has seen what it wanted. */
	if (r < 0 && r != -EPIPE)
		return err_set(e, r, "cannot write '%s': %s", file,
			       strerror(-r));
	if (!stream->begun)
		return err_set(e, -ECONNRESET,
			       "nothing can be captured: see "
			       "'fame-run logs switch'");
	log_info("%" PRIu64 " frames, %u lost", stream->frames, stream->lost);
	return 0;
}

static int open_file(const char *file, int *ret_fd, struct err *e)
{
	int fd;

	if (!strcmp(file, "-")) {
		fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0);
		if (isatty(STDOUT_FILENO)) {
			close_fd(&fd);
			return err_set(e, -EINVAL,
				       "frames are nothing for a terminal: "
				       "give a file, or '-' with a viewer "
				       "behind it as in '| wireshark -ki -'");
		}
	} else {
		fd = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	}
	if (fd < 0)
		return err_set(e, -errno, "cannot write '%s': %s", file,
			       strerror(errno));
	*ret_fd = fd;
	return 0;
}

static int run(const struct settings *s, const char *node, const char *file,
	       uint64_t limit, struct err *e)
{
	CLEANUP_FREE struct capture_stream *stream = malloc(sizeof(*stream));
	CLEANUP_FD int from = -1, to = -1;
	int r;

	if (!stream)
		return err_set(e, -ENOMEM, "out of memory");
	*stream = (struct capture_stream)CAPTURE_STREAM(-1, limit);
	r = connect_to_switch(s, node, stream, &from, e);
	if (r == 0)
		r = open_file(file, &to, e);
	if (r < 0)
		return r;
	stream->fd = to;
	return capture(stream, from, file, e);
}

int cmd_capture(const struct cli_verb *verb, int argc, char **argv)
{
	CLEANUP_SETTINGS struct settings s = { 0 };
	const char *count = NULL;
	const struct cli_flag flags[] = {
		{ .name = "count",
		  .help = "end after so many frames",
		  .text = &count,
		  .arg = "N" },
	};
	struct err e = { "" };
	uint64_t limit = 0;
	const char *node;
	int r, first;

	r = cli_parse(verb, argc, argv, flags, ARRAY_SIZE(flags), &s, &first);
	if (r >= 0)
		return r;
	if (argc - first < 1 || argc - first > 2)
		return cli_usage(verb);
	if (count && parse_u64(count, 1, UINT64_MAX, &limit) < 0) {
		log_err("--count '%s': give a number of frames", count);
		return CLI_USAGE;
	}
	node = argc - first == 2 ? argv[first] : NULL;
	r = run(&s, node, argv[argc - 1], limit, &e);
	return r < 0 ? cli_fail(&e, r) : CLI_OK;
}
