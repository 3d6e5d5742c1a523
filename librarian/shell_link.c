/* SPDX-License-Identifier: MIT */

/* shell_link.c - A connection to a Librarian, one request at a time */

#include "shell_link.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "cleanup.h"
#include "json.h"
#include "jstream.h"
#include "parse.h"
#include "proto_librarian.h"

#define REPLY_MAX (256U << 20)
#define PATIENCE 60 /* seconds */
#define HOST_MAX 255

struct shell_link {
	struct shell_link_conf conf;
	int fd;
	uint64_t seq;
	struct jstream stream;
	char buf[65536];
	size_t at, len; /* received and not yet used */
};

/* ---- connecting ----------------------------------------------------------- */

/* "HOST", "HOST:PORT", "[ADDRESS]:PORT"; several colons are an address. */
static int split(const char *text, char *host, uint32_t *ret_port)
{
	const char *colon = strrchr(text, ':'), *end = text + strlen(text);
	bool bracket = *text == '[';
	uint32_t port = LIBRARIAN_PORT;

	if (colon &&
	    (bracket ? colon[-1] == ']' : strchr(text, ':') == colon)) {
		if (parse_u32(colon + 1, 1, UINT16_MAX, &port) < 0)
			return -EINVAL;
		end = colon;
	}
	text += bracket;
	end -= bracket;
	if (end <= text || end - text > HOST_MAX || (bracket && *end != ']'))
		return -EINVAL;
	memcpy(host, text, (size_t)(end - text));
	host[end - text] = '\0';
	*ret_port = port;
	return 0;
}

static int connect_any(const struct addrinfo *list, int *ret_fd)
{
	const struct timeval patience = { .tv_sec = PATIENCE };
	const int on = 1;
	int r = -EHOSTUNREACH;

	for (; list; list = list->ai_next) {
		CLEANUP_FD int fd =
			socket(list->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

		if (fd < 0 ||
		    connect(fd, list->ai_addr, list->ai_addrlen) < 0) {
			r = -errno;
			continue;
		}
		(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
		(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience,
				 sizeof(patience));
		*ret_fd = take_fd(&fd);
		return 0;
	}
	return r;
}

static int connect_to(const char *where, int *ret_fd, struct err *e)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	char host[HOST_MAX + 1], service[8];
	struct addrinfo *list;
	uint32_t port;
	int r;

	if (split(where, host, &port) < 0)
		return err_set(e, -EINVAL, "'%s' is not HOST or HOST:PORT",
			       where);
	(void)snprintf(service, sizeof(service), "%u", port);
	r = getaddrinfo(host, service, &hints, &list);
	if (r != 0)
		return err_set(e, -ENOENT, "'%s': %s", host, gai_strerror(r));
	r = connect_any(list, ret_fd);
	freeaddrinfo(list);
	if (r < 0)
		return err_set(e, r, "cannot connect to '%s' port %u: %s", host,
			       port, strerror(-r));
	return 0;
}

/* ---- asking --------------------------------------------------------------- */

static int send_all(int fd, const char *data, size_t len)
{
	while (len) {
		ssize_t n = send(fd, data, len, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		data += n;
		len -= (size_t)n;
	}
	return 0;
}

/* The next object that comes. */
static int receive(struct shell_link *l, json_t **ret_o)
{
	for (;;) {
		enum jstream_result result;
		size_t used;
		ssize_t n;

		result = jstream_feed(&l->stream, l->buf + l->at,
				      l->len - l->at, &used);
		l->at += used;
		if (result == JSTREAM_OBJECT)
			return json_parse_object(l->stream.text, l->stream.len,
						 ret_o);
		if (result != JSTREAM_MORE)
			return -EPROTO;
		do
			n = recv(l->fd, l->buf, sizeof(l->buf), 0);
		while (n < 0 && errno == EINTR);
		if (n <= 0)
			return n < 0 ? -errno : -ECONNRESET;
		l->at = 0;
		l->len = (size_t)n;
	}
}

/* What comes unasked is no reply. */
static bool is_reply(const json_t *o)
{
	return json_object_get(o, "value") || json_object_get(o, "errmsg");
}

static int exchange(struct shell_link *l, const json_t *request,
		    json_t **ret_reply)
{
	CLEANUP_FREE char *text = json_line(request);
	int r;

	if (!text)
		return -ENOMEM;
	r = send_all(l->fd, text, strlen(text));
	while (r == 0) {
		CLEANUP_JSON json_t *o = NULL;

		r = receive(l, &o);
		if (r == 0 && is_reply(o)) {
			*ret_reply = take_ptr(&o);
			return 0;
		}
		if (r == 0 && l->conf.event)
			l->conf.event(o, l->conf.arg);
	}
	return r;
}

static json_t *make_context(struct shell_link *l)
{
	uint32_t i = l->conf.node_id - 1;
	char physloc[32];

	(void)snprintf(physloc, sizeof(physloc), "%u:%u:%u", i / 80 + 1,
		       i % 80 / 10 + 1, i % 10 + 1);
	return json_pack("{s:I, s:s, s:I, s:i, s:i, s:i, s:i, s:i}", "node_id",
			 (json_int_t)l->conf.node_id, "physloc", physloc, "seq",
			 (json_int_t)++l->seq, "uid", (int)getuid(), "gid",
			 (int)getgid(), "pid", (int)getpid(), "tid",
			 (int)getpid(), "umask", 0);
}

int shell_link_call(struct shell_link *l, json_t *request, json_t **ret_reply,
		    struct err *e)
{
	int r;

	if (!json_object_get(request, "context") &&
	    json_object_set_new(request, "context", make_context(l)) < 0)
		return err_set(e, -ENOMEM, "no memory");
	r = exchange(l, request, ret_reply);
	if (r < 0)
		return err_set(e, r, "the connection to '%s' is broken: %s",
			       l->conf.host,
			       r == -EAGAIN ? "no reply" : strerror(-r));
	return 0;
}

/* ---- life ----------------------------------------------------------------- */

static int say_hello(struct shell_link *l, struct err *e)
{
	CLEANUP_JSON json_t *reply = NULL;
	CLEANUP_JSON json_t *hello =
		json_pack("{s:s, s:I, s:s, s:i}", "command", "hello", "node_id",
			  (json_int_t)l->conf.node_id, "token", l->conf.token,
			  "protocol", LIBRARIAN_PROTOCOL);
	const char *why;
	int r;

	if (!hello)
		return err_set(e, -ENOMEM, "no memory");
	r = shell_link_call(l, hello, &reply, e);
	if (r == 0 && json_get_string(reply, "errmsg", &why) == 0)
		return err_set(e, -EACCES, "'%s' refuses: %s", l->conf.host,
			       why);
	return r;
}

int shell_link_open(const struct shell_link_conf *conf,
		    struct shell_link **ret_link, struct err *e)
{
	struct shell_link *l = calloc(1, sizeof(*l));
	int r;

	if (!l)
		return err_set(e, -ENOMEM, "no memory");
	l->conf = *conf;
	l->fd = -1;
	jstream_init(&l->stream, REPLY_MAX, LIBRARIAN_DEPTH_MAX + 8);
	r = connect_to(conf->host, &l->fd, e);
	if (r == 0 && conf->token)
		r = say_hello(l, e);
	if (r < 0) {
		(void)shell_link_close(l);
		return r;
	}
	*ret_link = l;
	return 0;
}

struct shell_link *shell_link_close(struct shell_link *l)
{
	if (!l)
		return NULL;
	close_fd(&l->fd);
	jstream_deinit(&l->stream);
	free(l);
	return NULL;
}
