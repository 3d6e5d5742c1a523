/* SPDX-License-Identifier: MIT */

/* test_expose.c - Ports of torms that lead to the host's loopback */

#include "expose.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../loopback.h"
#include "../unit.h"

static struct expose *x;
static struct pollset set;
static int host; /* what is exposed */
static uint16_t port;

static int setup(void **state)
{
	struct rewrite r = { .n = 1 };
	int listeners[REWRITE_MAX];

	(void)state;
	r.ports[0].port = 80;
	host = loopback_listen(&r.ports[0].host);
	listeners[0] = loopback_listen(&port);
	x = expose_new(&r, listeners);
	return x ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	expose_free(x);
	pollset_deinit(&set);
	close_fd(&host);
	return 0;
}

static void turns(void)
{
	for (int i = 0; i < 10; i++) {
		pollset_clear(&set);
		expose_fill(x, &set);
		assert_true(poll(set.fds, set.n, 20) >= 0);
		expose_dispatch(x, &set);
	}
}

static int connect_node(void)
{
	const struct sockaddr_in a = { .sin_family = AF_INET,
				       .sin_port = htons(port),
				       .sin_addr = { htonl(INADDR_LOOPBACK) } };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(connect(fd, (const struct sockaddr *)&a, sizeof(a)),
			 0);
	return fd;
}

static void says(int from, int to, const char *text)
{
	char buf[64];

	assert_int_equal(send(from, text, strlen(text), 0), strlen(text));
	turns();
	assert_int_equal(recv(to, buf, sizeof(buf), MSG_DONTWAIT),
			 strlen(text));
	assert_memory_equal(buf, text, strlen(text));
}

static void hears_the_end(int fd)
{
	char byte;

	assert_int_equal(recv(fd, &byte, 1, MSG_DONTWAIT), 0);
}

static void both_ways(void **state)
{
	CLEANUP_FD int node = connect_node();
	CLEANUP_FD int service = -1;

	(void)state;
	turns();
	service = accept4(host, NULL, NULL, SOCK_CLOEXEC);
	says(node, service, "question");
	says(service, node, "answer");
	(void)shutdown(node, SHUT_WR);
	turns();
	hears_the_end(service);
	says(service, node, "what came late");
	close_fd(&service);
	turns();
	hears_the_end(node);
}

static void several(void **state)
{
	CLEANUP_FD int a = connect_node();
	CLEANUP_FD int b = connect_node();
	CLEANUP_FD int of_a = -1, of_b = -1;

	(void)state;
	turns();
	of_a = accept4(host, NULL, NULL, SOCK_CLOEXEC);
	of_b = accept4(host, NULL, NULL, SOCK_CLOEXEC);
	says(b, of_b, "second");
	close_fd(&of_b);
	turns();
	says(a, of_a, "first");
}

/* A side that does not read stops the other, and what was sent gets there. */
static void slow_reader(void **state)
{
	static char buf[65536];
	CLEANUP_FD int node = connect_node();
	CLEANUP_FD int service = -1;
	size_t sent = 0, got = 0;
	ssize_t n;

	(void)state;
	turns();
	service = accept4(host, NULL, NULL, SOCK_CLOEXEC);
	while ((n = send(node, buf, sizeof(buf), MSG_DONTWAIT)) > 0) {
		sent += (size_t)n;
		turns();
	}
	assert_int_equal(errno, EAGAIN);
	while (got < sent) {
		n = recv(service, buf, sizeof(buf), MSG_DONTWAIT);
		if (n > 0)
			got += (size_t)n;
		else
			turns();
	}
	assert_int_equal(got, sent);
}

static void nobody_serves(void **state)
{
	CLEANUP_FD int node = -1;

	(void)state;
	close_fd(&host);
	node = connect_node();
	turns();
	hears_the_end(node);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(both_ways, setup, teardown),
		cmocka_unit_test_setup_teardown(several, setup, teardown),
		cmocka_unit_test_setup_teardown(slow_reader, setup, teardown),
		cmocka_unit_test_setup_teardown(nobody_serves, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
