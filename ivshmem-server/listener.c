/* SPDX-License-Identifier: MIT */

/* listener.c - A socket at a path, where somebody may connect */

#include "listener.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "cleanup.h"

#define BACKLOG 1024

/* Whether nobody listens there any more. */
static bool is_stale(const struct sockaddr_un *a)
{
	CLEANUP_FD int fd = -1;

	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	return fd >= 0 &&
	       connect(fd, (const struct sockaddr *)a, sizeof(*a)) < 0 &&
	       errno == ECONNREFUSED;
}

static int make_way(const struct sockaddr_un *a, struct err *e)
{
	const char *path = a->sun_path;
	struct stat st;

	if (lstat(path, &st) < 0)
		return errno == ENOENT ?
			       0 :
			       err_set(e, -errno, "cannot look at '%s': %s",
				       path, strerror(errno));
	if (!S_ISSOCK(st.st_mode))
		return err_set(e, -EEXIST,
			       "'%s' exists and is no socket: remove it, or "
			       "choose another path",
			       path);
	if (!is_stale(a))
		return err_set(e, -EADDRINUSE,
			       "a server listens on '%s' already: end it, or "
			       "choose another path",
			       path);
	if (unlink(path) < 0)
		return err_set(e, -errno,
			       "cannot remove '%s', which a dead server has "
			       "left: %s",
			       path, strerror(errno));
	return 0;
}

int listener_bind(const char *path, mode_t mode, int *ret_fd, struct err *e)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	CLEANUP_FD int fd = -1;
	int r;

	if (!*path || strlen(path) >= sizeof(a.sun_path))
		return err_set(e, -ENAMETOOLONG,
			       "'%s' is no path for a socket: it needs 1 to "
			       "%zu characters",
			       path, sizeof(a.sun_path) - 1);
	memcpy(a.sun_path, path, strlen(path));
	r = make_way(&a, e);
	if (r < 0)
		return r;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	/* The mode before anybody can connect. */
	if (fd < 0 || (mode && fchmod(fd, mode) < 0) ||
	    bind(fd, (struct sockaddr *)&a, sizeof(a)) < 0 ||
	    listen(fd, BACKLOG) < 0)
		return err_set(e, -errno, "cannot listen on '%s': %s", path,
			       strerror(errno));
	*ret_fd = take_fd(&fd);
	return 0;
}
