/* SPDX-License-Identifier: MIT */

/* serving.h - A server, and clients of it on real sockets
 *
 * They share the test's thread: whoever waits for a reply lets the loop run.
 */
#pragma once

#include <event2/event.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <time.h>

#include "fixture.h"
#include "listen.h"
#include "loop.h"
#include "parse.h"
#include "server.h"

#define PATIENCE 20 /* seconds; a test that waits so long has failed */

struct world {
	struct fixture f;
	struct event_base *base;
	struct server *server;
	int admin;
};

UNUSED static void start(struct world *w, enum auth_mode auth, uint32_t books)
{
	struct server_conf conf;
	struct err e = { 0 };
	int sv[2];

	fixture_make(&w->f, 4, books);
	w->f.conf.auth = auth;
	fixture_open(&w->f);
	w->base = loop_new();
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sv),
			 0);
	w->admin = sv[0];
	conf.admin_fd = sv[1];
	if (listen_open("127.0.0.1", 0, &conf.listen_fd, &e) < 0)
		fail_msg("%s", e.msg);
	assert_int_equal(server_new(w->base, &w->f.lib, &conf, &w->server), 0);
}

UNUSED static int set_up(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	start(w, AUTH_NONE, 16);
	*state = w;
	return 0;
}

UNUSED static int tear_down(void **state)
{
	struct world *w = *state;

	(void)server_free(w->server);
	event_base_free(w->base);
	(void)close(w->admin);
	fixture_end(&w->f);
	free(w);
	return 0;
}

UNUSED static int connect_pair(struct world *w)
{
	int sv[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sv),
			 0);
	assert_int_equal(server_add_connection(w->server, sv[1], false), 0);
	return sv[0];
}

UNUSED static void run_loop(struct world *w)
{
	(void)event_base_loop(w->base, EVLOOP_NONBLOCK);
}

/* Sends all of it, while the server reads. */
UNUSED static void say_bytes(struct world *w, int fd, const char *text,
			     size_t len)
{
	time_t end = time(NULL) + PATIENCE;

	while (len) {
		ssize_t n = send(fd, text, len, MSG_DONTWAIT | MSG_NOSIGNAL);

		assert_true(n > 0 || errno == EAGAIN);
		assert_true(time(NULL) < end);
		if (n > 0) {
			text += n;
			len -= (size_t)n;
		}
		run_loop(w);
	}
}

/* With " for '. */
UNUSED static char *unquoted(const char *text)
{
	char *copy = strdup(text);

	assert_non_null(copy);
	for (char *p = copy; *p; p++)
		if (*p == '\'')
			*p = '"';
	return copy;
}

UNUSED static void say(struct world *w, int fd, const char *text)
{
	char *copy = unquoted(text);

	say_bytes(w, fd, copy, strlen(copy));
	free(copy);
}

/* Sent while nobody reads. */
UNUSED static void put(int fd, const char *text)
{
	char *copy = unquoted(text);
	ssize_t len = (ssize_t)strlen(copy);

	assert_int_equal(send(fd, copy, strlen(copy), MSG_NOSIGNAL), len);
	free(copy);
}

/* Reads until @n bytes are there or the connection ends; returns how many. */
UNUSED static size_t hear_bytes(struct world *w, int fd, char *buf, size_t n)
{
	time_t end = time(NULL) + PATIENCE;
	size_t len = 0;

	while (len < n) {
		ssize_t r = recv(fd, buf + len, n - len, MSG_DONTWAIT);

		if (r == 0 || (r < 0 && errno == ECONNRESET))
			break;
		assert_true(r > 0 || errno == EAGAIN);
		assert_true(time(NULL) < end);
		len += r > 0 ? (size_t)r : 0;
		run_loop(w);
	}
	return len;
}

/* Exactly this comes next. */
UNUSED static void hear(struct world *w, int fd, const char *text)
{
	char *want = unquoted(text), *got = calloc(1, strlen(text) + 1);

	(void)hear_bytes(w, fd, got, strlen(want));
	assert_string_equal(got, want);
	free(want);
	free(got);
}

/* Nothing comes, now that the server has had the time to say it. */
UNUSED static void hear_nothing(struct world *w, int fd)
{
	char c;

	for (int i = 0; i < 10; i++)
		run_loop(w);
	assert_int_equal(recv(fd, &c, 1, MSG_DONTWAIT), -1);
	assert_int_equal(errno, EAGAIN);
}

UNUSED static void hear_end(struct world *w, int fd)
{
	char c;

	assert_int_equal(hear_bytes(w, fd, &c, 1), 0);
}

UNUSED static int connect_tcp(struct world *w)
{
	const char *port = strrchr(server_address(w->server), ':');
	struct sockaddr_in a = { .sin_family = AF_INET,
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	uint32_t n;
	int fd;

	assert_int_equal(parse_u32(port + 1, 1, 65535, &n), 0);
	a.sin_port = htons((uint16_t)n);
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	return fd;
}

#define VERSION "{'command':'version'}"
#define VERSION_REPLY "{'value':'LIBRARIAN 0.997'}"
#define HELLO_REPLY "{'value':{'protocol':1,'version':'LIBRARIAN 0.997'}}\n"

#define TEST(t) cmocka_unit_test_setup_teardown(t, set_up, tear_down)
