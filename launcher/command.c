/* SPDX-License-Identifier: MIT */

/* command.c - Run a command of the host on the terminal, and outlive it */

#include "command.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cleanup.h"
#include "clock.h"
#include "spawn.h"

#define KILL_AFTER_MS 5000

struct run {
	pid_t pid;
	int status; /* of it; -1 = it runs */
	int signals;
	unsigned asked;	     /* to end: then it is killed */
	int64_t deadline_ms; /* -1 = none */
	bool late;
};

static void end(struct run *run, int sig)
{
	(void)kill(run->pid, run->asked++ ? SIGKILL : sig);
}

/* Orphans of it, too, have become our children. */
static void reap(struct run *run)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		if (pid == run->pid)
			run->status = spawn_status(status);
}

static void on_signal(struct run *run)
{
	struct signalfd_siginfo si;

	if (read(run->signals, &si, sizeof(si)) != sizeof(si))
		return;
	if (si.ssi_signo == SIGCHLD) {
		reap(run);
		return;
	}
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
	run->deadline_ms = run->asked > 1 ? -1 : clock_ms() + KILL_AFTER_MS;
}

static int until_deadline(const struct run *run)
{
	int64_t left;

	if (run->deadline_ms < 0)
		return -1;
	left = run->deadline_ms - clock_ms();
	return left < 0 ? 0 : left > INT_MAX ? INT_MAX : (int)left;
}

static void wait_for_end(struct run *run)
{
	struct pollfd fd = { run->signals, POLLIN, 0 };

	while (run->status < 0) {
		int n = poll(&fd, 1, until_deadline(run));

		if (n > 0)
			on_signal(run);
		else if (n == 0 && run->deadline_ms >= 0 &&
			 clock_ms() >= run->deadline_ms)
			on_deadline(run);
	}
}

/* Orphans become our children as their parents die, so they come in turn. */
static void end_rest(pid_t but)
{
	while (spawn_kill_children(but) && wait(NULL) > 0)
		;
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
	int r = spawn(&sp, &run->pid, NULL);

	return r < 0 ? err_set(e, r, "cannot run '%s': %s", argv[0],
			       strerror(-r)) :
		       0;
}

/* Those that mean to end us, and the end of children. */
static int open_signals(sigset_t *ret_before)
{
	static const int all[] = { SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGCHLD };
	sigset_t ours;
	int fd;

	(void)sigemptyset(&ours);
	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		(void)sigaddset(&ours, all[i]);
	fd = signalfd(-1, &ours, SFD_CLOEXEC | SFD_NONBLOCK);
	if (fd < 0)
		return -errno;
	(void)sigprocmask(SIG_BLOCK, &ours, ret_before);
	return fd;
}

int command_run(char *const *argv, unsigned limit_s, pid_t but, struct err *e)
{
	struct run run = { .status = -1, .deadline_ms = -1 };
	CLEANUP_FD int signals = -1;
	sigset_t before;
	int r;

	signals = open_signals(&before);
	if (signals < 0) {
		(void)err_set(e, signals, "no signals: %s", strerror(-signals));
		return COMMAND_NOT_STARTED;
	}
	(void)prctl(PR_SET_CHILD_SUBREAPER, 1);
	run.signals = signals;
	r = start(&run, argv, e);
	if (limit_s)
		run.deadline_ms = clock_ms() + (int64_t)limit_s * 1000;
	if (r < 0)
		r = r == -ENOENT ? COMMAND_NOT_FOUND : COMMAND_NOT_RUN;
	else {
		wait_for_end(&run);
		end_rest(but);
		r = run.status;
	}
	(void)prctl(PR_SET_CHILD_SUBREAPER, 0);
	drain(signals);
	(void)sigprocmask(SIG_SETMASK, &before, NULL);
	if (!run.late)
		return r;
	(void)err_set(e, -ETIME, "'%s' did not end within %u s", argv[0],
		      limit_s);
	return COMMAND_TIME_LIMIT;
}
