/* SPDX-License-Identifier: MIT */

/* test_acceptor.c - Those who connect are taken in one by one */

#include "acceptor.h"

#include <event2/event.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "../unit.h"
#include "loop.h"

struct world {
	struct event_base *base;
	struct acceptor *a;
	struct sockaddr_in at;
	struct sockaddr_in last; /* who came */
	unsigned n;
};

static void on_client(int fd, const struct sockaddr *peer, void *arg)
{
	struct world *w = arg;

	w->n++;
	memcpy(&w->last, peer, sizeof(w->last));
	(void)close(fd);
}

static int set_up(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	socklen_t len = sizeof(w->at);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	w->at.sin_family = AF_INET;
	w->at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(fd, (struct sockaddr *)&w->at, len), 0);
	assert_int_equal(listen(fd, 16), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&w->at, &len), 0);
	w->base = loop_new();
	assert_int_equal(acceptor_new(w->base, fd, on_client, w, &w->a), 0);
	*state = w;
	return 0;
}

static int tear_down(void **state)
{
	struct world *w = *state;

	assert_null(acceptor_free(w->a));
	event_base_free(w->base);
	free(w);
	return 0;
}

static int dial(struct world *w)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(connect(fd, (struct sockaddr *)&w->at, sizeof(w->at)),
			 0);
	return fd;
}

static void turn(struct world *w)
{
	assert_true(event_base_loop(w->base, EVLOOP_ONCE | EVLOOP_NONBLOCK) >=
		    0);
}

/* Others of the loop have their turns in between. */
static void one_each_turn(void **state)
{
	struct world *w = *state;
	struct sockaddr_in me;
	socklen_t len = sizeof(me);
	int a = dial(w), b = dial(w);

	assert_int_equal(getsockname(b, (struct sockaddr *)&me, &len), 0);
	turn(w);
	assert_int_equal(w->n, 1);
	assert_int_not_equal(w->last.sin_port, me.sin_port);
	turn(w);
	assert_int_equal(w->n, 2);
	assert_int_equal(w->last.sin_port, me.sin_port);
	turn(w);
	assert_int_equal(w->n, 2);
	(void)close(a);
	(void)close(b);
}

static void rests(void **state)
{
	struct world *w = *state;
	int a = dial(w);

	acceptor_rest(w->a, true);
	turn(w);
	assert_int_equal(w->n, 0);
	acceptor_rest(w->a, false);
	turn(w);
	assert_int_equal(w->n, 1);
	(void)close(a);
}

/* Without descriptors it does not spin, and tries again by itself. */
static void no_descriptors(void **state)
{
	struct world *w = *state;
	struct rlimit before, none;
	int a = dial(w);

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	none = (struct rlimit){ 0, before.rlim_max };
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	turn(w);
	turn(w);
	assert_int_equal(w->n, 0);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	turn(w); /* it is still waiting */
	assert_int_equal(w->n, 0);
	while (w->n == 0)
		assert_int_equal(event_base_loop(w->base, EVLOOP_ONCE), 0);
	assert_int_equal(w->n, 1);
	(void)close(a);
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(one_each_turn),
		TEST(rests),
		TEST(no_descriptors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
