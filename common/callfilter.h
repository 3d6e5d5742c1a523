/* SPDX-License-Identifier: MIT */

/* callfilter.h - The system calls that are left to a server
 *
 * Any other kills the process, with SIGSYS.
 */
#pragma once

#include <seccomp.h>
#include <stddef.h>

#include "err.h"

/* A call that may be made with the right argument only; a call that has several
 * of these may be made with any of them.
 */
struct callfilter_rule {
	int call;
	struct scmp_arg_cmp arg;
};

struct callfilter {
	const int *calls; /* whatever their arguments */
	size_t n_calls;
	const struct callfilter_rule *rules;
	size_t n_rules;
};

/**
 * callfilter_enter() - Give all other system calls up
 * @f:	What is needed beside that which every server needs: an event loop,
 *	descriptors that are open, memory, signals, its end
 * @e:	Why not
 *
 * Without effect under ASan, which opens files and starts a process to report
 * what it finds.
 *
 * Return: 0 or a negative errno
 */
int callfilter_enter(const struct callfilter *f, struct err *e);
