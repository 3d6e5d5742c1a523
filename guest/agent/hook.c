/* SPDX-License-Identifier: MIT */

/* hook.c - What else a system does with its identity */

#include "hook.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cleanup.h"
#include "file.h"
#include "spawn.h"

/* A secret: neither an argument nor in a file of the disk. */
static int open_password(const char *password, int *ret_fd)
{
	CLEANUP_FD int fd = memfd_create("password", MFD_CLOEXEC);
	int r;

	if (fd < 0)
		return -errno;
	r = write_all(fd, password, strlen(password));
	if (r == 0)
		r = write_all(fd, "\n", 1);
	if (r == 0 && lseek(fd, 0, SEEK_SET) < 0)
		r = -errno;
	if (r == 0)
		*ret_fd = take_fd(&fd);
	return r;
}

static int run(const char *path, const struct identity *id, int in)
{
	char program[] = "identity", user[IDENTITY_USER_MAX + 1];
	const struct spawn_fd fds[] = { { in, STDIN_FILENO },
					{ STDERR_FILENO, STDOUT_FILENO },
					{ STDERR_FILENO, STDERR_FILENO } };
	pid_t pid;
	int r;

	memcpy(user, id->user.name, sizeof(user));
	r = spawn(&(struct spawn){ .file = path,
				   .argv = (char *[]){ program, user, NULL },
				   .fds = fds,
				   .n_fds = ARRAY_SIZE(fds) },
		  &pid, NULL);
	return r < 0 ? r : spawn_wait(pid);
}

int hook_run(const char *path, const struct identity *id, struct err *ret_err)
{
	CLEANUP_FD int in = -1;
	int r;

	if (access(path, X_OK) < 0 && errno == ENOENT)
		return 0;
	r = open_password(id->user.password, &in);
	if (r == 0)
		r = run(path, id, in);
	if (r > 0)
		return err_set(ret_err, -ECHILD,
			       "\"%s\" failed with status %d: see the node's "
			       "console",
			       path, r);
	return r < 0 ? err_set(ret_err, r, "cannot run \"%s\": %s", path,
			       strerror(-r)) :
		       0;
}
