/* SPDX-License-Identifier: MIT */

/* machine.c - QEMU for a node: what it is told, and what it says in the end */

#include "machine.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "disk.h"
#include "qemu_args.h"
#include "spawn.h"

/* Who it is, for an init that asks before the agent can tell it. */
static char *kernel_append(const struct plan *p, unsigned node,
			   const char *name)
{
	char id[MACHINE_ID_MAX], *text;

	if (!p->image.root[0])
		return strdup(p->append);
	if (asprintf(&text, "%s systemd.machine_id=%s systemd.hostname=%s%s%s",
		     p->image.append,
		     machine_id_of_node(p->machine_id, node, id), name,
		     *p->append ? " " : "", p->append) < 0)
		return NULL;
	return text;
}

int machine_args(const struct plan *p, unsigned node, const char *by_hand,
		 struct strv *args)
{
	char mac[TOPOLOGY_MAC_MAX], name[TOPOLOGY_NAME_MAX];
	CLEANUP_FREE char *append = NULL;

	(void)topology_name(&p->topology, node, name);
	append = kernel_append(p, node, name);
	if (!append)
		return -ENOMEM;
	qemu_args(&(struct qemu_conf){ .name = name,
				       .mac = topology_mac(node, mac),
				       .kernel = p->image.kernel,
				       .initramfs = p->image.initramfs,
				       .append = append,
				       .tap = p->network == NETWORK_BRIDGE,
				       .vhost = p->vhost,
				       .kvm = p->kvm,
				       .tsc_khz = p->tsc_khz,
				       .disk = p->image.root[0],
				       .vcpus = p->vcpus,
				       .memory_kib = p->memory_kib,
				       .fam_size = p->topology.fam_size,
				       .doorbell_vectors = p->doorbell_vectors,
				       .by_hand = by_hand },
		  args);
	return strv_ok(args) ? 0 : -ENOMEM;
}

/* Its own, and the image's below it; neither if there is none. */
static int open_disk(const struct plan *p, const struct cluster *c,
		     const char *name, int *ret_disk, int *ret_root)
{
	const char *root = p->image.root;

	if (!root[0])
		return 0;
	*ret_root = open(root, O_RDONLY | O_CLOEXEC);
	if (*ret_root < 0)
		return -errno;
	return disk_open(c, name, root, ret_disk);
}

int machine_run(const struct plan *p, const struct cluster *c, unsigned node,
		const struct machine_fds *f, pid_t *ret_pid, int *ret_pidfd)
{
	CLEANUP_STRV struct strv args = { 0 };
	CLEANUP_FD int log = -1, disk = -1, root = -1;
	char name[TOPOLOGY_NAME_MAX], log_name[64];
	int r;

	(void)topology_name(&p->topology, node, name);
	(void)snprintf(log_name, sizeof(log_name), "%s.qemu", name);
	r = machine_args(p, node, NULL, &args);
	if (r == 0)
		r = cluster_open_log(c, log_name, &log);
	if (r == 0)
		r = open_disk(p, c, name, &disk, &root);
	if (r < 0)
		return r;
	/* What it does not have is nothing to it. */
	const struct spawn_fd fds[] = {
		{ log, STDOUT_FILENO },
		{ log, STDERR_FILENO },
		{ f->console, QEMU_FD_CONSOLE },
		{ f->agent, QEMU_FD_AGENT },
		{ f->lan, QEMU_FD_LAN },
		{ p->fam_fd, QEMU_FD_FAM },
		{ f->doorbell, QEMU_FD_DOORBELL },
		{ disk, QEMU_FD_DISK },
		{ root, QEMU_FD_ROOT },
	};

	return spawn(&(struct spawn){ .file = QEMU_PROGRAM,
				      .argv = args.v,
				      .fds = fds,
				      .n_fds = ARRAY_SIZE(fds),
				      .death_signal = SIGKILL },
		     ret_pid, ret_pidfd);
}

void machine_last_words(const struct cluster *c, const char *name, char *buf,
			size_t size)
{
	char path[128], text[512] = "";
	CLEANUP_FD int fd = -1;
	char *end, *line;
	struct stat st;
	ssize_t got;

	buf[0] = '\0';
	(void)snprintf(path, sizeof(path), CLUSTER_LOG_DIR "/%s.qemu", name);
	fd = openat(c->dirfd, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0)
		return;
	got = pread(fd, text, sizeof(text) - 1,
		    st.st_size < (off_t)sizeof(text) ?
			    0 :
			    st.st_size - (off_t)sizeof(text) + 1);
	if (got <= 0)
		return;
	for (end = text + got; end > text && end[-1] == '\n';)
		*--end = '\0';
	line = strrchr(text, '\n');
	(void)snprintf(buf, size, ": %s", line ? line + 1 : text);
	for (char *p = buf; *p; p++)
		if (*p < ' ' || *p > '~')
			*p = '?';
}
