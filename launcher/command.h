/* SPDX-License-Identifier: MIT */

/* command.h - Run a command of the host on the terminal, and outlive it */
#pragma once

#include <sys/types.h>

#include "err.h"

/* Exit statuses as those of env(1) and timeout(1). */
enum command_exit {
	COMMAND_TIME_LIMIT = 124,
	COMMAND_NOT_STARTED = 125, /* for a reason of ours */
	COMMAND_NOT_RUN = 126,
	COMMAND_NOT_FOUND = 127,
};

/**
 * command_run() - Run a command, and wait until it ends
 * @argv:	Its first is looked for in PATH
 * @limit_s:	Seconds that it may take; 0 = any. Then it gets SIGTERM, and
 *		SIGKILL when it does not heed that
 * @but:	A child of ours that has nothing to do with it; 0 = none
 * @e:		A sentence, if it is one of those; else untouched
 *
 * Signals that mean to end us go to the command, a second one kills it. Those
 * of the terminal it gets by itself. What it leaves running when it ends, however
 * far below it, is killed: it would outlive the cluster that it was for.
 *
 * Return: its exit status, 128 + the signal that ended it, or one of enum
 *         command_exit
 */
int command_run(char *const *argv, unsigned limit_s, pid_t but, struct err *e);
