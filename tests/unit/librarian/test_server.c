/* SPDX-License-Identifier: MIT */

/* test_server.c - Requests and replies on sockets, and their limits */

#include "serving.h"

#include <signal.h>
#include <sys/resource.h>

static void test_framing(void **state)
{
	struct world *w = *state;
	int fd = connect_pair(w);

	/* several at once, split anywhere, no newline to old clients */
	say(w, fd, VERSION VERSION "{'comm");
	hear(w, fd, VERSION_REPLY VERSION_REPLY);
	hear_nothing(w, fd);
	say(w, fd, "and':'version'}");
	hear(w, fd, VERSION_REPLY);
	/* garbage */
	say(w, fd, " \n junk 17 [" VERSION "] " VERSION);
	hear(w, fd, VERSION_REPLY);
	say(w, fd, "{'command' 5}{'command':'version','command':'version'}");
	hear(w, fd, "{'errmsg':'Invalid argument','errno':22}");
	hear(w, fd, "{'errmsg':'Invalid argument','errno':22}");
	say(w, fd, "{'command':'nonsense','context':{'seq':9}}{}" VERSION);
	hear(w, fd,
	     "{'errmsg':'unknown command','errno':38,'context':{'seq':9}}"
	     "{'errmsg':'unknown command','errno':38}" VERSION_REPLY);
	hear_nothing(w, fd);
	(void)close(fd);
}

static void test_limits_of_a_request(void **state)
{
	struct world *w = *state;
	size_t len = LIBRARIAN_REQUEST_MAX + 100;
	char *text = malloc(len);
	int fd = connect_pair(w);

	memset(text, '[', len);
	memcpy(text, "{\"a\":", 5);
	memset(text + 100, ']', 95);
	text[195] = '}';
	say_bytes(w, fd, text, 196);
	hear(w, fd, "{'errmsg':'Invalid argument','errno':22}");
	memset(text, 'x', len);
	memcpy(text, "{\"a\":\"", 6);
	memcpy(text + len - 2, "\"}", 2);
	say_bytes(w, fd, text, len);
	hear(w, fd, "{'errmsg':'Message too long','errno':90}");
	say(w, fd, VERSION);
	hear(w, fd, VERSION_REPLY);
	/* the largest one that is let in */
	memcpy(text + LIBRARIAN_REQUEST_MAX - 2, "\"}", 2);
	say_bytes(w, fd, text, LIBRARIAN_REQUEST_MAX);
	hear(w, fd, "{'errmsg':'unknown command','errno':38}");
	free(text);
	(void)close(fd);
}

/* Far more than the server takes at once; answered in order. */
static void test_pipelining(void **state)
{
	struct world *w = *state;
	const int n = 6000;
	char text[160];
	int fds[3];

	for (size_t c = 0; c < ARRAY_SIZE(fds); c++)
		fds[c] = connect_pair(w);
	for (int i = 0; i < n; i++) {
		(void)snprintf(text, sizeof(text),
			       "{'command':'version','context':{'seq':%d}}", i);
		for (size_t c = 0; c < ARRAY_SIZE(fds); c++)
			say(w, fds[c], text);
	}
	for (int i = 0; i < n; i++) {
		(void)snprintf(text, sizeof(text),
			       "{'value':'LIBRARIAN 0.997','context':"
			       "{'seq':%d}}",
			       i);
		for (size_t c = 0; c < ARRAY_SIZE(fds); c++)
			hear(w, fds[c], text);
	}
	for (size_t c = 0; c < ARRAY_SIZE(fds); c++)
		(void)close(fds[c]);
}

/* It asks and asks, and reads nothing: others are served all the same. */
static void test_slow_reader(void **state)
{
	struct world *w = *state;
	static const char ask[] =
		"{\"command\":\"list_shelves\",\"path\":\"/\","
		"\"context\":{\"node_id\":1}}";
	int slow = connect_pair(w), other = connect_pair(w);
	bool full = false;
	char buf[4096];
	size_t n = 0;

	for (int i = 0; i < 1000000 && !full; i++) {
		full = send(slow, ask, sizeof(ask) - 1,
			    MSG_DONTWAIT | MSG_NOSIGNAL) < 0;
		run_loop(w);
	}
	assert_true(full); /* it was not read from for ever */
	say(w, other, VERSION);
	hear(w, other, VERSION_REPLY);
	/* and when it reads, all is there */
	(void)shutdown(slow, SHUT_WR);
	while (hear_bytes(w, slow, buf, sizeof(buf)) == sizeof(buf))
		n += sizeof(buf);
	assert_true(n > 1000000);
	(void)close(slow);
	(void)close(other);
}

/* Whoever reads alone is served without the loop; others are not overlooked. */
static void test_poke(void **state)
{
	struct world *w = *state;
	int fd = connect_pair(w), other = connect_pair(w);
	char got[sizeof(VERSION_REPLY)] = "";

	server_poke(w->server);
	say(w, fd, VERSION);
	hear(w, fd, VERSION_REPLY);
	server_poke(w->server);
	put(fd, VERSION);
	server_poke(w->server);
	assert_int_equal(recv(fd, got, sizeof(got), MSG_DONTWAIT),
			 strlen(VERSION_REPLY));
	/* gone, as it finds out */
	(void)close(fd);
	server_poke(w->server);
	server_poke(w->server);
	/* a write is left to the loop */
	say(w, other,
	    "{'command':'set_am_time','path':'/','context':"
	    "{'node_id':1}}");
	hear(w, other, "{'value':null,'context':{'node_id':1}}");
	put(other, VERSION);
	server_poke(w->server);
	assert_int_equal(recv(other, got, 1, MSG_DONTWAIT), -1);
	hear(w, other, VERSION_REPLY);
	(void)close(other);
}

static void test_half_closed(void **state)
{
	struct world *w = *state;
	int fd = connect_pair(w);

	say(w, fd, VERSION VERSION "{'unfin");
	(void)shutdown(fd, SHUT_WR);
	hear(w, fd, VERSION_REPLY VERSION_REPLY);
	hear_end(w, fd);
	(void)close(fd);
}

static void test_gone_before_the_reply(void **state)
{
	struct world *w = *state;
	int fd;

	for (int i = 0; i < 50; i++) {
		fd = connect_pair(w);
		assert_true(send(fd, "{\"command\":\"version\"}{\"", 23,
				 MSG_NOSIGNAL) > 0);
		if (i % 2)
			run_loop(w);
		(void)close(fd);
	}
	fd = connect_pair(w);
	say(w, fd, VERSION);
	hear(w, fd, VERSION_REPLY);
	(void)close(fd);
}

static void test_too_many_clients(void **state)
{
	struct world *w = *state;
	struct rlimit lim;
	int fds[SERVER_CLIENTS_MAX], last;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &lim), 0);
	lim.rlim_cur = lim.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &lim), 0);
	if (lim.rlim_cur < 2 * SERVER_CLIENTS_MAX + 64)
		skip();
	for (size_t i = 0; i < ARRAY_SIZE(fds); i++) {
		fds[i] = connect_tcp(w);
		run_loop(w);
	}
	last = connect_tcp(w);
	hear_end(w, last);
	(void)close(last);
	say(w, fds[0], VERSION);
	hear(w, fds[0], VERSION_REPLY);
	/* Room for others, which a crowd that has left again does not take. */
	(void)close(fds[0]);
	(void)close(fds[1]);
	for (int i = 0; i < 10; i++)
		run_loop(w);
	for (int i = 0; i < 200; i++)
		(void)close(connect_tcp(w));
	last = connect_tcp(w);
	say(w, last, VERSION);
	hear(w, last, VERSION_REPLY);
	(void)close(last);
	for (size_t i = 2; i < ARRAY_SIZE(fds); i++)
		(void)close(fds[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_framing),
		TEST(test_limits_of_a_request),
		TEST(test_pipelining),
		TEST(test_slow_reader),
		TEST(test_poke),
		TEST(test_half_closed),
		TEST(test_gone_before_the_reply),
		TEST(test_too_many_clients),
	};

	/* as loop_stop_on_signals() has it in the program */
	(void)signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
