/* SPDX-License-Identifier: MIT */

/* connect.c - A way for the host into the node's own ports */

#include "connect.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cleanup.h"
#include "file.h"

#define CHUNK 16384

static int open_port(uint16_t port, int *ret_fd)
{
	const struct sockaddr_in to = {
		.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr = { htonl(INADDR_LOOPBACK) },
	};
	CLEANUP_FD int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int one = 1;

	if (fd < 0 ||
	    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)) < 0 ||
	    connect(fd, (const struct sockaddr *)&to, sizeof(to)) < 0)
		return -errno;
	*ret_fd = take_fd(&fd);
	return 0;
}

/* Passes on what is there. 1 = more may come, 0 = the end */
static int pass(int from, int to)
{
	char buf[CHUNK];
	ssize_t n;
	int r;

	n = read(from, buf, sizeof(buf));
	if (n <= 0)
		return n < 0 ? -errno : 0;
	r = write_all(to, buf, (size_t)n);
	return r < 0 ? r : 1;
}

/* Writing waits for the slower side: what is not read yet is flow control. */
static int relay(int fd)
{
	struct pollfd p[] = { { STDIN_FILENO, POLLIN, 0 }, { fd, POLLIN, 0 } };
	const int to[] = { fd, STDOUT_FILENO };
	int r = 1;

	while (p[1].fd >= 0 && r >= 0) {
		if (poll(p, ARRAY_SIZE(p), -1) < 0)
			return -errno;
		for (size_t i = 0; i < ARRAY_SIZE(p) && r >= 0; i++) {
			if (p[i].fd < 0 || !p[i].revents)
				continue;
			r = pass(p[i].fd, to[i]);
			if (r == 0)
				p[i].fd = -1;
			if (r == 0 && i == 0)
				(void)shutdown(fd, SHUT_WR);
		}
	}
	return r < 0 ? r : 0;
}

int connect_relay(uint16_t port)
{
	CLEANUP_FD int fd = -1;
	int r = open_port(port, &fd);

	return r < 0 ? r : relay(fd);
}
