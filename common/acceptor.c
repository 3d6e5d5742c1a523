/* SPDX-License-Identifier: MIT */

/* acceptor.c - Take in those who connect to a listening socket
 *
 * libevent's own listener accepts until nobody is left in the kernel's queue,
 * before it sees that most of them have gone again.
 */

#include "acceptor.h"

#include <errno.h>
#include <event2/event.h>
#include <event2/util.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cleanup.h"
#include "log.h"

struct acceptor {
	int fd;
	struct event *readable, *retry;
	acceptor_fn fn;
	void *arg;
};

/* Out of descriptors, say: the same connection would fail again at once. */
static void pause_for_a_while(struct acceptor *a)
{
	const struct timeval later = { 1, 0 };

	log_err_errno(errno, "cannot accept a client");
	(void)event_del(a->readable);
	(void)event_add(a->retry, &later);
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct acceptor *a = arg;
	struct sockaddr_storage from = { 0 };
	socklen_t len = sizeof(from);
	int client = accept4(fd, (struct sockaddr *)&from, &len,
			     SOCK_NONBLOCK | SOCK_CLOEXEC);

	(void)what;
	if (client >= 0)
		a->fn(client, (struct sockaddr *)&from, a->arg);
	else if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED)
		pause_for_a_while(a);
}

static void on_retry(evutil_socket_t fd, short what, void *arg)
{
	struct acceptor *a = arg;

	(void)fd;
	(void)what;
	(void)event_add(a->readable, NULL);
}

int acceptor_new(struct event_base *base, int fd, acceptor_fn fn, void *arg,
		 struct acceptor **ret_a)
{
	struct acceptor *a = calloc(1, sizeof(*a));

	if (!a) {
		(void)close(fd);
		return -ENOMEM;
	}
	*a = (struct acceptor){ .fd = fd, .fn = fn, .arg = arg };
	(void)evutil_make_socket_nonblocking(fd);
	(void)evutil_make_socket_closeonexec(fd);
	a->readable = event_new(base, fd, EV_READ | EV_PERSIST, on_readable, a);
	a->retry = event_new(base, -1, 0, on_retry, a);
	if (!a->readable || !a->retry || event_add(a->readable, NULL) < 0) {
		(void)acceptor_free(a);
		return -ENOMEM;
	}
	*ret_a = a;
	return 0;
}

void acceptor_rest(struct acceptor *a, bool rest)
{
	(void)event_del(a->retry);
	if (rest)
		(void)event_del(a->readable);
	else
		(void)event_add(a->readable, NULL);
}

struct acceptor *acceptor_free(struct acceptor *a)
{
	if (!a)
		return NULL;
	if (a->readable)
		event_free(a->readable);
	if (a->retry)
		event_free(a->retry);
	close_fd(&a->fd);
	free(a);
	return NULL;
}
