/* SPDX-License-Identifier: MIT */

/* activation.c - Started by a service manager: its sockets, and its wish to
 * know when we work
 */

#include "activation.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "cleanup.h"
#include "parse.h"

#define FD_FIRST 3 /* of those that are passed */
#define FDS_MAX 2U

static bool is_listening(int fd)
{
	socklen_t len = sizeof(int);
	int on = 0;

	return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &on, &len) == 0 && on;
}

/* Whether the i-th of the names, between colons, is this one. */
static bool has_name(const char *names, unsigned i, const char *name)
{
	while (names && i--) {
		names = strchr(names, ':');
		names = names ? names + 1 : NULL;
	}
	return names && strcspn(names, ":") == strlen(name) &&
	       !strncmp(names, name, strlen(name));
}

static int take(unsigned n, const char *names, struct activation *a,
		struct err *e)
{
	for (unsigned i = 0; i < n; i++) {
		int fd = FD_FIRST + (int)i;
		int *at = has_name(names, i, "lmp") ? &a->lmp_fd :
						      &a->listen_fd;

		if (fcntl(fd, F_SETFD, FD_CLOEXEC) < 0 || !is_listening(fd))
			return err_set(e, -EINVAL,
				       "descriptor %d of LISTEN_FDS is no "
				       "socket that listens",
				       fd);
		if (*at >= 0)
			return err_set(e, -EINVAL,
				       "LISTEN_FDS has two sockets for the "
				       "same: name the one for monitoring "
				       "'lmp'");
		*at = fd;
	}
	return 0;
}

int activation_take(struct activation *ret_a, struct err *e)
{
	struct activation a = { -1, -1 };
	const char *pid = getenv("LISTEN_PID"), *fds = getenv("LISTEN_FDS");
	uint32_t for_pid, n;
	int r = 0;

	/* Set for somebody else, it may be inherited. */
	if (pid && fds && parse_u32(pid, 1, UINT32_MAX, &for_pid) == 0 &&
	    for_pid == (uint32_t)getpid()) {
		if (parse_u32(fds, 0, FDS_MAX, &n) < 0)
			return err_set(e, -EINVAL,
				       "LISTEN_FDS is '%s', not 0 to %u", fds,
				       FDS_MAX);
		r = take(n, getenv("LISTEN_FDNAMES"), &a, e);
	}
	if (r == 0)
		*ret_a = a;
	return r;
}

int activation_notify_open(int *ret_fd)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	const char *path = getenv("NOTIFY_SOCKET");
	CLEANUP_FD int fd = -1;
	socklen_t len;

	if (path) {
		size_t n = strlen(path);

		if (n < 2 || n >= sizeof(a.sun_path) || !strchr("/@", *path))
			return -EINVAL;
		memcpy(a.sun_path, path, n);
		if (*path == '@')
			a.sun_path[0] = '\0';
		len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n);
		fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
		if (fd < 0 || connect(fd, (struct sockaddr *)&a, len) < 0)
			return -errno;
	}
	*ret_fd = take_fd(&fd);
	return 0;
}

int activation_notify_ready(int fd)
{
	CLEANUP_FD int to = fd;
	static const char text[] = "READY=1";

	if (to >= 0 && send(to, text, strlen(text), MSG_NOSIGNAL) < 0)
		return -errno;
	return 0;
}
