/* SPDX-License-Identifier: MIT */

/* service.c - A child that serves the whole cluster: Librarian, switch */

#include "service.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"
#include "loop.h"
#include "selfdir.h"

#define FDS_MAX 40
#define KILL_AFTER_S 3

static void ready_readable(evutil_socket_t fd, short what, void *arg)
{
	struct service *s = arg;
	char c;
	ssize_t n = read((int)fd, &c, 1);

	(void)what;
	event_free(s->ready_ev);
	s->ready_ev = NULL;
	close_fd(&s->ready_fd);
	/* End of file: it died or will; "ended" tells. */
	if (n != 1)
		return;
	s->ready = true;
	s->ops->ready(s->arg);
}

static void ended(pid_t pid, int status, void *arg)
{
	struct service *s = arg;
	bool asked = s->stopping;

	(void)pid;
	s->watch = NULL;
	service_deinit(s);
	s->ops->ended(s->arg, status, asked);
}

static void kill_now(evutil_socket_t fd, short what, void *arg)
{
	const struct service *s = arg;

	(void)fd;
	(void)what;
	if (s->pid)
		(void)kill(s->pid, SIGKILL);
}

static int run(const struct strv *args, int log, int ready,
	       const struct spawn_fd *more, size_t n, pid_t *ret_pid,
	       int *ret_pidfd)
{
	struct spawn_fd fds[FDS_MAX] = {
		{ log, STDOUT_FILENO },
		{ log, STDERR_FILENO },
		{ ready, SERVICE_FD_READY },
	};
	char program[PATH_MAX];
	int r;

	if (n > FDS_MAX - 3)
		return -E2BIG;
	memcpy(fds + 3, more, n * sizeof(*fds));
	r = selfdir_program(args->v[0], program, sizeof(program));
	if (r < 0)
		return r;
	return spawn(&(struct spawn){ .file = program,
				      .argv = args->v,
				      .fds = fds,
				      .n_fds = n + 3,
				      .death_signal = SIGKILL },
		     ret_pid, ret_pidfd);
}

static int watch(struct service *s, struct event_base *base, int pidfd)
{
	int r;

	r = loop_child_watch(base, s->pid, pidfd, ended, s, &s->watch);
	if (r < 0)
		return r;
	s->ready_ev = event_new(base, s->ready_fd, EV_READ, ready_readable, s);
	s->kill_timer = evtimer_new(base, kill_now, s);
	if (!s->ready_ev || !s->kill_timer || event_add(s->ready_ev, NULL) < 0)
		return -ENOMEM;
	return 0;
}

static int start(struct service *s, struct event_base *base,
		 const struct cluster *cluster, const struct strv *args,
		 const struct spawn_fd *fds, size_t n)
{
	CLEANUP_FD int log = -1, ready = -1;
	char log_name[64];
	int p[2], pidfd, r;

	if (!strv_ok(args))
		return -ENOMEM;
	(void)snprintf(log_name, sizeof(log_name), "%s.log", s->name);
	r = cluster_open_log(cluster, log_name, &log);
	if (r < 0)
		return r;
	if (pipe2(p, O_CLOEXEC) < 0)
		return -errno;
	s->ready_fd = p[0];
	ready = p[1];
	r = run(args, log, ready, fds, n, &s->pid, &pidfd);
	return r < 0 ? r : watch(s, base, pidfd);
}

int service_start(struct service *s, struct event_base *base,
		  const struct cluster *cluster, const char *name,
		  const struct strv *args, const struct spawn_fd *fds, size_t n,
		  const struct service_ops *ops, void *arg, struct err *e)
{
	int r;

	*s = (struct service){
		.name = name, .ops = ops, .arg = arg, .ready_fd = -1
	};
	r = start(s, base, cluster, args, fds, n);
	if (r == 0)
		return 0;
	if (s->pid)
		(void)kill(s->pid, SIGKILL);
	service_deinit(s);
	return err_set(e, r, "cannot start the %s: %s", name, strerror(-r));
}

void service_stop(struct service *s)
{
	if (!s->pid || s->stopping)
		return;
	s->stopping = true;
	(void)kill(s->pid, SIGTERM);
	(void)evtimer_add(s->kill_timer,
			  &(struct timeval){ .tv_sec = KILL_AFTER_S });
}

void service_deinit(struct service *s)
{
	if (s->ready_ev)
		event_free(s->ready_ev);
	if (s->kill_timer)
		event_free(s->kill_timer);
	loop_child_unwatch(s->watch);
	s->ready_ev = s->kill_timer = NULL;
	s->watch = NULL;
	if (s->name)
		close_fd(&s->ready_fd);
	s->pid = 0;
	s->ready = false;
}
