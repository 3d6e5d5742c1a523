/* SPDX-License-Identifier: MIT */

/* command.c - Run a command of the host on the terminal, and outlive it */

#include "command.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "cleanup.h"
#include "spawn.h"

#define KILL_AFTER_MS 5000

struct run {
	pid_t pid;
	int pidfd;
	int signals;
	unsigned asked;	     /* to end: then it is killed */
	int64_t deadline_ms; /* -1 = none */
	bool late;
};

static int64_t now_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void end(struct run *run, int sig)
{
	(void)kill(run->pid, run->asked++ ? SIGKILL : sig);
}

static void on_signal(struct run *run)
{
	struct signalfd_siginfo si;

	if (read(run->signals, &si, sizeof(si)) != sizeof(si))
		return;
	/* The terminal's goes to its whole foreground. */
	if (si.ssi_code != SI_KERNEL)
		end(run, (int)si.ssi_signo);
}

/* What is still pending would end us later. */
static void drain(int signals)
{
	struct signalfd_siginfo si;

	while (read(signals, &si, sizeof(si)) == sizeof(si))
		;
}

static void on_deadline(struct run *run)
{
	run->late = true;
	end(run, SIGTERM);
	run->deadline_ms = run->asked > 1 ? -1 : now_ms() + KILL_AFTER_MS;
}

static int until_deadline(const struct run *run)
{
	int64_t left;

	if (run->deadline_ms < 0)
		return -1;
	left = run->deadline_ms - now_ms();
	return left < 0 ? 0 : left > INT_MAX ? INT_MAX : (int)left;
}

static void wait_for_end(struct run *run)
{
	struct pollfd fds[] = { { run->pidfd, POLLIN, 0 },
				{ run->signals, POLLIN, 0 } };
	int n;

	for (;;) {
		n = poll(fds, ARRAY_SIZE(fds), until_deadline(run));
		if (n > 0 && fds[0].revents)
			return;
		if (n > 0)
			on_signal(run);
		else if (n == 0 && run->deadline_ms >= 0 &&
			 now_ms() >= run->deadline_ms)
			on_deadline(run);
	}
}

static int start(struct run *run, char *const *argv, struct err *e)
{
	const struct spawn_fd fds[] = { { STDIN_FILENO, STDIN_FILENO },
					{ STDOUT_FILENO, STDOUT_FILENO },
					{ STDERR_FILENO, STDERR_FILENO } };
	const struct spawn sp = { .file = argv[0],
				  .argv = argv,
				  .fds = fds,
				  .n_fds = ARRAY_SIZE(fds),
				  .death_signal = SIGTERM };
	int r = spawn(&sp, &run->pid, &run->pidfd);

	return r < 0 ? err_set(e, r, "cannot run '%s': %s", argv[0],
			       strerror(-r)) :
		       0;
}

int command_run(char *const *argv, unsigned limit_s, struct err *e)
{
	CLEANUP_FD int signals = -1;
	struct run run = { .pidfd = -1, .deadline_ms = -1 };
	sigset_t ours, before;
	int r;

	(void)sigemptyset(&ours);
	(void)sigaddset(&ours, SIGINT);
	(void)sigaddset(&ours, SIGQUIT);
	(void)sigaddset(&ours, SIGTERM);
	(void)sigaddset(&ours, SIGHUP);
	signals = signalfd(-1, &ours, SFD_CLOEXEC | SFD_NONBLOCK);
	if (signals < 0) {
		(void)err_set(e, -errno, "no signals: %s", strerror(errno));
		return COMMAND_NOT_STARTED;
	}
	(void)sigprocmask(SIG_BLOCK, &ours, &before);
	run.signals = signals;
	r = start(&run, argv, e);
	if (limit_s)
		run.deadline_ms = now_ms() + (int64_t)limit_s * 1000;
	if (r < 0)
		r = r == -ENOENT ? COMMAND_NOT_FOUND : COMMAND_NOT_RUN;
	else {
		wait_for_end(&run);
		r = spawn_wait(run.pid);
	}
	close_fd(&run.pidfd);
	drain(signals);
	(void)sigprocmask(SIG_SETMASK, &before, NULL);
	if (!run.late)
		return r;
	(void)err_set(e, -ETIME, "'%s' did not end within %u s", argv[0],
		      limit_s);
	return COMMAND_TIME_LIMIT;
}
