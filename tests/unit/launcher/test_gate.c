/* SPDX-License-Identifier: MIT */

/* test_gate.c - A port that leads into a made-up cluster */

#include "gate.h"

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../unit.h"
#include "cleanup.h"
#include "file.h"
#include "loop.h"
#include "proto_control.h"

struct fixture {
	char dir[64];
	struct cluster cluster;
	int supervisor; /* its listening socket */
	struct event_base *base;
	struct gate *gate;
};

static int setup(void **state)
{
	static const struct cluster none = CLUSTER_NULL;
	static struct fixture f;
	struct gate_conf conf = { .cluster = &f.cluster,
				  .target = { .node = "node01", .port = 80 } };
	struct err e = { "" };

	f = (struct fixture){ .cluster = none, .base = loop_new() };
	(void)snprintf(f.dir, sizeof(f.dir), "/tmp/fame-test-XXXXXX");
	f.cluster.which = "";
	*state = &f;
	if (!f.base || !mkdtemp(f.dir) ||
	    cluster_create(&f.cluster, f.dir, &e) < 0 ||
	    cluster_listen(&f.cluster, CONTROL_SOCKET, &f.supervisor) < 0 ||
	    endpoint_parse_host("0", &conf.at, &e) < 0)
		return -1;
	return gate_new(f.base, &conf, &f.gate, &e);
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	(void)gate_free(f->gate);
	event_base_free(f->base);
	close_fd(&f->supervisor);
	cluster_deinit(&f->cluster);
	return remove_tree(AT_FDCWD, f->dir);
}

static int dial(const struct fixture *f)
{
	const struct endpoint_host *at = gate_at(f->gate);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_return_code(fd, errno);
	assert_return_code(connect(fd, &at->at.any, at->len), errno);
	return fd;
}

/* What the supervisor sees, or -1 = nobody has come. */
static int take_client(const struct fixture *f)
{
	struct pollfd p = { f->supervisor, POLLIN, 0 };

	for (int i = 0; i < 4; i++)
		assert_true(event_base_loop(f->base,
					    EVLOOP_ONCE | EVLOOP_NONBLOCK) >=
			    0);
	return poll(&p, 1, 0) == 1 ?
		       accept4(f->supervisor, NULL, NULL, SOCK_CLOEXEC) :
		       -1;
}

static void ends_with_the_cluster(void **state)
{
	struct fixture *f = *state;
	int fd = take_client(f);

	assert_return_code(fd, errno);
	assert_false(gate_is_over(f->gate));
	(void)close(fd);
	assert_int_equal(event_base_dispatch(f->base), 0);
	assert_true(gate_is_over(f->gate));
}

/* As many as may be are let in; one more is when another has gone. */
static void only_so_many(void **state)
{
	struct fixture *f = *state;
	int clients[GATE_CONNECTIONS_MAX + 1], within[GATE_CONNECTIONS_MAX];
	int watch = take_client(f), last;

	for (size_t i = 0; i < ARRAY_SIZE(clients); i++) {
		clients[i] = dial(f);
		if (i == GATE_CONNECTIONS_MAX)
			break;
		within[i] = take_client(f);
		assert_return_code(within[i], errno);
	}
	assert_int_equal(take_client(f), -1);
	/* The supervisor lets go: that is all for this one. */
	(void)close(within[0]);
	last = take_client(f);
	assert_return_code(last, errno);
	for (size_t i = 1; i < ARRAY_SIZE(within); i++)
		(void)close(within[i]);
	for (size_t i = 0; i < ARRAY_SIZE(clients); i++)
		(void)close(clients[i]);
	(void)close(last);
	(void)close(watch);
}

static void port_is_taken(void **state)
{
	struct fixture *f = *state;
	struct gate_conf conf = { .cluster = &f->cluster,
				  .at = *gate_at(f->gate),
				  .target = { .node = "node01", .port = 80 } };
	struct gate *second = NULL;
	struct err e = { "" };

	assert_int_equal(gate_new(f->base, &conf, &second, &e), -EADDRINUSE);
	assert_non_null(strstr(e.msg, "give another port"));
	assert_null(second);
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(ends_with_the_cluster),
		TEST(only_so_many),
		TEST(port_is_taken),
	};

	return cmocka_run_group_tests_name("gate", tests, NULL, NULL);
}
