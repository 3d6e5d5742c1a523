/* SPDX-License-Identifier: MIT */

/* daemon.c - Go to the background, and say when it works there */

#include "daemon.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"
#include "file.h"

/* The parent says what the child would have said as its exit status. */
__attribute__((noreturn)) static void wait_for_child(int fd)
{
	char byte;
	ssize_t n;

	do
		n = read(fd, &byte, sizeof(byte));
	while (n < 0 && errno == EINTR);
	_exit(n == 1 ? EXIT_SUCCESS : EXIT_FAILURE);
}

int daemon_fork(int *ret_ready_fd, struct err *e)
{
	int fds[2];
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC) < 0)
		return err_set(e, -errno, "cannot make a pipe: %s",
			       strerror(errno));
	pid = fork();
	if (pid < 0) {
		int r = -errno;

		close_fd(&fds[0]);
		close_fd(&fds[1]);
		return err_set(e, r, "cannot go to the background: %s",
			       strerror(-r));
	}
	if (pid > 0) {
		close_fd(&fds[1]);
		wait_for_child(fds[0]);
	}
	close_fd(&fds[0]);
	(void)setsid();
	*ret_ready_fd = fds[1];
	return 0;
}

int daemon_write_pid(const char *path, struct err *e)
{
	char text[16];
	int n = snprintf(text, sizeof(text), "%d\n", (int)getpid());
	int r = file_write(AT_FDCWD, path, text, (size_t)n, 0644);

	if (r < 0)
		return err_set(e, r,
			       "cannot write pid file '%s': %s; choose another "
			       "by -p, or stay in the foreground by -F",
			       path, strerror(-r));
	return 0;
}
