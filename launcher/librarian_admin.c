/* SPDX-License-Identifier: MIT */

/* librarian_admin.c - The supervisor's connection to the Librarian */

#include "librarian_admin.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <stdlib.h>
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

int librarian_admin_new(struct event_base *base, int fd,
			struct librarian_admin **ret)
{
	struct librarian_admin *a = calloc(1, sizeof(*a));

	if (!a) {
		(void)close(fd);
		return -ENOMEM;
	}
	(void)evutil_make_socket_nonblocking(fd);
	a->bev = bufferevent_socket_new(base, fd, BEV_OPT_CLOSE_ON_FREE);
	if (!a->bev) {
		(void)close(fd);
		free(a);
		return -ENOMEM;
	}
	bufferevent_setcb(a->bev, readable, NULL, closed, a);
	(void)bufferevent_enable(a->bev, EV_READ | EV_WRITE);
	*ret = a;
	return 0;
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
