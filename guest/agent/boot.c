/* SPDX-License-Identifier: MIT */

/* boot.c - The node's init and the agent: who waits for whom */

#include "boot.h"

#include <errno.h>
#include <limits.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "cleanup.h"

struct boot_wait {
	int fd; /* inotify, of the file's directory */
	struct event *event;
	char *path;
	void (*ready)(void *arg);
	void *arg;
};

/* Which file it was does not matter: one look tells. */
static void on_change(evutil_socket_t fd, short what, void *arg)
{
	char events[sizeof(struct inotify_event) + NAME_MAX + 1];
	struct boot_wait *w = arg;

	(void)what;
	while (read(fd, events, sizeof(events)) > 0)
		;
	if (access(w->path, F_OK) < 0)
		return;
	(void)event_del(w->event);
	w->ready(w->arg);
}

static int watch(struct boot_wait *w, struct event_base *base)
{
	CLEANUP_FREE char *dir = strdup(w->path);
	char *slash = dir ? strrchr(dir, '/') : NULL;

	if (!slash)
		return dir ? -EINVAL : -ENOMEM;
	slash[slash == dir ? 1 : 0] = '\0';
	w->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (w->fd < 0 ||
	    inotify_add_watch(w->fd, dir, IN_CREATE | IN_MOVED_TO) < 0)
		return -errno;
	w->event = event_new(base, w->fd, EV_READ | EV_PERSIST, on_change, w);
	if (!w->event || event_add(w->event, NULL) < 0)
		return -ENOMEM;
	/* It may have come before we looked. */
	event_active(w->event, EV_READ, 0);
	return 0;
}

int boot_wait_new(struct event_base *base, const char *path,
		  void (*ready)(void *arg), void *arg, struct boot_wait **ret_w)
{
	struct boot_wait *w = calloc(1, sizeof(*w));
	int r;

	if (!w)
		return -ENOMEM;
	*w = (struct boot_wait){
		.fd = -1, .path = strdup(path), .ready = ready, .arg = arg
	};
	r = w->path ? watch(w, base) : -ENOMEM;
	if (r < 0) {
		(void)boot_wait_free(w);
		return r;
	}
	*ret_w = w;
	return 0;
}

struct boot_wait *boot_wait_free(struct boot_wait *w)
{
	if (!w)
		return NULL;
	if (w->event)
		event_free(w->event);
	close_fd(&w->fd);
	free(w->path);
	free(w);
	return NULL;
}

int boot_notify(const char *socket_name)
{
	static const char text[] = "READY=1";
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	CLEANUP_FD int fd = -1;
	size_t n;

	if (!socket_name)
		return 0;
	n = strlen(socket_name);
	if (!n || n >= sizeof(a.sun_path))
		return -EINVAL;
	memcpy(a.sun_path, socket_name, n);
	if (a.sun_path[0] == '@')
		a.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0 ||
	    sendto(fd, text, sizeof(text) - 1, MSG_NOSIGNAL,
		   (const struct sockaddr *)&a,
		   (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n)) < 0)
		return -errno;
	return 0;
}
