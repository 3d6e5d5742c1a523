/* SPDX-License-Identifier: MIT */

/* listener.c - Sockets at a path, where somebody may connect */

#include "listener.h"

#include <errno.h>
#include <event2/event.h>
#include <event2/util.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "cleanup.h"
#include "log.h"

#define BACKLOG 1024

struct listener {
	int fd;
	struct event *readable, *retry;
	const char *path;
	listener_fn fn;
	void *arg;
};

/* ---- a socket at a path --------------------------------------------------- */

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

/* ---- whoever connects ----------------------------------------------------- */

/* Out of descriptors, say: the same connection would fail again at once. */
static void pause_for_a_while(struct listener *l)
{
	const struct timeval later = { 1, 0 };

	log_err_errno(errno, "cannot accept a client");
	(void)event_del(l->readable);
	(void)event_add(l->retry, &later);
}

/* One in each turn of the loop: those who have left meanwhile make room first,
 * so a crowd that comes and goes keeps nobody out.
 */
static void on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct listener *l = arg;
	int client = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	(void)what;
	if (client >= 0)
		l->fn(client, l->arg);
	else if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED)
		pause_for_a_while(l);
}

static void on_retry(evutil_socket_t fd, short what, void *arg)
{
	struct listener *l = arg;

	(void)fd;
	(void)what;
	(void)event_add(l->readable, NULL);
}

int listener_new(struct event_base *base, int fd, const char *path,
		 listener_fn fn, void *arg, struct listener **ret_l)
{
	struct listener *l = calloc(1, sizeof(*l));

	if (!l) {
		(void)close(fd);
		return -ENOMEM;
	}
	*l = (struct listener){ .fd = fd, .path = path, .fn = fn, .arg = arg };
	(void)evutil_make_socket_nonblocking(fd);
	(void)evutil_make_socket_closeonexec(fd);
	l->readable = event_new(base, fd, EV_READ | EV_PERSIST, on_readable, l);
	l->retry = event_new(base, -1, 0, on_retry, l);
	if (!l->readable || !l->retry || event_add(l->readable, NULL) < 0) {
		(void)listener_free(l);
		return -ENOMEM;
	}
	*ret_l = l;
	return 0;
}

struct listener *listener_free(struct listener *l)
{
	if (!l)
		return NULL;
	if (l->readable)
		event_free(l->readable);
	if (l->retry)
		event_free(l->retry);
	close_fd(&l->fd);
	if (l->path)
		(void)unlink(l->path);
	free(l);
	return NULL;
}
