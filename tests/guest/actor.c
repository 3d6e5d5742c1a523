/* SPDX-License-Identifier: MIT */

/* actor.c - Other processes that do what a script says */

#include "actor.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cleanup.h"

#define LINE 4096

/* How long a line that blocks is looked at. Longer on a slow machine only
 * makes the test weaker, never wrong.
 */
#define BLOCKED_MS 100

struct answer {
	int r;
	char out[FSOP_OUT];
};

/* In the child: lines to answers. */
static _Noreturn void act(struct fsop *f, int fd)
{
	static struct answer a;
	char line[LINE];
	ssize_t n;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	while ((n = recv(fd, line, sizeof(line) - 1, 0)) > 0) {
		line[n] = '\0';
		a.r = fsop_run(f, line, a.out);
		(void)send(fd, &a,
			   offsetof(struct answer, out) + strlen(a.out) + 1, 0);
	}
	_exit(0);
}

static int create(struct actor *a, struct fsop *f)
{
	int sv[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sv) < 0)
		return -errno;
	a->pid = fork();
	if (!a->pid)
		act(f, sv[1]);
	a->fd = sv[0];
	(void)close(sv[1]);
	return a->pid < 0 ? -errno : 0;
}

int actor_start(struct actor *a, struct fsop *f, const char *line)
{
	int r = a->pid ? 0 : create(a, f);

	if (!r && send(a->fd, line, strlen(line), MSG_NOSIGNAL) < 0)
		r = -errno;
	return r;
}

int actor_wait(struct actor *a, char *out)
{
	CLEANUP_FREE struct answer *got = calloc(1, sizeof(*got));

	if (!got || recv(a->fd, got, sizeof(*got), 0) <= 0)
		return -ESRCH;
	(void)strcpy(out, got->out);
	return got->r;
}

bool actor_is_blocked(const struct actor *a)
{
	struct pollfd p = { .fd = a->fd, .events = POLLIN };

	return poll(&p, 1, BLOCKED_MS) == 0;
}

void actor_kill(struct actor *a)
{
	if (a->pid <= 0)
		return;
	(void)kill(a->pid, SIGKILL);
	(void)waitpid(a->pid, NULL, 0);
	(void)close(a->fd);
	a->pid = 0;
}
