/* SPDX-License-Identifier: MIT */

/* spawn.c - Start a program with exactly the descriptors it is given */

#include "spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cleanup.h"
#include "file.h"
#include "parse.h"

#define CHILDREN_MAX 65536

int spawn_die_with_parent(pid_t parent, int sig)
{
	if (prctl(PR_SET_PDEATHSIG, sig) < 0)
		return -errno;
	/* It may have died before the call above; then no signal comes. */
	return getppid() == parent ? 0 : -ESRCH;
}

static void signals_default(void)
{
	struct sigaction sa = { .sa_handler = SIG_DFL };
	sigset_t none;

	for (int s = 1; s < NSIG; s++)
		(void)sigaction(s, &sa, NULL);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}

static int highest_target(const struct spawn *s)
{
	int top = STDERR_FILENO;

	for (size_t i = 0; i < s->n_fds; i++)
		if (s->fds[i].to > top)
			top = s->fds[i].to;
	return top;
}

static bool is_target(const struct spawn *s, int fd)
{
	for (size_t i = 0; i < s->n_fds; i++)
		if (s->fds[i].to == fd)
			return true;
	return false;
}

/* Sources and targets may overlap: lift every source above all targets, then
 * put each in its place and close the rest, but for @report.
 */
static int place_fds(const struct spawn *s, int *report)
{
	int top = highest_target(s), high[SPAWN_FDS_MAX], null;

	*report = fcntl(*report, F_DUPFD_CLOEXEC, top + 1);
	if (*report < 0)
		return -errno;
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (null < 0)
		return -errno;
	null = fcntl(null, F_DUPFD_CLOEXEC, top + 1);
	if (null < 0)
		return -errno;
	for (size_t i = 0; i < s->n_fds; i++) {
		int from = s->fds[i].from;

		high[i] = from < 0 ? null :
				     fcntl(from, F_DUPFD_CLOEXEC, top + 1);
		if (high[i] < 0)
			return -errno;
	}
	for (int fd = 0; fd <= top; fd++) {
		if (is_target(s, fd))
			continue;
		if (fd > STDERR_FILENO)
			(void)close(fd);
		else if (dup2(null, fd) < 0)
			return -errno;
	}
	for (size_t i = 0; i < s->n_fds; i++)
		if (dup2(high[i], s->fds[i].to) < 0)
			return -errno;
	/* What else is open above: nothing of it is for the child. */
	if (*report > top + 1)
		(void)syscall(SYS_close_range, top + 1, *report - 1, 0);
	(void)syscall(SYS_close_range, *report + 1, ~0U, 0);
	return 0;
}

/* Runs in the child; comes back only with an error. */
static int become(const struct spawn *s, pid_t parent, int *report)
{
	int r;

	if (s->death_signal) {
		r = spawn_die_with_parent(parent, s->death_signal);
		if (r < 0)
			return r;
	}
	signals_default();
	r = place_fds(s, report);
	if (r < 0)
		return r;
	if (s->session && setsid() < 0)
		return -errno;
	if (s->cwd && chdir(s->cwd) < 0)
		return -errno;
	if (s->env) /* its PATH is to be searched, not the parent's */
		environ = (char **)(uintptr_t)s->env;
	(void)execvp(s->file, s->argv);
	return -errno;
}

/* The pipe closes on exec; before that it carries the errno of a failure. */
static int exec_result(int fd)
{
	int r = 0;
	ssize_t n;

	do
		n = read(fd, &r, sizeof(r));
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	return n == sizeof(r) ? r : 0;
}

int spawn(const struct spawn *s, pid_t *ret_pid, int *ret_pidfd)
{
	CLEANUP_FD int result = -1, report = -1;
	int p[2], r, pidfd;
	pid_t pid, parent = getpid();

	if (s->n_fds > SPAWN_FDS_MAX)
		return -E2BIG;
	if (pipe2(p, O_CLOEXEC) < 0)
		return -errno;
	result = p[0];
	report = p[1];
	pid = fork();
	if (pid < 0)
		return -errno;
	if (!pid) {
		r = become(s, parent, &report);
		(void)!write(report, &r, sizeof(r));
		_exit(127);
	}
	close_fd(&report);
	r = exec_result(result);
	if (r < 0) {
		(void)waitpid(pid, NULL, 0);
		return r;
	}
	if (ret_pidfd) {
		pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
		if (pidfd < 0) {
			r = -errno;
			(void)kill(pid, SIGKILL);
			(void)waitpid(pid, NULL, 0);
			return r;
		}
		*ret_pidfd = pidfd;
	}
	*ret_pid = pid;
	return 0;
}

int spawn_status(int wait_status)
{
	return WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) :
					128 + WTERMSIG(wait_status);
}

int spawn_wait(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return spawn_status(status);
}

int spawn_piped(const struct spawn *s, int child_fd, pid_t *ret_pid,
		int *ret_fd)
{
	CLEANUP_FD int from = -1, to = -1;
	struct spawn_fd fds[SPAWN_FDS_MAX];
	struct spawn with = *s;
	int p[2], r;

	if (s->n_fds >= SPAWN_FDS_MAX)
		return -E2BIG;
	if (pipe2(p, O_CLOEXEC) < 0)
		return -errno;
	from = p[0];
	to = p[1];
	for (size_t i = 0; i < s->n_fds; i++)
		fds[i] = s->fds[i];
	fds[s->n_fds] = (struct spawn_fd){ to, child_fd };
	with.fds = fds;
	with.n_fds = s->n_fds + 1;
	r = spawn(&with, ret_pid, NULL);
	if (r == 0)
		*ret_fd = take_fd(&from);
	return r;
}

int spawn_output(const struct spawn *s, int child_fd, char *buf, size_t size)
{
	CLEANUP_FD int fd = -1;
	char rest[512] = "";
	size_t n = 0;
	ssize_t got;
	pid_t pid = -1;
	int r;

	buf[0] = '\0';
	r = spawn_piped(s, child_fd, &pid, &fd);
	if (r < 0)
		return r;
	/* What does not fit is read all the same: it must not block. */
	do {
		bool full = n == size - 1;

		got = read(fd, full ? rest : buf + n,
			   full ? sizeof(rest) : size - 1 - n);
		if (got > 0 && !full)
			n += (size_t)got;
	} while (got > 0 || (got < 0 && errno == EINTR));
	buf[n] = '\0';
	return spawn_wait(pid);
}

unsigned spawn_kill_children(pid_t but)
{
	CLEANUP_FREE char *list = NULL;
	char path[64], *rest, *word;
	unsigned n = 0;
	uint32_t pid;

	(void)snprintf(path, sizeof(path), "/proc/self/task/%d/children",
		       (int)getpid());
	if (file_read(AT_FDCWD, path, CHILDREN_MAX, &list, NULL) < 0)
		return 0;
	for (word = strtok_r(list, " \n", &rest); word;
	     word = strtok_r(NULL, " \n", &rest))
		if (parse_u32(word, 1, INT32_MAX, &pid) == 0 &&
		    (pid_t)pid != but)
			n += kill((pid_t)pid, SIGKILL) == 0;
	return n;
}
