/* SPDX-License-Identifier: MIT */

/* guard.c - Work in a directory of which nothing stays (the design: guard.h) */

#include "guard.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cleanup.h"
#include "cmd.h"
#include "log.h"
#include "spawn.h"
#include "store.h"

static void watched_signals(sigset_t *set)
{
	static const int signals[] = { SIGCHLD, SIGINT, SIGTERM, SIGHUP,
				       SIGQUIT };

	struct sigaction sa;

	(void)sigemptyset(set);
	for (size_t i = 0; i < ARRAY_SIZE(signals); i++)
		/* As under nohup: what was ignored for us stays ignored. */
		if (sigaction(signals[i], NULL, &sa) == 0 &&
		    sa.sa_handler != SIG_IGN)
			(void)sigaddset(set, signals[i]);
}

/* Wait for the child's end, or a signal that ends us: that is returned. */
static int wait_for(pid_t child, const sigset_t *set, int *ret_status)
{
	for (;;) {
		int sig = sigwaitinfo(set, NULL), status;

		if (sig > 0 && sig != SIGCHLD) {
			(void)kill(child, SIGKILL);
			(void)spawn_wait(child);
			return sig;
		}
		if (waitpid(child, &status, WNOHANG) == child) {
			*ret_status = spawn_status(status);
			return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
		}
	}
}

/* All that the child has started dies with it, but not at once; until then it
 * may make files. As the subreaper we are their parent now.
 */
static void wait_for_rest(void)
{
	while (waitpid(-1, NULL, 0) > 0 || errno == EINTR)
		;
}

static void end_by(int sig)
{
	sigset_t set;

	(void)signal(sig, SIG_DFL);
	(void)sigemptyset(&set);
	(void)sigaddset(&set, sig);
	(void)sigprocmask(SIG_UNBLOCK, &set, NULL);
	(void)raise(sig);
}

/* A shell with job control has made its own group the terminal's, and cannot
 * name ours when it ends: from inside there is no such process.
 */
static void take_terminal_back(void)
{
	if (tcgetpgrp(STDIN_FILENO) < 0)
		return;
	(void)signal(SIGTTOU, SIG_IGN);
	(void)tcsetpgrp(STDIN_FILENO, getpgrp());
	(void)signal(SIGTTOU, SIG_DFL);
}

/* In the background, or stopped, the terminal is not ours to take. */
static bool has_terminal(void)
{
	return tcgetpgrp(STDIN_FILENO) == getpgrp();
}

int guard_run(const char *cache, int (*work)(const char *dir, void *arg),
	      void *arg)
{
	const bool terminal = has_terminal();
	pid_t child, parent = getpid();
	struct store_build b;
	struct err e = { 0 };
	sigset_t set, before;
	int r, status = 1, sig;

	r = store_init(cache, &e);
	if (r == 0)
		r = store_build_begin(cache, &b, &e);
	if (r < 0)
		return cmd_fail(r, &e);
	(void)prctl(PR_SET_CHILD_SUBREAPER, 1);
	(void)signal(SIGCHLD, SIG_DFL);
	watched_signals(&set);
	(void)sigprocmask(SIG_BLOCK, &set, &before);
	child = fork();
	if (!child) {
		(void)sigprocmask(SIG_SETMASK, &before, NULL);
		if (spawn_die_with_parent(parent, SIGKILL) < 0)
			_exit(1);
		_exit(work(b.path, arg));
	}
	sig = child < 0 ? 0 : wait_for(child, &set, &status);
	if (child < 0)
		log_err_errno(errno, "cannot start the work");
	wait_for_rest();
	if (terminal)
		take_terminal_back();
	store_build_end(&b);
	if (sig)
		end_by(sig);
	return status;
}
