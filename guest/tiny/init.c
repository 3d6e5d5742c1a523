/* SPDX-License-Identifier: MIT */

/* init.c - First program of a node: mounts, modules, then the system's init
 *
 * In a tiny node that is busybox's, in this same file system. With "root=" on
 * the kernel's command line it is that of the disk named there.
 *
 * What a shell script would say in 15 lines; but each of its commands is a
 * process, and under emulation they cost a tenth of the whole start. A step
 * that fails is told and passed over: a node with a console is easier to mend
 * than a kernel that panics because init ended.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
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

/* A virtio disk is there when its driver's module is loaded. */
#define DISK_DIR "/mnt"
#define DISK_FS "ext4"
#define ROOT_PARAMETER "root="
#define COMMAND_LINE_SIZE 2048 /* the kernel's limit on x86 */

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

/* What the kernel's command line says of the root. Return: false = nothing */
static bool find_disk(char *disk, size_t size)
{
	char line[COMMAND_LINE_SIZE], *save = NULL;
	FILE *f = fopen("/proc/cmdline", "re");
	bool found = false;

	if (!f)
		return false;
	if (!fgets(line, sizeof(line), f))
		line[0] = '\0';
	(void)fclose(f);
	for (const char *w = strtok_r(line, " \n", &save); w;
	     w = strtok_r(NULL, " \n", &save)) {
		if (strncmp(w, ROOT_PARAMETER, strlen(ROOT_PARAMETER)) != 0)
			continue;
		(void)snprintf(disk, size, "%s", w + strlen(ROOT_PARAMETER));
		found = true;
	}
	return found;
}

/* The mounts move along. The initramfs stays below, as long as nobody needs its
 * two megabytes.
 */
static void switch_root(const char *disk)
{
	static const char *const moved[] = { "/dev", "/proc", "/sys", "/run" };
	char to[64];

	if (mount(disk, DISK_DIR, DISK_FS, MS_NOATIME, NULL) < 0) {
		complain(disk);
		return;
	}
	for (size_t i = 0; i < sizeof(moved) / sizeof(moved[0]); i++) {
		(void)snprintf(to, sizeof(to), DISK_DIR "%s", moved[i]);
		if (mount(moved[i], to, NULL, MS_MOVE, NULL) < 0)
			complain(to);
	}
	if (chdir(DISK_DIR) < 0 || mount(".", "/", NULL, MS_MOVE, NULL) < 0 ||
	    chroot(".") < 0 || chdir("/") < 0)
		complain(DISK_DIR);
}

int main(void)
{
	char name[] = NEXT_INIT, disk[64];
	char *argv[] = { name, NULL };

	enter_root();
	mount_all();
	load_modules();
	allow_huge_pages();
	if (find_disk(disk, sizeof(disk)))
		switch_root(disk);
	(void)execv(NEXT_INIT, argv);
	complain(NEXT_INIT);
	return 1;
}
