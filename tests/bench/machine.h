/* SPDX-License-Identifier: MIT */

/* machine.h - A QEMU as "fame-run up" starts one, for programs that compare
 *
 * They end at the first failure, and their QEMUs with them.
 */
#pragma once

#include <stdint.h>
#include <sys/types.h>

#include "agent_link.h"
#include "topology.h"

/**
 * struct machine_conf - What machines are started of
 * @base:	Loop of their agents' links
 * @t:		Names, and the size of the FAM
 * @image:	Directory with kernel and initramfs
 * @tsc_khz:	tsc_khz()
 * @fam_fd:	The FAM
 */
struct machine_conf {
	struct event_base *base;
	const struct topology *t;
	const char *image;
	uint32_t tsc_khz;
	int fam_fd;
};

/* Logs @what and the errno @r, negative or 0, and exits. */
void machine_die(const char *what, int r) __attribute__((noreturn));

/* For struct agent_link_ops: exit. */
void machine_on_failed(void *arg, const char *text);
void machine_on_broken(void *arg);

/**
 * machine_start() - Start node @id
 * @c:		All of them
 * @id:		From 1 on
 * @lan:	Other end of its network card; taken over
 * @ops: @arg:	What its agent says
 * @ret_agent:	For agent_link_exec() and others
 *
 * Return: the process
 */
pid_t machine_start(const struct machine_conf *c, unsigned id, int lan,
		    const struct agent_link_ops *ops, void *arg,
		    struct agent_link **ret_agent);
