/* SPDX-License-Identifier: MIT */

/* test_client.c - The connection to a Librarian that is not always well
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

static bool take_request(struct stream *in, json_t **ret_o)
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
static bool act(const struct server *s, char letter, int fd, const json_t *o)
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

static void note_command(struct server *s, const json_t *o)
{
	size_t n = strlen(s->commands);
	const char *cmd = "?";

	(void)json_get_string(o, "command", &cmd);
	s->commands[n] = *cmd;
}

static bool echo(struct stream *in)
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
static bool echo_many(struct stream *in, char letter)
{
	int n = 0;

	while (echo(in))
		if (letter == 'm' && ++n == 40)
			return true;
	return letter == 'm';
}

static void talk(struct server *s, int fd)
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

static void *serve(void *arg)
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

static void server_start(struct server *s, const char *script)
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

static void server_end(struct server *s)
{
	assert_int_equal(pthread_join(s->thread, NULL), 0);
	close_fd(&s->go);
}

static int restored, restore_result;
static uint32_t patience_ms = 20000;
static struct client *client;

static void restore(void *arg)
{
	CLEANUP_REPLY struct reply reply = { 0 };

	(void)arg;
	restored++;
	restore_result = client_ask(client, NULL, request_list_open(), &reply);
}

/* What the Librarian told unasked: a letter for each */
static struct {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	int n;
	int result;
} heard = { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0, 0 };

static int hear(void *arg, struct jread *message)
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

static void wait_heard(int n)
{
	pthread_mutex_lock(&heard.lock);
	while (heard.n < n)
		pthread_cond_wait(&heard.changed, &heard.lock);
	pthread_mutex_unlock(&heard.lock);
}

static int connect_to(uint16_t port, struct err *e)
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

static int ask(struct client *c)
{
	CLEANUP_REPLY struct reply reply = { 0 };
	int r = client_ask(c, NULL, request_stats(), &reply);

	if (r == 0)
		assert_int_equal(reply.value->integer, 1);
	return r;
}

static int ask_twice(struct client *c)
{
	CLEANUP_REPLY struct reply reply = { 0 };
	int r = client_ask(c, NULL, request_stats(), &reply);

	assert_true(reply.resent);
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
	assert_int_equal(heard.n, 1);
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
	assert_int_equal(ask_twice(c), 0);
	assert_int_equal(restored, 1);
	assert_int_equal(restore_result, 0);
	assert_int_equal(ask(c), 0);
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

/* What cannot be restored does not keep us from the Librarian. */
static void a_refused_restoring_is_the_end_of_it(void **state)
{
	struct server s;
	struct client *c = connected(&s, "HXHNV");

	(void)state;
	assert_int_equal(ask_twice(c), 0);
	assert_int_equal(restored, 1);
	assert_int_equal(restore_result, -EIO);
	c = client_free(c);
	server_end(&s);
}

/* Also if nobody asks, or events would be lost. */
static void an_idle_connection_is_made_again(void **state)
{
	const uint64_t one = 1;
	struct server s;
	struct client *c = connected(&s, "HKHVV");

	(void)state;
	assert_int_equal(ask(c), 0);
	heard.result = -ENOBUFS; /* which breaks it */
	assert_int_equal(write(s.go, &one, sizeof(one)), sizeof(one));
	wait_heard(1);
	assert_int_equal(ask(c), 0);
	assert_int_equal(restored, 1);
	c = client_free(c);
	server_end(&s);
}

static void events_come_between_calls(void **state)
{
	const uint64_t one = 1;
	struct server s;
	struct client *c = connected(&s, "HKKV");

	(void)state;
	for (int i = 1; i <= 2; i++) {
		assert_int_equal(ask(c), 0);
		assert_int_equal(write(s.go, &one, sizeof(one)), sizeof(one));
		wait_heard(i);
	}
	assert_int_equal(ask(c), 0);
	assert_int_equal(restored, 0);
	c = client_free(c);
	server_end(&s);
}

static void hello_tells_of_the_board(void **state)
{
	struct server s;
	struct client *c = connected(&s, "2");
	struct client_hello h = client_get_hello(c);

	(void)state;
	assert_int_equal(h.protocol, 2);
	assert_int_equal(h.board_offset, 4096);
	assert_int_equal(h.board_size, 1024);
	c = client_free(c);
	server_end(&s);
}

static void another_requests_answer_is_nonsense(void **state)
{
	struct server s;
	struct client *c = connected(&s, "HWHVV");

	(void)state;
	assert_int_equal(ask_twice(c), 0);
	assert_int_equal(restored, 1);
	c = client_free(c);
	server_end(&s);
}

static void patience_ends(void **state)
{
	struct server s;
	struct client *c;

	(void)state;
	patience_ms = 100;
	c = connected(&s, "HX");
	assert_int_equal(ask(c), -EIO);
	c = client_free(c);
	server_end(&s);
	/* It listens, and is silent. */
	c = connected(&s, "HS");
	assert_int_equal(ask(c), -EIO);
	c = client_free(c);
	server_end(&s);
	patience_ms = 20000;
}

static void *ask_in_vain(void *arg)
{
	assert_int_equal(ask(arg), -EIO);
	return NULL;
}

static void less_patience_ends_waiting_calls(void **state)
{
	struct server s;
	struct client *c = connected(&s, "HX");
	pthread_t threads[3];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(threads); i++)
		assert_int_equal(
			pthread_create(&threads[i], NULL, ask_in_vain, c), 0);
	server_end(&s);
	client_set_patience(c, 1);
	for (size_t i = 0; i < ARRAY_SIZE(threads); i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	c = client_free(c);
}

/* ---- many threads ---------------------------------------------------------- */

#define THREADS 6
#define CALLS 300

struct asker {
	pthread_t thread;
	uint64_t first;
	int wrong;
};

static void *ask_much(void *arg)
{
	struct asker *a = arg;

	for (uint64_t i = 0; i < CALLS; i++) {
		CLEANUP_REPLY struct reply reply = { 0 };
		uint64_t id = a->first + i;
		int r = client_ask(client, NULL, request_get(id, false),
				   &reply);

		if (r < 0 || reply.value->integer != (int64_t)id)
			a->wrong++;
	}
	return NULL;
}

static void ask_by_many(const char *script)
{
	struct asker askers[THREADS];
	struct server s;
	struct client *c = connected(&s, script);

	for (int i = 0; i < THREADS; i++) {
		askers[i] = (struct asker){ .first = 1 + (uint64_t)i * CALLS };
		assert_int_equal(pthread_create(&askers[i].thread, NULL,
						ask_much, &askers[i]),
				 0);
	}
	for (int i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_join(askers[i].thread, NULL), 0);
		assert_int_equal(askers[i].wrong, 0);
	}
	__atomic_store_n(&s.over, true, __ATOMIC_RELEASE);
	c = client_free(c);
	(void)shutdown(s.fd, SHUT_RDWR);
	server_end(&s);
}

static void each_thread_gets_its_answer(void **state)
{
	(void)state;
	ask_by_many("HM");
	assert_int_equal(restored, 0);
}

/* hello and the restoring are echoed as well. */
static void each_thread_gets_its_answer_at_last(void **state)
{
	(void)state;
	ask_by_many("Hm");
	assert_true(restored > THREADS * CALLS / 40 - 1);
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

static void a_refusal_may_have_no_newline(void **state)
{
	struct server s;
	struct err e = { "" };

	(void)state;
	server_start(&s, "a");
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
		cmocka_unit_test(a_refused_restoring_is_the_end_of_it),
		cmocka_unit_test(an_idle_connection_is_made_again),
		cmocka_unit_test(events_come_between_calls),
		cmocka_unit_test(hello_tells_of_the_board),
		cmocka_unit_test(another_requests_answer_is_nonsense),
		cmocka_unit_test(patience_ends),
		cmocka_unit_test(less_patience_ends_waiting_calls),
		cmocka_unit_test(each_thread_gets_its_answer),
		cmocka_unit_test(each_thread_gets_its_answer_at_last),
		cmocka_unit_test(a_wrong_token_is_final),
		cmocka_unit_test(a_refusal_may_have_no_newline),
		cmocka_unit_test(nobody_listens),
		cmocka_unit_test(names_are_not_looked_up),
		cmocka_unit_test(a_stop_ends_the_wait),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
