/* SPDX-License-Identifier: MIT */

/* guardian.c - Nothing outlives the supervisor */

#include "guardian.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cleanup.h"
#include "keepers.h"
#include "log.h"
#include "spawn.h"
#include "supervisor.h"

#define FILES_WANTED 4096
/* Exit status of the supervisor: its end, behind EXIT_FAILURE. */
#define STATUS_OF(end) ((end) ? EXIT_FAILURE + (int)(end) : EXIT_SUCCESS)

/* What ended: its status, or -1 if it did not by itself. */
static int wait_for_all(pid_t supervisor)
{
	int result = -1;
	bool gone = false;
	int status;
	pid_t pid;

	for (;;) {
		pid = wait(&status);
		if (pid < 0 && errno == ECHILD)
			return result;
		if (pid == supervisor) {
			gone = true;
			if (WIFSIGNALED(status))
				log_err("the supervisor was ended by signal %d",
					WTERMSIG(status));
			else
				result = WEXITSTATUS(status);
		}
		/* Once it is gone, nobody else has a right to live. */
		if (gone)
			(void)spawn_kill_children(0);
	}
}

/* A node takes three descriptors here, a client one. */
static void raise_files(void)
{
	struct rlimit l;

	if (getrlimit(RLIMIT_NOFILE, &l) < 0)
		return;
	l.rlim_cur = l.rlim_max < FILES_WANTED ? l.rlim_max : FILES_WANTED;
	(void)setrlimit(RLIMIT_NOFILE, &l);
}

__attribute__((noreturn)) static void supervise(const struct plan *plan,
						const struct cluster *cluster,
						int listener, pid_t guardian)
{
	int r;

	(void)prctl(PR_SET_NAME, KEEPERS_SUPERVISOR);
	raise_files();
	r = spawn_die_with_parent(guardian, SIGTERM);
	if (r == 0)
		r = supervisor_run(plan, cluster, listener);
	/* Should the guardian be gone, this was its work. */
	if (getppid() != guardian)
		cluster_sweep(cluster);
	_exit(r < 0 ? EXIT_FAILURE : STATUS_OF(r));
}

/* Nobody wants what this start has made. */
static bool is_to_be_undone(const struct plan *plan, int status)
{
	return status == STATUS_OF(SUPERVISOR_UNWANTED) ||
	       (status == STATUS_OF(SUPERVISOR_ABANDONED) &&
		plan->life == PLAN_TEMPORARY);
}

__attribute__((noreturn)) static void
guard(const struct plan *plan, const struct cluster *cluster, int listener)
{
	pid_t self = getpid(), pid;
	struct err e = { "" };
	int status = -1;

	(void)prctl(PR_SET_NAME, KEEPERS_GUARDIAN);
	(void)prctl(PR_SET_CHILD_SUBREAPER, 1);
	pid = fork();
	if (pid == 0)
		supervise(plan, cluster, listener, self);
	if (pid < 0)
		log_err_errno(errno, "cannot fork");
	else
		(void)keepers_note(cluster, self, pid);
	close_fd(&listener);
	/* Only SIGKILL ends the guardian before the supervisor. */
	(void)signal(SIGINT, SIG_IGN);
	(void)signal(SIGTERM, SIG_IGN);
	(void)signal(SIGHUP, SIG_IGN);
	if (pid > 0)
		status = wait_for_all(pid);
	cluster_sweep(cluster);
	if (is_to_be_undone(plan, status)) {
		(void)close(plan->fam_fd); /* and its lock */
		if (cluster_undo(cluster,
				 plan->fam_made ? plan->fam_path : NULL,
				 &e) < 0)
			log_err("%s", e.msg);
	}
	_exit(EXIT_SUCCESS);
}

static int by_number(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

/* Whatever "up" was started with stays its own: a lock or a pipe of the user's
 * must not last as long as the cluster, nor the connection that "up" owns the
 * cluster by.
 */
static void close_others(const int *keep, size_t n)
{
	int sorted[8], next = STDERR_FILENO + 1;

	memcpy(sorted, keep, n * sizeof(*keep));
	qsort(sorted, n, sizeof(*sorted), by_number);
	for (size_t i = 0; i < n; i++) {
		if (sorted[i] > next)
			(void)syscall(SYS_close_range, next, sorted[i] - 1, 0);
		next = sorted[i] + 1;
	}
	(void)syscall(SYS_close_range, next, ~0U, 0);
}

/* Standard input from nowhere, output and errors into the log, signals as ever. */
static int detach(const struct cluster *cluster)
{
	CLEANUP_FD int log = -1, null = -1;
	sigset_t none;
	int r;

	/* Our caller may hold some back. */
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	r = cluster_open_log(cluster, "supervisor.log", &log);
	if (r < 0)
		return r;
	null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (null < 0 || dup2(null, STDIN_FILENO) < 0 ||
	    dup2(log, STDOUT_FILENO) < 0 || dup2(log, STDERR_FILENO) < 0 ||
	    setsid() < 0)
		return -errno;
	/* So that no file system is held busy. */
	return chdir("/") < 0 ? -errno : 0;
}

int guardian_start(const struct plan *plan, struct cluster *cluster,
		   int listener, pid_t *ret_pid)
{
	pid_t pid = fork();

	if (pid == 0) {
		const int keep[] = { cluster->dirfd, cluster->lock,
				     plan->fam_fd, listener };

		if (detach(cluster) < 0)
			_exit(EXIT_FAILURE);
		close_others(keep, ARRAY_SIZE(keep));
		log_open("fame-run",
			 plan->verbose ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO,
			 true);
		guard(plan, cluster, listener);
	}
	if (pid < 0)
		pid = -errno;
	close_fd(&listener);
	if (pid < 0)
		return pid;
	*ret_pid = pid;
	return 0;
}
