/* SPDX-License-Identifier: MIT */

/* machine.h - QEMU for a node: what it is told, and what it says in the end */
#pragma once

#include <stddef.h>
#include <sys/types.h>

#include "cluster.h"
#include "plan.h"
#include "strv.h"

/* QEMU's ends of a node's channels. */
struct machine_fds {
	int console;
	int agent;
	int lan;
	int doorbell; /* -1 = none */
};

/**
 * machine_args() - QEMU's command line for a node
 * @node:	1..
 * @by_hand:	See struct qemu_conf
 * @args:	Result; it names descriptors as qemu_args.h says
 *
 * Return: 0 or -ENOMEM
 */
int machine_args(const struct plan *p, unsigned node, const char *by_hand,
		 struct strv *args);

/**
 * machine_run() - Start QEMU for a node
 * @c:		Has its log and its disk, which is made if need be
 * @node:	1..
 * @fds:	Borrowed
 * @ret_pid: @ret_pidfd:	As for spawn()
 */
int machine_run(const struct plan *p, const struct cluster *c, unsigned node,
		const struct machine_fds *fds, pid_t *ret_pid, int *ret_pidfd);

/**
 * machine_last_words() - The last line that QEMU wrote on standard error
 * @name:	The node's
 * @buf: @size:	": LINE", printable; "" = there is none
 */
void machine_last_words(const struct cluster *c, const char *name, char *buf,
			size_t size);
