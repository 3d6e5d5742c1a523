/* SPDX-License-Identifier: MIT */

/* connect.c - A way for the host into the node's own ports */

#include "connect.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cleanup.h"
#include "file.h"
#include "spawn.h"

#define CHUNK 16384

static int open_address(const struct sockaddr *a, socklen_t len, int *ret_fd)
{
	CLEANUP_FD int fd = socket(a->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int one = 1;

	if (fd < 0 ||
	    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)) < 0 ||
	    connect(fd, a, len) < 0)
		return -errno;
	*ret_fd = take_fd(&fd);
	return 0;
}

/* The first of its addresses that answers, or why the last one does not. */
static int open_host(const char *host, uint16_t port, int *ret_fd)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	struct addrinfo *all, *a;
	char service[8];
	int r;

	(void)snprintf(service, sizeof(service), "%u", port);
	r = getaddrinfo(host, service, &hints, &all);
	if (r != 0)
		return r == EAI_AGAIN ? -EAGAIN : -ENXIO;
	r = -ENXIO;
	for (a = all; a && r < 0; a = a->ai_next)
		r = open_address(a->ai_addr, a->ai_addrlen, ret_fd);
	freeaddrinfo(all);
	return r;
}

static int open_port(const struct connect_to *to, int *ret_fd)
{
	const struct sockaddr_in here = {
		.sin_family = AF_INET,
		.sin_port = htons(to->port),
		.sin_addr = { htonl(INADDR_LOOPBACK) },
	};

	if (to->host)
		return open_host(to->host, to->port, ret_fd);
	return open_address((const struct sockaddr *)&here, sizeof(here),
			    ret_fd);
}

static int copy(int from, int to)
{
	char buf[CHUNK];
	ssize_t n;
	int r = 0;

	while (r == 0 && (n = read(from, buf, sizeof(buf))) != 0)
		r = n < 0 ? -errno : write_all(to, buf, (size_t)n);
	return r;
}

/* Each direction has a process of its own: a side that does not read for now
 * must not keep what it says from being read.
 */
static int relay(int fd)
{
	pid_t parent = getpid(), pid = fork();
	int r;

	if (pid < 0)
		return -errno;
	if (!pid) {
		r = spawn_die_with_parent(parent, SIGKILL);
		if (r == 0)
			r = copy(STDIN_FILENO, fd);
		(void)shutdown(fd, SHUT_WR);
		_exit(r < 0);
	}
	r = copy(fd, STDOUT_FILENO);
	(void)kill(pid, SIGKILL);
	(void)spawn_wait(pid);
	return r;
}

/* Errnos of sockets have small numbers. */
static int tell(int r)
{
	const uint8_t byte = (uint8_t)-r;

	return write_all(STDOUT_FILENO, &byte, 1);
}

int connect_relay(const struct connect_to *to)
{
	CLEANUP_FD int fd = -1;
	int r = open_port(to, &fd), told = 0;

	if (to->tell)
		told = tell(r);
	if (r == 0)
		r = told;
	return r < 0 ? r : relay(fd);
}
