/* SPDX-License-Identifier: MIT */

/* test_client.c - The connection to a Librarian that is not always well
 *
 * A thread plays the Librarian on the loopback: it takes connections and does
 * what its script says, a letter for each request:
 *   H hello is answered          V the value 1
 *   E errno 2                    O a pushed message, then the value 1
 *   G nonsense                   X close the connection
 *   A errno 13 (wrong token)
 */

#include "client.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "json.h"

#include "../../unit.h"

struct server {
	pthread_t thread;
	int fd;
	uint16_t port;
	const char *script;
	char commands[256]; /* what was asked, a letter each: the first one */
};

/* One line of JSON without newline; the client waits for the reply. */
static bool take_request(int fd, json_t **ret_o)
{
	char buf[4096];
	size_t len = 0;

	while (len < sizeof(buf)) {
		ssize_t n = recv(fd, buf + len, sizeof(buf) - len, 0);

		if (n <= 0)
			return false;
		len += (size_t)n;
		if (json_parse_object(buf, len, ret_o) == 0)
			return true;
	}
	return false;
}

static void send_text(int fd, const char *text)
{
	(void)!send(fd, text, strlen(text), MSG_NOSIGNAL);
}

static void answer(int fd, const json_t *request, const char *body)
{
	CLEANUP_FREE char *context =
		json_line(json_object_get(request, "context"));
	char text[512];

	(void)snprintf(text, sizeof(text), "{%s,\"context\":%s}\n", body,
		       context);
	send_text(fd, text);
}

/* What one letter does; false ends the connection. */
static bool act(char letter, int fd, const json_t *o)
{
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
	case 'O':
		send_text(fd, "{\"OOBmsg\":{\"a\":1}}\n");
		answer(fd, o, "\"value\":1");
		return true;
	case 'G':
		send_text(fd, "nonsense\n");
		return true;
	default:
		return false;
	}
}

static void note_command(struct server *s, const json_t *o)
{
	size_t n = strlen(s->commands);
	const char *cmd = "?";

	(void)json_get_string(o, "command", &cmd);
	s->commands[n] = *cmd;
}

static void *serve(void *arg)
{
	struct server *s = arg;

	while (*s->script) {
		int fd = accept(s->fd, NULL, NULL);
		bool alive = fd >= 0;

		while (alive && *s->script) {
			CLEANUP_JSON json_t *o = NULL;

			if (!take_request(fd, &o))
				break;
			note_command(s, o);
			alive = act(*s->script++, fd, o);
		}
		/* The client's last words would reset the connection. */
		(void)shutdown(fd, SHUT_WR);
		if (!*s->script)
			(void)close(s->fd);
		(void)close(fd);
	}
	return NULL;
}

static void server_start(struct server *s, const char *script)
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	socklen_t len = sizeof(a);

	*s = (struct server){ .script = script };
	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	s->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(s->fd, (struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(listen(s->fd, 5), 0);
	assert_int_equal(getsockname(s->fd, (struct sockaddr *)&a, &len), 0);
	s->port = ntohs(a.sin_port);
	assert_int_equal(pthread_create(&s->thread, NULL, serve, s), 0);
}

static void server_end(struct server *s)
{
	assert_int_equal(pthread_join(s->thread, NULL), 0);
}

static int restored;
static struct client *client;

static int restore(void *arg)
{
	CLEANUP_JSON json_t *value = NULL;

	(void)arg;
	restored++;
	return client_call(client, NULL, request_list_open(), &value);
}

static int connect_to(uint16_t port, struct err *e)
{
	const struct client_conf conf = {
		.address = "127.0.0.1",
		.port = port,
		.node_id = 1,
		.token = "secret",
		.stop_fd = -1,
		.patience_ms = 200,
		.restore = restore,
	};

	restored = 0;
	return client_new(&conf, &client, e);
}

static int ask(struct client *c)
{
	CLEANUP_JSON json_t *value = NULL;
	int r = client_call(c, NULL, request_stats(), &value);

	if (r == 0)
		assert_int_equal(json_integer_value(value), 1);
	return r;
}

static struct client *connected(struct server *s, const char *script)
{
	struct err e = { "" };

	server_start(s, script);
	assert_int_equal(connect_to(s->port, &e), 0);
	return client;
}

static void answers(void **state)
{
	struct server s;
	struct client *c = connected(&s, "HVEOV");

	(void)state;
	assert_int_equal(ask(c), 0);
	assert_int_equal(ask(c), -ENOENT);
	assert_int_equal(ask(c), 0);
	assert_int_equal(ask(c), 0);
	assert_false(client_resent(c));
	assert_int_equal(restored, 0);
	c = client_free(c);
	server_end(&s);
	assert_string_equal(s.commands, "hgggg");
}

/* hello, request lost; hello, handles, the request again */
static void a_lost_connection_is_made_again(void **state)
{
	struct server s;
	struct client *c = connected(&s, "HXHVVV");

	(void)state;
	assert_int_equal(ask(c), 0);
	assert_true(client_resent(c));
	assert_int_equal(restored, 1);
	assert_int_equal(ask(c), 0);
	assert_false(client_resent(c));
	c = client_free(c);
	server_end(&s);
	assert_string_equal(s.commands, "hghlgg");
}

static void nonsense_ends_the_connection(void **state)
{
	struct server s;
	struct client *c = connected(&s, "HGHVV");

	(void)state;
	assert_int_equal(ask(c), 0);
	assert_int_equal(restored, 1);
	c = client_free(c);
	server_end(&s);
	assert_string_equal(s.commands, "hghlg");
}

/* The Librarian goes while the handles are being restored: once more. */
static void a_failed_restoring_is_repeated(void **state)
{
	struct server s;
	struct client *c = connected(&s, "HXHXHVV");

	(void)state;
	assert_int_equal(ask(c), 0);
	assert_int_equal(restored, 2);
	c = client_free(c);
	server_end(&s);
	assert_string_equal(s.commands, "hghlhlg");
}

static void patience_ends(void **state)
{
	struct server s;
	struct client *c = connected(&s, "HX");

	(void)state;
	assert_int_equal(ask(c), -EIO);
	c = client_free(c);
	server_end(&s);
}

static void a_wrong_token_is_final(void **state)
{
	struct server s;
	struct err e = { "" };

	(void)state;
	server_start(&s, "A");
	assert_int_equal(connect_to(s.port, &e), -EACCES);
	assert_non_null(strstr(e.msg, "token"));
	server_end(&s);
}

static void nobody_listens(void **state)
{
	struct err e = { "" };

	(void)state;
	assert_int_equal(connect_to(1, &e), -ECONNREFUSED);
	assert_non_null(strstr(e.msg, "127.0.0.1:1"));
}

static void names_are_not_looked_up(void **state)
{
	const struct client_conf conf = { .address = "localhost" };
	struct client *c;
	struct err e = { "" };

	(void)state;
	assert_int_equal(client_new(&conf, &c, &e), -EINVAL);
	assert_non_null(strstr(e.msg, "localhost"));
}

/* Whoever wants to end us does not wait for a Librarian that is away. */
static void a_stop_ends_the_wait(void **state)
{
	CLEANUP_FD int stop = eventfd(1, EFD_CLOEXEC);
	const struct client_conf conf = {
		.address = "127.0.0.1",
		.port = 1,
		.token = "",
		.stop_fd = stop,
		.patience_ms = 600000,
	};
	struct client *c;
	struct err e = { "" };

	(void)state;
	assert_int_equal(client_new(&conf, &c, &e), -EINTR);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers),
		cmocka_unit_test(a_lost_connection_is_made_again),
		cmocka_unit_test(nonsense_ends_the_connection),
		cmocka_unit_test(a_failed_restoring_is_repeated),
		cmocka_unit_test(patience_ends),
		cmocka_unit_test(a_wrong_token_is_final),
		cmocka_unit_test(nobody_listens),
		cmocka_unit_test(names_are_not_looked_up),
		cmocka_unit_test(a_stop_ends_the_wait),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
