/* SPDX-License-Identifier: MIT */

/* peer.c - A process elsewhere that does lines */

#include "peer.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fsop.h"

int peer_start(struct peer *p, char *const argv[])
{
	int sv[2];

	p->got = malloc(FSOP_OUT);
	if (!p->got)
		return -ENOMEM;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sv) < 0)
		return -errno;
	p->len = 0;
	p->pid = fork();
	if (!p->pid) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		(void)dup2(sv[1], STDIN_FILENO);
		(void)dup2(sv[1], STDOUT_FILENO);
		(void)execvp(argv[0], argv);
		_exit(127);
	}
	p->fd = sv[0];
	(void)close(sv[1]);
	return p->pid < 0 ? -errno : 0;
}

/* The next line, if there is a whole one. */
static int take_line(struct peer *p, char *out)
{
	char *end = memchr(p->got, '\n', p->len);
	size_t n;

	if (!end)
		return 0;
	n = (size_t)(end - p->got);
	memcpy(out, p->got, n);
	out[n] = '\0';
	p->len -= n + 1;
	memmove(p->got, end + 1, p->len);
	return 1;
}

int peer_ask(struct peer *p, const char *line, char *out, int seconds)
{
	struct pollfd pfd = { .fd = p->fd, .events = POLLIN };
	ssize_t n;

	if (send(p->fd, line, strlen(line), MSG_NOSIGNAL) < 0 ||
	    send(p->fd, "\n", 1, MSG_NOSIGNAL) < 0)
		return -EPIPE;
	while (!take_line(p, out)) {
		if (poll(&pfd, 1, seconds * 1000) == 0)
			return -ETIMEDOUT;
		n = recv(p->fd, p->got + p->len, FSOP_OUT - p->len, 0);
		if (n <= 0)
			return -EPIPE;
		p->len += (size_t)n;
	}
	return 0;
}

void peer_stop(struct peer *p)
{
	struct pollfd pfd = { .fd = p->fd, .events = POLLIN };

	if (p->pid <= 0)
		return;
	(void)shutdown(p->fd, SHUT_WR);
	if (poll(&pfd, 1, 10000) == 0)
		(void)kill(p->pid, SIGKILL);
	(void)waitpid(p->pid, NULL, 0);
	(void)close(p->fd);
	free(p->got);
	memset(p, 0, sizeof(*p));
}
