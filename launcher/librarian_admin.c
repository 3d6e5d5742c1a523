/* SPDX-License-Identifier: MIT */

/* librarian_admin.c - The supervisor's connection to the Librarian */

#include "librarian_admin.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cleanup.h"
#include "json.h"
#include "log.h"
#include "proto_librarian.h"

struct librarian_admin {
	struct bufferevent *bev;
};

static void check_reply(const char *line, size_t len)
{
	CLEANUP_JSON json_t *o = NULL;
	const char *text;

	if (json_parse_object(line, len, &o) < 0)
		log_warn("the Librarian's reply is no JSON object");
	else if (json_get_string(o, "errmsg", &text) == 0)
		log_warn("the Librarian refuses: %s", text);
}

static void readable(struct bufferevent *bev, void *arg)
{
	struct evbuffer *in = bufferevent_get_input(bev);
	size_t len;
	char *line;

	(void)arg;
	while ((line = evbuffer_readln(in, &len, EVBUFFER_EOL_LF))) {
		check_reply(line, len);
		free(line);
	}
	if (evbuffer_get_length(in) > LIBRARIAN_REQUEST_MAX)
		(void)bufferevent_disable(bev, EV_READ);
}

static void closed(struct bufferevent *bev, short what, void *arg)
{
	(void)what;
	(void)arg;
	(void)bufferevent_disable(bev, EV_READ | EV_WRITE);
}

static struct librarian_admin *new (struct event_base *base, int fd)
{
	struct librarian_admin *a = calloc(1, sizeof(*a));

	(void)evutil_make_socket_nonblocking(fd);
	if (a)
		a->bev =
			bufferevent_socket_new(base, fd, BEV_OPT_CLOSE_ON_FREE);
	if (!a || !a->bev) {
		(void)close(fd);
		free(a);
		return NULL;
	}
	bufferevent_setcb(a->bev, readable, NULL, closed, a);
	(void)bufferevent_enable(a->bev, EV_READ | EV_WRITE);
	return a;
}

int librarian_admin_new(struct event_base *base, int *ret_theirs,
			struct librarian_admin **ret)
{
	struct librarian_admin *a;
	int sv[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sv) < 0)
		return -errno;
	a = new (base, sv[0]);
	if (!a) {
		(void)close(sv[1]);
		return -ENOMEM;
	}
	*ret_theirs = sv[1];
	*ret = a;
	return 0;
}

int librarian_admin_flush(struct librarian_admin *a)
{
	struct evbuffer *out = bufferevent_get_output(a->bev);
	int r = 0;

	/* The bufferevent alone drains it otherwise, from the loop. */
	(void)evbuffer_unfreeze(out, 1);
	/* A socket's buffer holds the tokens of all nodes many times. */
	while (evbuffer_get_length(out) && r >= 0)
		r = evbuffer_write(out, bufferevent_getfd(a->bev));
	(void)evbuffer_freeze(out, 1);
	return r < 0 ? -errno : 0;
}

/* Takes @request over. */
static int send_request(struct librarian_admin *a, json_t *request)
{
	CLEANUP_JSON json_t *o = request;
	CLEANUP_FREE char *text = o ? json_line(o) : NULL;

	if (!text || evbuffer_add_printf(bufferevent_get_output(a->bev), "%s\n",
					 text) < 0)
		return -ENOMEM;
	return 0;
}

int librarian_admin_set_token(struct librarian_admin *a, unsigned node,
			      const char *token)
{
	return send_request(a,
			    json_pack("{s:s, s:i, s:s}", "command", "set_token",
				      "node_id", (int)node, "token", token));
}

int librarian_admin_node_down(struct librarian_admin *a, unsigned node)
{
	return send_request(a, json_pack("{s:s, s:i}", "command", "node_down",
					 "node_id", (int)node));
}

struct librarian_admin *librarian_admin_free(struct librarian_admin *a)
{
	if (!a)
		return NULL;
	bufferevent_free(a->bev);
	free(a);
	return NULL;
}
