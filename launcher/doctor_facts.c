/* SPDX-License-Identifier: MIT */

/* doctor_facts.c - What the host says of itself */

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/kvm.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "accel.h"
#include "cleanup.h"
#include "doctor.h"
#include "fam.h"
#include "file.h"
#include "net_bridge.h"
#include "parse.h"
#include "qemu_probe.h"
#include "topology.h"

#define TEXT_MAX (4U << 20)
#define SHM "/dev/shm"

/* ---- who and where we are ------------------------------------------------- */

static const char *find_container(void)
{
	if (access("/run/.containerenv", F_OK) == 0)
		return "podman";
	return access("/.dockerenv", F_OK) == 0 ? "docker" : NULL;
}

static const char *find_install(void)
{
	static const struct {
		const char *program;
		const char *install;
	} managers[] = {
		{ "/usr/bin/apt-get", "apt-get install qemu-system-x86" },
		{ "/usr/bin/dnf", "dnf install qemu-system-x86-core" },
		{ "/usr/bin/zypper", "zypper install qemu-x86" },
		{ "/usr/bin/pacman", "pacman -S qemu-system-x86" },
		{ "/sbin/apk", "apk add qemu-system-x86_64" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(managers); i++)
		if (access(managers[i].program, X_OK) == 0)
			return managers[i].install;
	return NULL;
}

static const char *find_kvm_module(void)
{
	CLEANUP_FREE char *text = NULL;

	if (file_read(AT_FDCWD, "/proc/cpuinfo", TEXT_MAX, &text, NULL) < 0)
		return NULL;
	if (strstr(text, " vmx "))
		return "kvm_intel";
	return strstr(text, " svm ") ? "kvm_amd" : NULL;
}

static void read_place(struct doctor_facts *f)
{
	const struct passwd *pw = getpwuid(getuid());

	f->root = geteuid() == 0;
	if (pw)
		(void)snprintf(f->user, sizeof(f->user), "%s", pw->pw_name);
	else
		(void)snprintf(f->user, sizeof(f->user), "%u", getuid());
	f->container = find_container();
	f->install = find_install();
	f->kvm_module = find_kvm_module();
}

/* ---- QEMU and KVM --------------------------------------------------------- */

/* A machine and a processor can be made. That says little, but without an image
 * there is nothing to run in it.
 */
static int make_machine(void)
{
	CLEANUP_FD int fd = open("/dev/kvm", O_RDWR | O_CLOEXEC), vm = -1,
		       cpu = -1;

	if (fd < 0)
		return errno;
	vm = ioctl(fd, KVM_CREATE_VM, 0);
	if (vm < 0)
		return errno;
	cpu = ioctl(vm, KVM_CREATE_VCPU, 0);
	return cpu < 0 ? errno : 0;
}

static int try_kvm(const char *dir, const struct qemu_version *qemu)
{
	struct image image;
	struct err why = { "" };
	bool kvm;

	image_set_dir(&image, dir);
	return -accel_choose("kvm", &image, qemu, &kvm, &why, &why);
}

static void read_machines(const char *image, struct doctor_facts *f)
{
	struct qemu_version v = { 0 };
	const struct group *g = NULL;
	struct err e = { "" };
	struct stat st;

	f->qemu = -qemu_probe(&v, &e);
	(void)snprintf(f->qemu_text, sizeof(f->qemu_text), "%u.%u", v.major,
		       v.minor);
	if (f->qemu)
		(void)snprintf(f->qemu_text, sizeof(f->qemu_text), "%.*s",
			       (int)sizeof(f->qemu_text) - 1, e.msg);
	f->kvm = make_machine();
	if (!f->kvm && !f->qemu && *image) {
		f->kvm_tried = true;
		f->kvm = try_kvm(image, &v);
	}
	if (stat("/dev/kvm", &st) == 0)
		g = getgrgid(st.st_gid);
	(void)snprintf(f->kvm_group, sizeof(f->kvm_group), "%s",
		       g ? g->gr_name : "kvm");
}

static void read_bridge(const struct settings *s, struct doctor_facts *f)
{
	CLEANUP_FD int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
	struct topology t = { .n_nodes = 1 };
	struct err e = { "" };

	f->tun = fd < 0 ? errno : 0;
	(void)snprintf(t.hostbase, sizeof(t.hostbase), "%s",
		       settings_get(s, SETTING_HOSTBASE));
	(void)snprintf(t.octets, sizeof(t.octets), "%s",
		       settings_get(s, SETTING_OCTETS123));
	if (net_bridge_try(&t, &e) < 0)
		(void)snprintf(f->bridge_text, sizeof(f->bridge_text), "%.*s",
			       (int)sizeof(f->bridge_text) - 1, e.msg);
}

/* ---- room ----------------------------------------------------------------- */

/* The number in a file: "max" and what cannot be read are no limit. */
static uint64_t read_number(const char *dir, const char *name)
{
	CLEANUP_FREE char *text = NULL;
	char path[PATH_MAX + 32];
	uint64_t v;

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	if (file_read(AT_FDCWD, path, 64, &text, NULL) < 0)
		return DOCTOR_NO_LIMIT;
	text[strcspn(text, "\n")] = '\0';
	return parse_u64(text, 0, UINT64_MAX, &v) < 0 ? DOCTOR_NO_LIMIT : v;
}

int doctor_cgroup(const char *text, const char *controller, char *buf,
		  size_t size)
{
	const char *tree = "", *slash = "", *at;
	char one[64];
	int n;

	/* Version 1 has a tree for each controller, version 2 one for all. */
	(void)snprintf(one, sizeof(one), ":%s:", controller);
	at = strstr(text, one);
	if (at) {
		at += strlen(one);
		slash = "/";
		tree = controller;
	} else if (!strncmp(text, "0::", 3)) {
		at = text + 3;
	} else if ((at = strstr(text, "\n0::"))) {
		at += 4;
	} else {
		return -ENOENT;
	}
	n = snprintf(buf, size, "/sys/fs/cgroup%s%s%.*s", slash, tree,
		     (int)strcspn(at, "\n"), at);
	return n < 0 || (size_t)n >= size ? -ENAMETOOLONG : 0;
}

/* What a group and those above it leave of a thing. */
static uint64_t cgroup_left(const char *controller, const char *max,
			    const char *current)
{
	CLEANUP_FREE char *text = NULL;
	uint64_t left = DOCTOR_NO_LIMIT;
	char dir[PATH_MAX];

	if (file_read(AT_FDCWD, "/proc/self/cgroup", TEXT_MAX, &text, NULL) <
		    0 ||
	    doctor_cgroup(text, controller, dir, sizeof(dir)) < 0)
		return left;
	while (strlen(dir) >= strlen("/sys/fs/cgroup")) {
		uint64_t most = read_number(dir, max);
		uint64_t now = read_number(dir, current);

		if (most != DOCTOR_NO_LIMIT && now != DOCTOR_NO_LIMIT &&
		    (most > now ? most - now : 0) < left)
			left = most > now ? most - now : 0;
		*strrchr(dir, '/') = '\0';
	}
	return left;
}

static uint64_t memory_available(void)
{
	static const char key[] = "\nMemAvailable:";
	CLEANUP_FREE char *text = NULL;
	const char *at;

	if (file_read(AT_FDCWD, "/proc/meminfo", TEXT_MAX, &text, NULL) < 0)
		return 0;
	at = strstr(text, key);
	return at ? strtoull(at + sizeof(key) - 1, NULL, 10) * 1024 : 0;
}

static uint64_t min(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static void read_memory(struct doctor_facts *f)
{
	uint64_t group =
		min(cgroup_left("memory", "memory.max", "memory.current"),
		    cgroup_left("memory", "memory.limit_in_bytes",
				"memory.usage_in_bytes"));

	f->memory_free = min(memory_available(), group);
}

static uint64_t free_bytes(const char *path)
{
	struct statvfs v;

	return statvfs(path, &v) < 0 ? 0 : (uint64_t)v.f_bavail * v.f_frsize;
}

/* The directory that the shared memory goes to, or what is there of its path.
 * What the memory has taken already it needs no more.
 */
static void read_dir(const struct settings *s, struct doctor_facts *f)
{
	const char *fam = settings_get(s, SETTING_FAM);
	char *path = f->dir_path;
	struct stat st, shm;

	(void)snprintf(path, sizeof(f->dir_path), "%s", fam);
	do {
		char *slash = strrchr(path, '/');

		slash[slash == path] = '\0';
	} while (access(path, F_OK) < 0 && path[1]);
	f->dir = access(path, W_OK | X_OK) < 0 ? errno : 0;
	f->dir_free = free_bytes(path);
	f->dir_in_shm = stat(path, &st) == 0 && stat(SHM, &shm) == 0 &&
			st.st_dev == shm.st_dev;
	if (stat(fam, &st) == 0)
		f->dir_free += (uint64_t)st.st_blocks * 512;
}

static uint64_t limit(__rlimit_resource_t what)
{
	struct rlimit l;

	if (getrlimit(what, &l) < 0 || l.rlim_max == RLIM_INFINITY)
		return DOCTOR_NO_LIMIT;
	return l.rlim_max;
}

void doctor_facts_read(const struct settings *s, const char *image,
		       struct doctor_facts *ret)
{
	*ret = (struct doctor_facts){ 0 };
	ret->wants_kvm = !strcmp(settings_get(s, SETTING_ACCEL), "kvm");
	ret->wants_bridge = !strcmp(settings_get(s, SETTING_NET), "bridge");
	(void)fam_parse_size(settings_get(s, SETTING_FAM_SIZE), &ret->fam_size);
	ret->node_kib = settings_number(s, SETTING_VDRAM);
	read_place(ret);
	read_machines(image, ret);
	read_bridge(s, ret);
	read_memory(ret);
	ret->shm_free = free_bytes(SHM);
	read_dir(s, ret);
	ret->nofile = limit(RLIMIT_NOFILE);
	ret->memlock = limit(RLIMIT_MEMLOCK);
	/* The superuser's processes are not counted. */
	ret->nproc = ret->root ? DOCTOR_NO_LIMIT : limit(RLIMIT_NPROC);
	ret->pids_left = cgroup_left("pids", "pids.max", "pids.current");
}
