/* SPDX-License-Identifier: MIT */

/* doctor_check.c - From facts of the host to rows: pure */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cleanup.h"
#include "doctor.h"
#include "topology.h"

/* What a cluster takes, and something to spare. */
#define NODE_FILES 12U
#define OTHER_FILES 64U
#define NODE_TASKS 8U /* QEMU's threads */
#define OTHER_TASKS 8U
#define NODE_KIB_MORE (64U << 10) /* QEMU itself */
#define NODES_FEW 4U		  /* fewer are worth a note */

static const char *sudo(const struct doctor_facts *f)
{
	return f->root ? "" : "sudo ";
}

static unsigned long long mb(uint64_t bytes)
{
	return bytes / 1000000;
}

/* For how many nodes something suffices, 32 at most. */
static unsigned nodes_for(uint64_t have, uint64_t other, uint64_t node)
{
	uint64_t n = have > other ? (have - other) / node : 0;

	return n > TOPOLOGY_NODES_MAX ? TOPOLOGY_NODES_MAX : (unsigned)n;
}

static enum checkup_result judge(unsigned nodes, unsigned few)
{
	if (!nodes)
		return CHECKUP_PROBLEM;
	return nodes < few ? CHECKUP_NOTE : CHECKUP_OK;
}

static const char *nodes_text(unsigned n, char *buf, size_t size)
{
	(void)snprintf(buf, size, "%s%u node%s",
		       n == TOPOLOGY_NODES_MAX ? "all " : "", n,
		       n == 1 ? "" : "s");
	return buf;
}

#define NODES_TEXT 32

/* ---- what runs the nodes -------------------------------------------------- */

static void check_qemu(const struct doctor_facts *f, struct checkup_row *row)
{
	if (!f->qemu)
		return checkup_say(row, CHECKUP_OK, "version %s", f->qemu_text);
	checkup_say(row, CHECKUP_PROBLEM, "%s", f->qemu_text);
	if (f->install)
		checkup_mend(row, "%s%s", sudo(f), f->install);
}

/* A device that is not there, or that is forbidden (EPERM) or closed (EACCES) to
 * us; its group is NULL if it is not meant for some. That of root is nobody's: it
 * gives more than the device.
 */
static void mend_device(const struct doctor_facts *f, const char *device,
			int error, const char *group, const char *module,
			struct checkup_row *row)
{
	if (f->container && (error == ENOENT || error == EPERM))
		checkup_mend(row, "%s run --device %s", f->container, device);
	else if (error == ENOENT && module)
		checkup_mend(row, "%smodprobe %s", sudo(f), module);
	else if (error == EACCES && group && strcmp(group, "root") != 0)
		checkup_mend(row, "%susermod -aG %s %s && newgrp %s", sudo(f),
			     group, f->user, group);
	else if (error == EACCES)
		checkup_mend(row, "%schmod 666 %s", sudo(f), device);
}

static const char *explain_kvm(const struct doctor_facts *f)
{
	if (f->kvm_tried)
		return "it opens, and does not run Linux (nested "
		       "virtualisation?)";
	if (f->kvm == ENOENT && !f->kvm_module && !f->container)
		return "the processor has no virtualisation: allow it in the "
		       "firmware or, of a virtual machine, on its host";
	return strerror(f->kvm);
}

static void check_kvm(const struct doctor_facts *f, struct checkup_row *row)
{
	if (!f->kvm)
		return checkup_say(row, CHECKUP_OK, "%s",
				   f->kvm_tried ?
					   "runs the nodes' kernel" :
					   "makes machines; with an image, its "
					   "kernel is run to be sure");
	checkup_say(row, f->wants_kvm ? CHECKUP_PROBLEM : CHECKUP_NOTE,
		    "not usable (%s); nodes run under TCG, which is slower",
		    explain_kvm(f));
	if (!f->kvm_tried)
		mend_device(f, "/dev/kvm", f->kvm, f->kvm_group, f->kvm_module,
			    row);
}

static void check_tun(const struct doctor_facts *f, struct checkup_row *row)
{
	if (!*f->bridge_text)
		return checkup_say(row, CHECKUP_OK, "--net bridge works");
	checkup_say(row, f->wants_bridge ? CHECKUP_PROBLEM : CHECKUP_NOTE,
		    "--net bridge does not work, --net user does: %s",
		    f->bridge_text);
	mend_device(f, "/dev/net/tun", f->tun, NULL, "tun", row);
}

/* ---- room ----------------------------------------------------------------- */

static void check_memory(const struct doctor_facts *f, struct checkup_row *row)
{
	unsigned n = nodes_for(f->memory_free, 0,
			       ((uint64_t)f->node_kib + NODE_KIB_MORE) << 10);
	char nodes[NODES_TEXT];

	checkup_say(row, judge(n, NODES_FEW),
		    "%llu MB are free, for %s of %u MiB", mb(f->memory_free),
		    nodes_text(n, nodes, sizeof(nodes)), f->node_kib >> 10);
	if (n < NODES_FEW && f->node_kib > 131072)
		checkup_mend(row, "export FAME_VDRAM=131072");
}

static void check_shm(const struct doctor_facts *f, struct checkup_row *row)
{
	bool here = f->dir_in_shm;
	uint64_t room = here ? f->dir_free : f->shm_free;
	bool fits = room >= f->fam_size;

	checkup_say(row, here && !fits ? CHECKUP_PROBLEM : CHECKUP_OK,
		    "%llu MB are free in '/dev/shm', %s for a FAME_FAM of %llu "
		    "MB there",
		    mb(room), fits ? "enough" : "too few", mb(f->fam_size));
	if (!here || fits)
		return;
	if (f->container)
		checkup_mend(row, "%s run --shm-size %" PRIu64, f->container,
			     f->fam_size);
	else
		checkup_mend(row,
			     "%smount -o remount,size=%" PRIu64 " /dev/shm",
			     sudo(f), f->fam_size);
}

static void check_disk(const struct doctor_facts *f, struct checkup_row *row)
{
	if (f->dir) {
		checkup_say(row, CHECKUP_PROBLEM,
			    "nothing can be made in '%s' for the shared "
			    "memory: %s",
			    f->dir_path, strerror(f->dir));
		return checkup_mend(row, "export FAME_DIR=\"$HOME/fame\"");
	}
	checkup_say(row,
		    f->dir_free < f->fam_size ? CHECKUP_PROBLEM : CHECKUP_OK,
		    "%llu MB are free in '%s' for a shared memory of %llu",
		    mb(f->dir_free), f->dir_path, mb(f->fam_size));
	if (f->dir_free < f->fam_size)
		checkup_mend(row, "export FAME_DIR=/another/file/system");
}

/* ---- limits --------------------------------------------------------------- */

static void check_nofile(const struct doctor_facts *f, struct checkup_row *row)
{
	unsigned n = nodes_for(f->nofile, OTHER_FILES, NODE_FILES);
	char nodes[NODES_TEXT];

	checkup_say(row, judge(n, TOPOLOGY_NODES_MAX),
		    "so many files may be open that %s can run",
		    nodes_text(n, nodes, sizeof(nodes)));
	if (n < TOPOLOGY_NODES_MAX)
		checkup_mend(row, "%sprlimit --pid $$ --nofile=1024:1024",
			     sudo(f));
}

/* Asked for in every report, and of no account here. */
static void check_memlock(const struct doctor_facts *f, struct checkup_row *row)
{
	if (f->memlock == DOCTOR_NO_LIMIT)
		return checkup_say(row, CHECKUP_OK, "no limit");
	checkup_say(row, CHECKUP_OK, "%llu KiB; nothing of ours locks memory",
		    (unsigned long long)f->memlock >> 10);
}

static void check_tasks(const struct doctor_facts *f, struct checkup_row *row)
{
	bool group = f->pids_left <= f->nproc;
	unsigned n = nodes_for(group ? f->pids_left : f->nproc, OTHER_TASKS,
			       NODE_TASKS);
	char nodes[NODES_TEXT];

	checkup_say(row, judge(n, TOPOLOGY_NODES_MAX),
		    "so many processes may be started that %s can run",
		    nodes_text(n, nodes, sizeof(nodes)));
	if (n == TOPOLOGY_NODES_MAX)
		return;
	if (!group)
		checkup_mend(row, "%sprlimit --pid $$ --nproc=4096:4096",
			     sudo(f));
	else if (f->container)
		checkup_mend(row, "%s run --pids-limit -1", f->container);
	else
		checkup_mend(row,
			     "%ssystemctl set-property user-$(id -u).slice "
			     "TasksMax=infinity",
			     sudo(f));
}

/* ---- all ------------------------------------------------------------------ */

static const struct {
	const char *name;
	void (*check)(const struct doctor_facts *f, struct checkup_row *row);
} checks[] = {
	{ "qemu", check_qemu },	    { "kvm", check_kvm },
	{ "tun", check_tun },	    { "memory", check_memory },
	{ "shm", check_shm },	    { "disk", check_disk },
	{ "nofile", check_nofile }, { "memlock", check_memlock },
	{ "tasks", check_tasks },
};

void doctor_check(const struct doctor_facts *f, struct checkup *ret)
{
	for (size_t i = 0; i < ARRAY_SIZE(checks); i++)
		checks[i].check(f, checkup_add(ret, checks[i].name));
}
