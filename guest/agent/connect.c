/* SPDX-License-Identifier: MIT */

/* connect.c - A way for the host into the node's own ports */

#include "connect.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cleanup.h"
#include "file.h"
#include "spawn.h"

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

int connect_relay(uint16_t port)
{
	CLEANUP_FD int fd = -1;
	int r = open_port(port, &fd);

	return r < 0 ? r : relay(fd);
}
