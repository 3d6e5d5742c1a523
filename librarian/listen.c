/* SPDX-License-Identifier: MIT */

/* listen.c - Sockets that wait for clients */

#include "listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "cleanup.h"

#define BACKLOG 512

union address {
	struct sockaddr any;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
};

static int parse(const char *text, uint16_t port, union address *ret_a,
		 socklen_t *ret_len)
{
	union address a = { .in6 = { 0 } };

	if (inet_pton(AF_INET, text, &a.in.sin_addr) == 1) {
		a.in.sin_family = AF_INET;
		a.in.sin_port = htons(port);
		*ret_len = sizeof(a.in);
	} else if (inet_pton(AF_INET6, text, &a.in6.sin6_addr) == 1) {
		a.in6.sin6_family = AF_INET6;
		a.in6.sin6_port = htons(port);
		*ret_len = sizeof(a.in6);
	} else {
		return -EINVAL;
	}
	*ret_a = a;
	return 0;
}

int listen_open(const char *address, uint16_t port, int *ret_fd, struct err *e)
{
	CLEANUP_FD int fd = -1;
	union address a;
	socklen_t len;
	int on = 1;

	if (parse(address, port, &a, &len) < 0)
		return err_set(e, -EINVAL,
			       "'%s' is not an address to listen on; give it "
			       "as numbers, such as 127.0.0.1",
			       address);
	fd = socket(a.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
		    0);
	if (fd < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0 ||
	    bind(fd, &a.any, len) < 0 || listen(fd, BACKLOG) < 0)
		return err_set(e, -errno, "cannot listen on '%s' port %u: %s",
			       address, port, strerror(errno));
	*ret_fd = take_fd(&fd);
	return 0;
}

const char *listen_describe(int fd, char *buf, size_t size)
{
	union address a = { .in6 = { 0 } };
	socklen_t len = sizeof(a);
	char host[INET6_ADDRSTRLEN];

	(void)snprintf(buf, size, "?");
	if (getsockname(fd, &a.any, &len) < 0)
		return buf;
	if (a.any.sa_family == AF_INET &&
	    inet_ntop(AF_INET, &a.in.sin_addr, host, sizeof(host)))
		(void)snprintf(buf, size, "%s:%u", host, ntohs(a.in.sin_port));
	if (a.any.sa_family == AF_INET6 &&
	    inet_ntop(AF_INET6, &a.in6.sin6_addr, host, sizeof(host)))
		(void)snprintf(buf, size, "[%s]:%u", host,
			       ntohs(a.in6.sin6_port));
	return buf;
}
