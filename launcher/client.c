/* SPDX-License-Identifier: MIT */

/* client.c - A verb's connection to the running cluster (proto_control.h) */

#include "client.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cleanup.h"
#include "frame.h"
#include "json.h"
#include "loop.h"
#include "proto_control.h"

int client_open(struct cluster *c, const struct settings *s, struct err *e)
{
	int r;

	c->which = settings_which(s);
	r = cluster_open(c, settings_get(s, SETTING_DIR), e);
	return r == -ENOENT ? -ENOTCONN : r;
}

int client_connect(struct cluster *c, int *ret_fd, struct err *e)
{
	int r;

	r = cluster_connect(c, ret_fd);
	if (r == 0)
		return 0;
	if (r != -ENOENT && r != -ECONNREFUSED)
		return err_set(e, r, "cannot reach the cluster in '%s': %s",
			       c->dir, strerror(-r));
	if (cluster_runs(c))
		return err_set(e, -EAGAIN,
			       "the cluster in '%s' is just being started or "
			       "ended: try again",
			       c->dir);
	/* What one that was killed has left. Without need there is no lock: it
	 * would be in the way of others.
	 */
	if (r == -ECONNREFUSED && cluster_try_lock(c) == 0) {
		cluster_sweep(c);
		close_fd(&c->lock);
	}
	return err_set(e, -ENOTCONN,
		       "the cluster in '%s' is down: start it with "
		       "'fame-run up%s N'",
		       c->dir, c->which);
}

/* A cluster that has ended is an error, and no signal. */
static int send_all(struct evbuffer *out, int fd)
{
	size_t len;

	while ((len = evbuffer_get_length(out))) {
		ssize_t n =
			send(fd, evbuffer_pullup(out, -1), len, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		(void)evbuffer_drain(out, (size_t)n);
	}
	return 0;
}

int client_request(int fd, json_t *request, struct err *e)
{
	CLEANUP_EVBUFFER struct evbuffer *out = evbuffer_new();
	CLEANUP_JSON json_t *o = request;
	CLEANUP_FREE char *text = o ? json_line(o) : NULL;
	int r = -ENOMEM;

	if (out && text)
		r = frame_put(out, CONTROL_REQUEST, 0, text, strlen(text));
	if (r == -EMSGSIZE)
		return err_set(e, r, "command line too long (64 KiB at most)");
	if (r == 0)
		r = send_all(out, fd);
	if (r < 0)
		return err_set(e, r, "cannot ask the cluster: %s",
			       strerror(-r));
	return 0;
}

/* One frame: 1 = it was the answer; 0 = go on. */
static int take_frame(const struct frame *f, struct client_answer *a,
		      struct err *e)
{
	CLEANUP_JSON json_t *o = NULL;
	const char *text = "the cluster gives no reason";
	int64_t error = EIO;

	if (json_parse_object((const char *)f->data, f->len, &o) < 0)
		return err_set(e, -EPROTO, "the cluster's answer is not JSON");
	if (f->type == CONTROL_EVENT) {
		if (a->event)
			a->event(a->arg, o);
		return 0;
	}
	a->reply = json_incref(o);
	if (f->type == CONTROL_REPLY)
		return 1;
	(void)json_get_string(o, "errmsg", &text);
	(void)json_get_i64(o, "errno", &error);
	return err_set(e, error > 0 && error < 4096 ? -(int)error : -EIO, "%s",
		       text);
}

/* Something to read from the cluster, or nothing to wait for any more. */
static int wait_for(int fd, int stop)
{
	struct pollfd fds[] = { { fd, POLLIN, 0 }, { stop, POLLIN, 0 } };

	while (stop && poll(fds, ARRAY_SIZE(fds), -1) < 0)
		if (errno != EINTR)
			return -errno;
	return fds[1].revents ? -EINTR : 0;
}

int client_answer(int fd, struct client_answer *a, struct evbuffer *rest,
		  struct err *e)
{
	CLEANUP_EVBUFFER struct evbuffer *in = evbuffer_new();
	struct frame f;
	int r;

	a->reply = NULL;
	if (!in)
		return err_set(e, -ENOMEM, "out of memory");
	for (;;) {
		r = frame_get(in, &f);
		if (r > 0) {
			r = take_frame(&f, a, e);
			frame_done(in, &f);
			if (r < 0)
				return r;
			if (r > 0)
				break;
			continue;
		}
		if (r == 0 && wait_for(fd, a->stop) == -EINTR)
			return -EINTR;
		if (r < 0 || evbuffer_read(in, fd, -1) <= 0)
			return err_set(e, -ECONNRESET,
				       "the cluster ended without an answer: "
				       "see 'fame-run logs supervisor'");
	}
	if (rest)
		(void)evbuffer_add_buffer(rest, in);
	return 0;
}

/* Both of them may be NULL: @ret_reply and @rest */
static int ask(struct cluster *c, json_t *request, json_t **ret_reply,
	       struct evbuffer *rest, int *ret_fd, struct err *e)
{
	struct client_answer a = { 0 };
	CLEANUP_FD int fd = -1;
	int r;

	r = client_connect(c, &fd, e);
	if (r < 0) {
		json_decref(request);
		return r;
	}
	r = client_request(fd, request, e);
	if (r == 0)
		r = client_answer(fd, &a, rest, e);
	if (r == 0 && ret_reply)
		*ret_reply = json_incref(a.reply);
	if (r == 0)
		*ret_fd = take_fd(&fd);
	json_decref(a.reply);
	return r;
}

int client_begin(struct cluster *c, json_t *request, struct evbuffer *rest,
		 int *ret_fd, struct err *e)
{
	return ask(c, request, NULL, rest, ret_fd, e);
}

int client_call(struct cluster *c, json_t *request, json_t **ret_reply,
		struct err *e)
{
	CLEANUP_FD int fd = -1;

	return ask(c, request, ret_reply, NULL, &fd, e);
}
