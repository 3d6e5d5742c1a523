/* SPDX-License-Identifier: MIT */

/* scripted.h - A client, and a Librarian that follows a script
 *
 * A thread plays the Librarian on the loopback: it takes connections and does
 * what its script says, a letter for each request:
 *   H hello is answered          V the value 1
 *   E errno 2                    O a pushed message, then the value 1
 *   G nonsense                   X close the connection
 *   A errno 13 (wrong token)     2 hello of protocol 2, with a board
 *   S silence                    W an answer to another request
 *   N errno 107 (ENOTCONN)
 *   K the value 1; when told to go on, a pushed message
 *   M value = the request's id, until the client has gone
 *   m the same, but closes the connection after every 40 requests
 */
#pragma once

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client.h"
#include "json.h"

#include "../../unit.h"

struct server {
	pthread_t thread;
	int fd;
	uint16_t port;
	int go; /* readable: it is told to go on */
	const char *script;
	bool over;	    /* whatever the script says */
	char commands[256]; /* what was asked, a letter each: the first one */
};

/* Requests come one after the other, without a separator. */
struct stream {
	int fd;
	char buf[65536];
	size_t len;
};

UNUSED static bool take_request(struct stream *in, json_t **ret_o)
{
	for (;;) {
		json_error_t e;
		json_t *o = json_loadb(in->buf, in->len, JSON_DISABLE_EOF_CHECK,
				       &e);
		size_t used = (size_t)e.position;
		ssize_t n;

		if (o) {
			in->len -= used;
			memmove(in->buf, in->buf + used, in->len);
			*ret_o = o;
			return true;
		}
		n = recv(in->fd, in->buf + in->len, sizeof(in->buf) - in->len,
			 0);
		if (n <= 0)
			return false;
		in->len += (size_t)n;
	}
}

UNUSED static void send_text(int fd, const char *text)
{
	(void)!send(fd, text, strlen(text), MSG_NOSIGNAL);
}

UNUSED static void answer(int fd, const json_t *request, const char *body)
{
	CLEANUP_FREE char *context =
		json_line(json_object_get(request, "context"));
	char text[512];

	(void)snprintf(text, sizeof(text), "{%s,\"context\":%s}\n", body,
		       context);
	send_text(fd, text);
}

/* What one letter does; false ends the connection. */
UNUSED static bool act(const struct server *s, char letter, int fd,
		       const json_t *o)
{
	uint64_t n;

	switch (letter) {
	case 'H':
	case 'V':
		answer(fd, o, "\"value\":1");
		return true;
	case 'E':
		answer(fd, o, "\"errmsg\":\"x\",\"errno\":2");
		return true;
	case 'A':
		answer(fd, o, "\"errmsg\":\"x\",\"errno\":13");
		return true;
	case 'a': /* as before a hello: in two parts, no newline */
		send_text(fd, "{\"errmsg\":\"x\",\"errno\":13,");
		send_text(fd, "\"context\":{\"seq\":1}}");
		return true;
	case 'O':
		send_text(fd, "{\"OOBmsg\":{\"a\":1}}\n");
		answer(fd, o, "\"value\":1");
		return true;
	case '2':
		answer(fd, o,
		       "\"value\":{\"protocol\":2,\"events\":true,"
		       "\"board\":{\"offset\":4096,\"size\":1024}}");
		return true;
	case 'K':
		answer(fd, o, "\"value\":1");
		(void)!read(s->go, &n, sizeof(n));
		send_text(fd, "{\"OOBmsg\":{\"a\":1}}\n");
		return true;
	case 'N':
		answer(fd, o, "\"errmsg\":\"x\",\"errno\":107");
		return true;
	case 'W':
		send_text(fd, "{\"value\":1,\"context\":{\"seq\":99}}\n");
		return true;
	case 'S':
		return true;
	case 'G':
		send_text(fd, "nonsense\n");
		return true;
	default:
		return false;
	}
}

UNUSED static void note_command(struct server *s, const json_t *o)
{
	size_t n = strlen(s->commands);
	const char *cmd = "?";

	(void)json_get_string(o, "command", &cmd);
	s->commands[n] = *cmd;
}

UNUSED static bool echo(struct stream *in)
{
	CLEANUP_JSON json_t *o = NULL;
	char body[64];
	uint64_t id = 0;

	if (!take_request(in, &o))
		return false;
	(void)json_get_u64(o, "id", 0, INT64_MAX, &id);
	(void)snprintf(body, sizeof(body), "\"value\":%llu",
		       (unsigned long long)id);
	answer(in->fd, o, body);
	return true;
}

/* Return: whether the script goes on */
UNUSED static bool echo_many(struct stream *in, char letter)
{
	int n = 0;

	while (echo(in))
		if (letter == 'm' && ++n == 40)
			return true;
	return letter == 'm';
}

UNUSED static void talk(struct server *s, int fd)
{
	struct stream in = { .fd = fd };
	bool alive = fd >= 0;

	while (alive && *s->script) {
		CLEANUP_JSON json_t *o = NULL;

		if (strchr("mM", *s->script)) {
			if (!echo_many(&in, *s->script))
				s->script++;
			break;
		}
		if (!take_request(&in, &o))
			break;
		note_command(s, o);
		alive = act(s, *s->script++, fd, o);
	}
}

UNUSED static void *serve(void *arg)
{
	struct server *s = arg;

	while (*s->script && !__atomic_load_n(&s->over, __ATOMIC_ACQUIRE)) {
		int fd = accept(s->fd, NULL, NULL);

		talk(s, fd);
		/* The client's last words would reset the connection. */
		(void)shutdown(fd, SHUT_WR);
		if (!*s->script)
			(void)close(s->fd);
		(void)close(fd);
	}
	return NULL;
}

UNUSED static void server_start(struct server *s, const char *script)
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	socklen_t len = sizeof(a);

	*s = (struct server){ .script = script };
	s->go = eventfd(0, EFD_CLOEXEC);
	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	s->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(s->fd, (struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(listen(s->fd, 5), 0);
	assert_int_equal(getsockname(s->fd, (struct sockaddr *)&a, &len), 0);
	s->port = ntohs(a.sin_port);
	assert_int_equal(pthread_create(&s->thread, NULL, serve, s), 0);
}

UNUSED static void server_end(struct server *s)
{
	assert_int_equal(pthread_join(s->thread, NULL), 0);
	close_fd(&s->go);
}

UNUSED static int restored, restore_result;
UNUSED static uint32_t patience_ms = 20000;
UNUSED static struct client *client;

UNUSED static void restore(void *arg)
{
	CLEANUP_REPLY struct reply reply = { 0 };

	(void)arg;
	restored++;
	restore_result = client_ask(client, NULL, request_list_open(), &reply);
}

/* What the Librarian told unasked: a letter for each */
UNUSED static struct {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	int n;
	int result;
} heard = { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0, 0 };

UNUSED static int hear(void *arg, struct jread *message)
{
	int r;

	(void)arg;
	assert_non_null(jvalue_get(message->values, "OOBmsg"));
	pthread_mutex_lock(&heard.lock);
	heard.n++;
	r = heard.result;
	heard.result = 0;
	pthread_cond_signal(&heard.changed);
	pthread_mutex_unlock(&heard.lock);
	return r;
}

UNUSED static void wait_heard(int n)
{
	pthread_mutex_lock(&heard.lock);
	while (heard.n < n)
		pthread_cond_wait(&heard.changed, &heard.lock);
	pthread_mutex_unlock(&heard.lock);
}

UNUSED static int connect_to(uint16_t port, struct err *e)
{
	const struct client_conf conf = {
		.address = "127.0.0.1",
		.port = port,
		.node_id = 1,
		.token = "secret",
		.stop_fd = -1,
		.protocol = 2,
		.patience_ms = patience_ms,
		.restore = restore,
		.event = hear,
	};

	restored = 0;
	heard.n = 0;
	return client_new(&conf, &client, e);
}

UNUSED static int ask(struct client *c)
{
	CLEANUP_REPLY struct reply reply = { 0 };
	int r = client_ask(c, NULL, request_stats(), &reply);

	if (r == 0)
		assert_int_equal(reply.value->integer, 1);
	return r;
}

UNUSED static int ask_twice(struct client *c)
{
	CLEANUP_REPLY struct reply reply = { 0 };
	int r = client_ask(c, NULL, request_stats(), &reply);

	assert_true(reply.resent);
	return r;
}

UNUSED static struct client *connected(struct server *s, const char *script)
{
	struct err e = { "" };

	server_start(s, script);
	assert_int_equal(connect_to(s->port, &e), 0);
	return client;
}
