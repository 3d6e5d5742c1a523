/* SPDX-License-Identifier: MIT */

/* accel.c - Can this host's KVM run the nodes? */

#include "accel.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cleanup.h"
#include "file.h"
#include "qemu_args.h"
#include "spawn.h"
#include "strv.h"

#define TRIAL_MS 5000 /* KVM needs a fraction of one second */
#define BOOT_ID "/proc/sys/kernel/random/boot_id"

/* ---- the trial ------------------------------------------------------------ */

static void trial_args(const struct image *image, struct strv *v)
{
	static const char *const fixed[] = {
		QEMU_PROGRAM, "-nodefaults", "-no-user-config",
		"-display",   "none",	     "-vga",
		"none",	      "-machine",    "q35",
		"-accel",     "kvm",	     "-cpu",
		"host",	      "-m",	     "256M",
		"-no-reboot", "-serial",     "stdio",
	};

	for (size_t i = 0; i < ARRAY_SIZE(fixed); i++)
		strv_push(v, fixed[i]);
	strv_push(v, "-kernel");
	strv_push(v, image->kernel);
	strv_push(v, "-append");
	strv_push(v, "console=ttyS0 earlyprintk=ttyS0 panic=-1");
}

static long now_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* The kernel's first line is proof enough: it has run in long mode by then. */
static bool hears_kernel(int fd)
{
	long end = now_ms() + TRIAL_MS, left;
	char buf[4096] = "";
	size_t n = 0;

	while (n < sizeof(buf) - 1 && (left = end - now_ms()) > 0) {
		struct pollfd p = { fd, POLLIN, 0 };
		ssize_t got;

		if (poll(&p, 1, (int)left) <= 0)
			continue;
		got = read(fd, buf + n, sizeof(buf) - 1 - n);
		if (got <= 0)
			break;
		n += (size_t)got;
		buf[n] = '\0';
		if (strstr(buf, "Linux version"))
			return true;
	}
	return false;
}

static int trial(const struct image *image)
{
	CLEANUP_STRV struct strv args = { 0 };
	CLEANUP_FD int from = -1;
	bool good;
	pid_t pid;
	int r;

	trial_args(image, &args);
	if (!strv_ok(&args))
		return -ENOMEM;
	r = spawn_piped(&(struct spawn){ .file = QEMU_PROGRAM,
					 .argv = args.v,
					 .death_signal = SIGKILL },
			STDOUT_FILENO, &pid, &from);
	if (r < 0)
		return r;
	good = hears_kernel(from);
	(void)kill(pid, SIGKILL);
	(void)spawn_wait(pid);
	return good ? 0 : -EIO;
}

/* ---- what is remembered --------------------------------------------------- */

/* "works" or "fails" for this boot, QEMU and image stands in a file beside the
 * images.
 */
static int memory_path(const struct image *image, char *buf, size_t size)
{
	int n = snprintf(buf, size, "%s/../../kvm", image->dir);

	return n < 0 || (size_t)n >= size ? -ENAMETOOLONG : 0;
}

static char *memory_text(const struct image *image,
			 const struct qemu_version *qemu, const char *result)
{
	CLEANUP_FREE char *boot = NULL;
	char *text;

	if (file_read(AT_FDCWD, BOOT_ID, 256, &boot, NULL) < 0)
		return NULL;
	boot[strcspn(boot, "\n")] = '\0';
	if (asprintf(&text, "%s %u.%u %s %s\n", boot, qemu->major, qemu->minor,
		     image->dir, result) < 0)
		return NULL;
	return text;
}

static bool remembered(const struct image *image,
		       const struct qemu_version *qemu, const char *result)
{
	CLEANUP_FREE char *want = memory_text(image, qemu, result);
	CLEANUP_FREE char *have = NULL;
	char path[PATH_MAX];

	return want && memory_path(image, path, sizeof(path)) == 0 &&
	       file_read(AT_FDCWD, path, 2 * PATH_MAX, &have, NULL) == 0 &&
	       !strcmp(want, have);
}

/* Not being able to is no failure: the trial is made again. */
static void remember(const struct image *image, const struct qemu_version *qemu,
		     const char *result)
{
	CLEANUP_FREE char *text = memory_text(image, qemu, result);
	char path[PATH_MAX];

	if (text && memory_path(image, path, sizeof(path)) == 0)
		(void)file_write(AT_FDCWD, path, text, strlen(text), 0600);
}

/* ---- the decision --------------------------------------------------------- */

static int check_kvm(const struct image *image, const struct qemu_version *qemu,
		     struct err *e)
{
	static const char broken[] =
		"KVM opens but does not run Linux here (nested "
		"virtualisation?): use --accel tcg";
	CLEANUP_FD int fd = -1;
	int r;

	fd = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return err_set(e, -errno,
			       "KVM is not usable ('/dev/kvm': %s): load the "
			       "module or get access, or use --accel tcg",
			       strerror(errno));
	if (remembered(image, qemu, "works"))
		return 0;
	if (remembered(image, qemu, "fails"))
		return err_set(e, -EIO, "%s", broken);
	r = trial(image);
	if (r == 0 || r == -EIO) /* else it did not take place */
		remember(image, qemu, r < 0 ? "fails" : "works");
	return r < 0 ? err_set(e, -EIO, "%s", broken) : 0;
}

int accel_choose(const char *want, const struct image *image,
		 const struct qemu_version *qemu, bool *ret_kvm,
		 struct err *ret_why, struct err *e)
{
	struct err why = { "" };
	int r;

	*ret_kvm = false;
	if (!strcmp(want, "tcg"))
		return 0;
	r = check_kvm(image, qemu, &why);
	if (r == 0) {
		*ret_kvm = true;
		return 0;
	}
	if (!strcmp(want, "kvm"))
		return err_set(e, r, "%s", why.msg);
	/* A host without KVM needs no explanation; one whose KVM fails does. */
	if (r != -ENOENT)
		*ret_why = why;
	return 0;
}
