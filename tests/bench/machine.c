/* SPDX-License-Identifier: MIT */

/* machine.c - A QEMU as "fame-run up" starts one, for programs that compare */

#include "machine.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cleanup.h"
#include "log.h"
#include "qemu_args.h"
#include "spawn.h"
#include "strv.h"

#define MEMORY_KIB 262144

void machine_die(const char *what, int r)
{
	log_err_errno(r, "%s", what);
	exit(EXIT_FAILURE);
}

void machine_on_failed(void *arg, const char *text)
{
	(void)arg;
	log_err("%s", text);
	exit(EXIT_FAILURE);
}

void machine_on_broken(void *arg)
{
	machine_on_failed(arg, "an agent does not keep to the protocol");
}

static void make_args(const struct machine_conf *c, unsigned id,
		      struct strv *to)
{
	char name[TOPOLOGY_NAME_MAX], mac[TOPOLOGY_MAC_MAX];
	char kernel[PATH_MAX], initramfs[PATH_MAX];

	(void)snprintf(kernel, sizeof(kernel), "%s/vmlinux", c->image);
	(void)snprintf(initramfs, sizeof(initramfs), "%s/initramfs", c->image);
	qemu_args(&(struct qemu_conf){ .name = topology_name(c->t, id, name),
				       .mac = topology_mac(id, mac),
				       .kernel = kernel,
				       .initramfs = initramfs,
				       .append = "",
				       .vcpus = 1,
				       .tsc_khz = c->tsc_khz,
				       .memory_kib = MEMORY_KIB,
				       .fam_size = c->t->fam_size },
		  to);
}

pid_t machine_start(const struct machine_conf *c, unsigned id, int lan,
		    const struct agent_link_ops *ops, void *arg,
		    struct agent_link **ret_agent)
{
	CLEANUP_STRV struct strv args = { 0 };
	int console[2], agent[2], r;
	pid_t pid;

	make_args(c, id, &args);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, agent) < 0 ||
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, console) < 0)
		machine_die("socketpair", -errno);
	const struct spawn_fd fds[] = {
		{ STDERR_FILENO, STDERR_FILENO },
		{ console[1], QEMU_FD_CONSOLE },
		{ agent[1], QEMU_FD_AGENT },
		{ lan, QEMU_FD_LAN },
		{ c->fam_fd, QEMU_FD_FAM },
	};

	r = spawn(&(struct spawn){ .file = QEMU_PROGRAM,
				   .argv = args.v,
				   .fds = fds,
				   .n_fds = ARRAY_SIZE(fds),
				   .death_signal = SIGKILL },
		  &pid, NULL);
	if (r == 0)
		r = agent_link_new(c->base, agent[0], ops, arg, ret_agent);
	if (r < 0)
		machine_die("QEMU", r);
	(void)close(agent[1]);
	(void)close(console[1]); /* ours stays: a console without one ends */
	(void)close(lan);
	return pid;
}
