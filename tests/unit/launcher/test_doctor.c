/* SPDX-License-Identifier: MIT */

/* test_doctor.c - From facts of a host to what is wrong, and what mends it */

#include "doctor.h"

#include <errno.h>

#include "../unit.h"

#define GB 1000000000ULL

/* A host that has everything. */
static const struct doctor_facts good = {
	.user = "u",
	.install = "apt-get install qemu-system-x86",
	.fam_size = 4 * GB,
	.node_kib = 262144,
	.qemu_text = "7.2",
	.kvm_tried = true,
	.kvm_group = "kvm",
	.memory_free = 16 * GB,
	.shm_free = 8 * GB,
	.dir_path = "/home/u",
	.dir_free = 100 * GB,
	.nofile = 1024,
	.memlock = DOCTOR_NO_LIMIT,
	.nproc = DOCTOR_NO_LIMIT,
	.pids_left = DOCTOR_NO_LIMIT,
};

/* The row of @name has this result and is mended by what contains @mend. */
static void says(const struct doctor_facts *f, const char *name,
		 enum checkup_result result, const char *text, const char *mend)
{
	struct checkup c = { 0 };
	const struct checkup_row *row = NULL;

	doctor_check(f, &c);
	for (size_t i = 0; i < c.n; i++)
		if (!strcmp(c.rows[i].name, name))
			row = &c.rows[i];
	if (!row)
		fail_msg("no row '%s'", name);
	if (row->result != result || !strstr(row->text, text) ||
	    !strstr(row->mend, mend) || !*mend != !*row->mend ||
	    strchr(row->text, '\n'))
		fail_msg("%s: %d '%s' mend '%s'", name, row->result, row->text,
			 row->mend);
}

static void nothing_wrong(void **state)
{
	struct checkup c = { 0 };

	(void)state;
	doctor_check(&good, &c);
	for (size_t i = 0; i < c.n; i++) {
		assert_int_equal(c.rows[i].result, CHECKUP_OK);
		assert_string_equal(c.rows[i].mend, "");
		assert_true(*c.rows[i].text);
	}
}

static void qemu(void **state)
{
	struct doctor_facts f = good;

	(void)state;
	f.qemu = ENOENT;
	(void)snprintf(f.qemu_text, sizeof(f.qemu_text), "is not there");
	says(&f, "qemu", CHECKUP_PROBLEM, "is not there",
	     "sudo apt-get install qemu");
	f.root = true;
	says(&f, "qemu", CHECKUP_PROBLEM, "", "apt-get install qemu");
	f.install = NULL;
	says(&f, "qemu", CHECKUP_PROBLEM, "", "");
}

static void kvm(void **state)
{
	struct doctor_facts f = good;

	(void)state;
	f.kvm = EIO;
	says(&f, "kvm", CHECKUP_NOTE, "does not run Linux", "");
	f.wants_kvm = true;
	says(&f, "kvm", CHECKUP_PROBLEM, "does not run Linux", "");
	f.wants_kvm = f.kvm_tried = false;
	f.kvm = 0;
	says(&f, "kvm", CHECKUP_OK, "makes machines", "");
	f.kvm = EACCES;
	says(&f, "kvm", CHECKUP_NOTE, "Permission denied",
	     "sudo usermod -aG kvm u");
	(void)snprintf(f.kvm_group, sizeof(f.kvm_group), "root");
	says(&f, "kvm", CHECKUP_NOTE, "Permission denied",
	     "sudo chmod 666 /dev/kvm");
	f.kvm = ENOENT;
	says(&f, "kvm", CHECKUP_NOTE, "no virtualisation", "");
	f.kvm_module = "kvm_amd";
	says(&f, "kvm", CHECKUP_NOTE, "", "sudo modprobe kvm_amd");
	f.container = "podman";
	says(&f, "kvm", CHECKUP_NOTE, "", "podman run --device /dev/kvm");
}

static void room(void **state)
{
	struct doctor_facts f = good;

	(void)state;
	f.memory_free = 700ULL << 20;
	says(&f, "memory", CHECKUP_NOTE, "2 nodes", "FAME_VDRAM");
	f.memory_free = 100ULL << 20;
	says(&f, "memory", CHECKUP_PROBLEM, "0 nodes", "FAME_VDRAM");
	f.dir_free = GB;
	says(&f, "disk", CHECKUP_PROBLEM, "1000 MB", "FAME_DIR");
	f.dir = EACCES;
	says(&f, "disk", CHECKUP_PROBLEM, "Permission denied", "FAME_DIR");
	f.shm_free = GB;
	says(&f, "shm", CHECKUP_OK, "too few", "");
	(void)snprintf(f.dir_path, sizeof(f.dir_path), "/dev/shmX");
	says(&f, "shm", CHECKUP_OK, "too few", "");
	f.dir_in_shm = true;
	says(&f, "shm", CHECKUP_PROBLEM, "too few", "remount,size=4000000000");
	f.container = "docker";
	says(&f, "shm", CHECKUP_PROBLEM, "",
	     "docker run --shm-size 4000000000");
	/* What is free there, and what the memory has of it already. */
	f.dir_free = 4 * GB;
	says(&f, "shm", CHECKUP_OK, "4000 MB", "");
}

static void bridge(void **state)
{
	struct doctor_facts f = good;

	(void)state;
	(void)snprintf(f.bridge_text, sizeof(f.bridge_text), "no dnsmasq");
	says(&f, "tun", CHECKUP_NOTE, "--net user does: no dnsmasq", "");
	f.wants_bridge = true;
	says(&f, "tun", CHECKUP_PROBLEM, "no dnsmasq", "");
	f.tun = ENOENT;
	says(&f, "tun", CHECKUP_PROBLEM, "", "sudo modprobe tun");
	f.tun = EACCES;
	says(&f, "tun", CHECKUP_PROBLEM, "", "sudo chmod 666 /dev/net/tun");
	f.container = "docker";
	says(&f, "tun", CHECKUP_PROBLEM, "", "sudo chmod 666 /dev/net/tun");
	f.tun = ENOENT;
	says(&f, "tun", CHECKUP_PROBLEM, "",
	     "docker run --device /dev/net/tun");
	f.tun = 0;
	says(&f, "tun", CHECKUP_PROBLEM, "", "");
}

static void limits(void **state)
{
	struct doctor_facts f = good;

	(void)state;
	f.nofile = 256;
	says(&f, "nofile", CHECKUP_NOTE, "16 nodes", "sudo prlimit");
	f.nofile = 64;
	says(&f, "nofile", CHECKUP_PROBLEM, "0 nodes", "sudo prlimit");
	f.memlock = 65536;
	says(&f, "memlock", CHECKUP_OK, "64 KiB", "");
	f.pids_left = 100;
	says(&f, "tasks", CHECKUP_NOTE, "11 nodes", "TasksMax=infinity");
	f.container = "docker";
	says(&f, "tasks", CHECKUP_NOTE, "", "--pids-limit -1");
	f.nproc = 10;
	says(&f, "tasks", CHECKUP_PROBLEM, "", "--nproc");
}

static void cgroups(void **state)
{
	static const char mixed[] = "9:name=systemd:/a\n8:pids:/b\n0::/c\n";
	char buf[64];

	(void)state;
	assert_int_equal(doctor_cgroup(mixed, "pids", buf, sizeof(buf)), 0);
	assert_string_equal(buf, "/sys/fs/cgroup/pids/b");
	assert_int_equal(doctor_cgroup(mixed, "memory", buf, sizeof(buf)), 0);
	assert_string_equal(buf, "/sys/fs/cgroup/c");
	assert_int_equal(doctor_cgroup("0::/user.slice/x\n", "pids", buf,
				       sizeof(buf)),
			 0);
	assert_string_equal(buf, "/sys/fs/cgroup/user.slice/x");
	assert_int_equal(doctor_cgroup("", "pids", buf, sizeof(buf)), -ENOENT);
	assert_int_equal(doctor_cgroup(mixed, "pids", buf, 8), -ENAMETOOLONG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_wrong), cmocka_unit_test(qemu),
		cmocka_unit_test(kvm),		 cmocka_unit_test(room),
		cmocka_unit_test(limits),	 cmocka_unit_test(cgroups),
		cmocka_unit_test(bridge),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
