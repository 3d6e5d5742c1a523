/* SPDX-License-Identifier: MIT */

/* init.c - First program of a tiny node: mounts, modules, then busybox's init
 *
 * What a shell script would say in 15 lines; but each of its commands is a
 * process, and under emulation they cost a tenth of the whole start. A step
 * that fails is told and passed over: a node with a console is easier to mend
 * than a kernel that panics because init ended.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MODULES_LIST "/etc/fame/modules"
#define NEXT_INIT "/sbin/init"

#define SAFE (MS_NOSUID | MS_NOEXEC | MS_NODEV)

static const struct {
	const char *type;
	const char *dir;
	unsigned long flags;
	const char *options;
} mounts[] = {
	{ "devtmpfs", "/dev", MS_NOSUID | MS_NOEXEC, "mode=0755" },
	{ "proc", "/proc", SAFE, NULL },
	{ "sysfs", "/sys", SAFE, NULL },
	{ "devpts", "/dev/pts", MS_NOSUID | MS_NOEXEC,
	  "gid=5,mode=620,ptmxmode=666" },
	{ "tmpfs", "/dev/shm", MS_NOSUID | MS_NODEV, "mode=1777" },
	{ "tmpfs", "/run", MS_NOSUID | MS_NODEV, "mode=0755" },
	{ "tmpfs", "/tmp", MS_NOSUID | MS_NODEV, "mode=1777" },
};

static void complain(const char *what)
{
	(void)fprintf(stderr, "init: \"%s\": %s\n", what, strerror(errno));
}

/* Nothing can be put in the place of the kernel's first root, nor beneath what
 * is mounted on it. So the node lives in a mount of the same files above it,
 * as on a disk; pivot_root(2) works there too.
 */
static void enter_root(void)
{
	if (mount("/", "/mnt", NULL, MS_BIND, NULL) < 0 || chdir("/mnt") < 0 ||
	    mount(".", "/", NULL, MS_MOVE, NULL) < 0 || chroot(".") < 0 ||
	    chdir("/") < 0)
		complain("/");
}

static void mount_all(void)
{
	/* The kernel's first root is a tmpfs, in which all may write. */
	if (chmod("/", 0755) < 0)
		complain("/");
	for (size_t i = 0; i < sizeof(mounts) / sizeof(mounts[0]); i++) {
		(void)mkdir(mounts[i].dir, 0755);
		if (mount(mounts[i].type, mounts[i].dir, mounts[i].type,
			  mounts[i].flags, mounts[i].options) < 0)
			complain(mounts[i].dir);
	}
}

static void load_module(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || syscall(SYS_finit_module, fd, "", 0) < 0)
		complain(path);
	if (fd >= 0)
		(void)close(fd);
}

/* One path a line, each after those that it needs. */
static void load_modules(void)
{
	FILE *f = fopen(MODULES_LIST, "re");
	char line[256];

	if (!f) {
		if (errno != ENOENT)
			complain(MODULES_LIST);
		return;
	}
	while (fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = '\0';
		if (*line)
			load_module(line);
	}
	(void)fclose(f);
}

/* Machines with little memory start without; fam.ko maps huge pages whole. */
static void allow_huge_pages(void)
{
	static const char path[] =
		"/sys/kernel/mm/transparent_hugepage/enabled";
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, "always", 6) != 6)
		complain(path);
	if (fd >= 0)
		(void)close(fd);
}

int main(void)
{
	char name[] = NEXT_INIT;
	char *argv[] = { name, NULL };

	enter_root();
	mount_all();
	load_modules();
	allow_huge_pages();
	(void)execv(NEXT_INIT, argv);
	complain(NEXT_INIT);
	return 1;
}
