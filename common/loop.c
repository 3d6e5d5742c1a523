/* SPDX-License-Identifier: MIT */

/* loop.c - The event loop: libevent, with what every program of ours needs */

#include "loop.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cleanup.h"
#include "spawn.h"

struct loop_child {
	pid_t pid;
	int pidfd;
	struct event *ev;
	loop_child_fn fn;
	void *arg;
};

struct event_base *loop_new(void)
{
	return event_base_new();
}

void loop_child_unwatch(struct loop_child *w)
{
	if (!w)
		return;
	if (w->ev)
		event_free(w->ev);
	(void)close(w->pidfd);
	free(w);
}

static void child_ended(evutil_socket_t fd, short what, void *arg)
{
	struct loop_child *w = arg;
	loop_child_fn fn = w->fn;
	void *fn_arg = w->arg;
	pid_t pid = w->pid;
	int status;

	(void)fd;
	(void)what;
	if (waitpid(pid, &status, WNOHANG) != pid)
		return;
	loop_child_unwatch(w);
	fn(pid, spawn_status(status), fn_arg);
}

int loop_child_watch(struct event_base *base, pid_t pid, int pidfd,
		     loop_child_fn fn, void *arg, struct loop_child **ret_watch)
{
	struct loop_child *w = calloc(1, sizeof(*w));

	if (!w) {
		(void)close(pidfd);
		return -ENOMEM;
	}
	*w = (struct loop_child){ pid, pidfd, NULL, fn, arg };
	w->ev = event_new(base, pidfd, EV_READ | EV_PERSIST, child_ended, w);
	if (!w->ev || event_add(w->ev, NULL) < 0) {
		loop_child_unwatch(w);
		return -ENOMEM;
	}
	if (ret_watch)
		*ret_watch = w;
	return 0;
}

static void stop(evutil_socket_t sig, short what, void *arg)
{
	(void)sig;
	(void)what;
	(void)event_base_loopbreak(arg);
}

int loop_stop_on_signals(struct event_base *base)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP };

	for (size_t i = 0; i < ARRAY_SIZE(signals); i++) {
		struct event *ev = evsignal_new(base, signals[i], stop, base);

		if (!ev || event_add(ev, NULL) < 0)
			return -ENOMEM;
	}
	return signal(SIGPIPE, SIG_IGN) == SIG_ERR ? -errno : 0;
}

int loop_ready(int fd)
{
	int r = 0;

	if (fd < 0)
		return 0;
	if (write(fd, "\n", 1) != 1)
		r = -errno;
	(void)close(fd);
	return r;
}
