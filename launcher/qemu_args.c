/* SPDX-License-Identifier: MIT */

/* qemu_args.c - A node's QEMU command line: a pure function */

#include "qemu_args.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"

static void option(struct strv *v, const char *name, const char *value)
{
	strv_push(v, name);
	if (value)
		strv_push(v, value);
}

/* A comma inside a value is doubled. NULL = no memory. */
static char *escape(const char *s)
{
	char *out = malloc(2 * strlen(s) + 1), *p = out;

	if (!out)
		return NULL;
	do {
		*p++ = *s;
		if (*s == ',')
			*p++ = ',';
	} while (*s++);
	return out;
}

static void machine(struct strv *v, const struct qemu_conf *c)
{
	/* Nothing that is not named below, whatever the host configured. */
	option(v, "-nodefaults", NULL);
	option(v, "-no-user-config", NULL);
	option(v, "-display", "none");
	option(v, "-vga", "none");
	option(v, "-machine", "q35");
	/* A guest that panics or powers off is an end, not a reboot. */
	option(v, "-no-reboot", NULL);
	option(v, "-sandbox",
	       "on,obsolete=deny,elevateprivileges=deny,spawn=deny,"
	       "resourcecontrol=deny");
	strv_push(v, "-m");
	strv_pushf(v, "%" PRIu32 "K", c->memory_kib);
}

static void processor(struct strv *v, const struct qemu_conf *c)
{
	if (c->kvm) {
		option(v, "-accel", "kvm");
		option(v, "-cpu", "host");
		strv_push(v, "-smp");
		strv_pushf(v, "%u", c->vcpus);
		return;
	}
	/* The cache of translated code is bounded: nodes are many. */
	option(v, "-accel", "tcg,thread=multi,tb-size=128");
	/* With cx16, kernel 6.12 panics under the TCG of QEMU 7.2. */
	option(v, "-cpu", "max,-cx16");
	/* With one possible processor, TCG makes the guest's atomic operations
	 * plain ones: not atomic between nodes.
	 */
	strv_push(v, "-smp");
	strv_pushf(v, "%u,maxcpus=%u", c->vcpus, c->vcpus < 2 ? 2 : c->vcpus);
}

/* What a kernel would measure by itself: work under TCG, and under load wrong. */
static const char *measures(const struct qemu_conf *c, char *buf, size_t size)
{
	if (c->kvm)
		return "";
	if (!c->tsc_khz)
		return " lpj=4000000";
	(void)snprintf(buf, size, " lpj=4000000 tsc_early_khz=%u", c->tsc_khz);
	return buf;
}

static void kernel(struct strv *v, const struct qemu_conf *c)
{
	/* no_timer_check: under load the kernel takes a late tick for a broken
	 * timer. The rest is work that a node that lives for minutes does not
	 * need at every start.
	 */
	static const char base[] =
		"console=ttyS0 quiet panic=-1 reboot=t no_timer_check "
		"mitigations=off nokaslr random.trust_cpu=on tsc=reliable "
		"audit=0 apparmor=0 selinux=0 nowatchdog cryptomgr.notests "
		"8250.nr_uarts=1 i8042.noaux i8042.nomux i8042.nopnp "
		"i8042.dumbkbd net.ifnames=0";
	char measured[64];

	option(v, "-kernel", c->kernel);
	option(v, "-initrd", c->initramfs);
	strv_push(v, "-append");
	strv_pushf(v, "%s%s%s%s", base, measures(c, measured, sizeof(measured)),
		   *c->append ? " " : "", c->append);
}

static void network(struct strv *v, const struct qemu_conf *c)
{
	strv_push(v, "-netdev");
	if (c->by_hand)
		strv_push(v, c->by_hand);
	else if (c->tap)
		strv_pushf(v, "tap,id=lan,fd=%d,vhost=%s", QEMU_FD_LAN,
			   c->vhost ? "on" : "off");
	else
		strv_pushf(v, "socket,id=lan,fd=%d", QEMU_FD_LAN);
	strv_push(v, "-device");
	strv_pushf(v, "virtio-net-pci,netdev=lan,mac=%s,romfile=", c->mac);
}

/* Everything a node talks through is a descriptor it inherits. By hand, they are
 * what a shell can make and people can attach to.
 */
static void channels(struct strv *v, const struct qemu_conf *c)
{
	strv_push(v, "-chardev");
	if (c->by_hand)
		strv_pushf(v,
			   "socket,id=console,path=%s.console,server=on,"
			   "wait=off,logfile=%s.log",
			   c->name, c->name);
	else
		strv_pushf(v, "socket,id=console,fd=%d", QEMU_FD_CONSOLE);
	option(v, "-serial", "chardev:console");

	/* QEMU polls two descriptors for each port that there could be, of 31,
	 * with every packet; the first port is for consoles only.
	 */
	option(v, "-device", "virtio-serial-pci,max_ports=2");
	strv_push(v, "-chardev");
	if (c->by_hand)
		strv_pushf(v, "pipe,id=agent,path=%s.agent", c->name);
	else
		strv_pushf(v, "socket,id=agent,fd=%d", QEMU_FD_AGENT);
	option(v, "-device", "virtserialport,chardev=agent,name=fame.agent");
	network(v, c);
}

static void shared_memory(struct strv *v, const struct qemu_conf *c)
{
	/* share=on: without it each node silently gets memory of its own. */
	strv_push(v, "-object");
	strv_pushf(v,
		   "memory-backend-file,id=fam,mem-path=/proc/self/fd/%d,"
		   "size=%" PRIu64 ",share=on,dump=off,merge=off",
		   QEMU_FD_FAM, c->fam_size);
	option(v, "-device", "ivshmem-plain,memdev=fam");
}

/* Both files by descriptors: QEMU looks no name up, also not the one that the
 * upper has for the lower. What the node gives back, the host gets back.
 */
static void disk(struct strv *v, const struct qemu_conf *c)
{
	if (!c->disk)
		return;
	strv_push(v, "-add-fd");
	strv_pushf(v, "set=0,fd=%d", QEMU_FD_DISK);
	strv_push(v, "-add-fd");
	strv_pushf(v, "set=1,fd=%d", QEMU_FD_ROOT);
	option(v, "-blockdev",
	       "driver=file,node-name=upper,filename=/dev/fdset/0,"
	       "discard=unmap");
	option(v, "-blockdev",
	       "driver=file,node-name=lower,filename=/dev/fdset/1,"
	       "read-only=on");
	option(v, "-blockdev",
	       "driver=qcow2,node-name=disk,file=upper,backing=lower,"
	       "discard=unmap");
	/* A host without space is told to the node; QEMU would stop it, and
	 * nobody would start it again.
	 */
	option(v, "-device",
	       "virtio-blk-pci,drive=disk,werror=report,rerror=report");
}

static void doorbells(struct strv *v, const struct qemu_conf *c)
{
	if (!c->doorbell_vectors)
		return;
	strv_push(v, "-chardev");
	strv_pushf(v, "socket,id=doorbell,fd=%d", QEMU_FD_DOORBELL);
	strv_push(v, "-device");
	strv_pushf(v, "ivshmem-doorbell,chardev=doorbell,vectors=%u",
		   c->doorbell_vectors);
}

void qemu_args(const struct qemu_conf *c, struct strv *ret_args)
{
	CLEANUP_FREE char *name = escape(c->name);

	strv_push(ret_args, QEMU_PROGRAM);
	strv_push(ret_args, "-name");
	strv_push(ret_args, name ? name : c->name);
	machine(ret_args, c);
	processor(ret_args, c);
	kernel(ret_args, c);
	channels(ret_args, c);
	shared_memory(ret_args, c);
	doorbells(ret_args, c);
	disk(ret_args, c);
}
