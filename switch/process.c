/* SPDX-License-Identifier: MIT */

/* process.c - Signals and limits of a process that has an uplink */

#include "process.h"

#include <errno.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/signalfd.h>

#include "log.h"
#include "pollset.h"

int process_open_signals(void)
{
	sigset_t set;
	int fd;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGINT);
	(void)sigaddset(&set, SIGHUP);
	/* libslirp writes to sockets whose other end may be closed. */
	if (signal(SIGPIPE, SIG_IGN) == SIG_ERR)
		return -errno;
	if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
		return -errno;
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return fd < 0 ? -errno : fd;
}

void process_limit_files(void)
{
	struct rlimit l;

	if (getrlimit(RLIMIT_NOFILE, &l) < 0)
		return;
	l.rlim_cur = l.rlim_max < POLLSET_MAX ? l.rlim_max : POLLSET_MAX;
	if (setrlimit(RLIMIT_NOFILE, &l) < 0)
		log_warn_errno(errno, "cannot set the number of files, going "
				      "on with what there is");
}
