/* SPDX-License-Identifier: MIT */

/* fsop_procs.c - Operations with programs */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cleanup.h"
#include "fsop.h"

/* copyself NAME MODE: a program, which ends well with the argument --nothing */
FSOP(copyself)
{
	CLEANUP_FD int in = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	CLEANUP_FD int fd = open(a[0].s, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	struct stat st;
	off_t off = 0;

	if (in < 0 || fd < 0 || fstat(in, &st) < 0)
		return -errno;
	while (off < st.st_size)
		if (sendfile(fd, in, &off, (size_t)(st.st_size - off)) <= 0)
			return -errno;
	return fsop_result(fchmod(fd, (mode_t)a[1].n));
}

/* run NAME: its exit status, or why it cannot be run. A pipe that closes on
 * exec tells one from the other.
 */
FSOP(run)
{
	char nothing[] = "--nothing";
	char *const argv[] = { a[0].s, nothing, NULL };
	int p[2], status, why = 0;
	pid_t pid;

	if (pipe2(p, O_CLOEXEC) < 0)
		return -errno;
	pid = fork();
	if (!pid) {
		(void)execv(a[0].s, argv);
		why = errno;
		(void)!write(p[1], &why, sizeof(why));
		_exit(1);
	}
	(void)close(p[1]);
	if (read(p[0], &why, sizeof(why)) < 0)
		why = errno;
	(void)close(p[0]);
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		return -errno;
	return why ? -why : status;
}

const struct fsop_def fsop_procs[] = {
	{ "copyself", "sn", op_copyself },
	{ "run", "s", op_run },
	{ 0 },
};
