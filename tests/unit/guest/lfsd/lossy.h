/* SPDX-License-Identifier: MIT */

/* lossy.h - A connection to the Librarian that loses answers
 *
 * A thread between the nodes and the Librarian. When it is told to, it breaks
 * the connection instead of passing on what the Librarian says.
 */
#pragma once

#include <poll.h>
#include <pthread.h>
#include <stdbool.h>

#include "librarian.h"

struct proxy {
	int listen_fd;
	uint16_t port;
	pthread_t thread;
	bool lose; /* the next answer; atomic */
	unsigned questions;
};

UNUSED static struct proxy proxy;

UNUSED static int connect_to(uint16_t port)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
				 .sin_port = htons(port) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (connect(fd, (struct sockaddr *)&a, sizeof(a)) < 0) {
		(void)close(fd);
		return -1;
	}
	return fd;
}

/* Whether it goes on */
UNUSED static bool pass_on(int from, int to, bool answers)
{
	static char buf[65536];
	ssize_t n = recv(from, buf, sizeof(buf), 0);

	if (n <= 0)
		return false;
	if (!answers)
		__atomic_add_fetch(&proxy.questions, 1, __ATOMIC_RELEASE);
	if (answers &&
	    __atomic_exchange_n(&proxy.lose, false, __ATOMIC_ACQ_REL))
		return false;
	return send(to, buf, (size_t)n, MSG_NOSIGNAL) == n;
}

UNUSED static void pass_all(int client, int librarian)
{
	struct pollfd p[] = { { client, POLLIN, 0 }, { librarian, POLLIN, 0 } };

	while (poll(p, 2, -1) >= 0) {
		if (p[0].revents && !pass_on(client, librarian, false))
			return;
		if (p[1].revents && !pass_on(librarian, client, true))
			return;
	}
}

/* One connection at a time; an invalid port ends it. */
UNUSED static void *proxy_thread(void *arg)
{
	int client;

	(void)arg;
	while ((client = accept(proxy.listen_fd, NULL, NULL)) >= 0) {
		int librarian = connect_to(proxy.port);

		if (librarian >= 0) {
			pass_all(client, librarian);
			(void)close(librarian);
		}
		(void)close(client);
	}
	return NULL;
}

UNUSED static void lose_next(void)
{
	__atomic_store_n(&proxy.lose, true, __ATOMIC_RELEASE);
}

/* Since the last time, if they were asked one after the other */
UNUSED static unsigned questions(void)
{
	return __atomic_exchange_n(&proxy.questions, 0, __ATOMIC_ACQ_REL);
}
