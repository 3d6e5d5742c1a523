/* SPDX-License-Identifier: MIT */

/* check_mod_life.c - Checks of fam.ko: the device goes, the module goes, calls
 * of the kernel fail
 */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cleanup.h"
#include "modtest.h"

#define DEVICE "/dev/fam"
#define REMOVE "/sys/class/misc/fam/device/remove"
#define RESCAN "/sys/bus/pci/rescan"
#define NTH "/sys/module/fam_fault/parameters/nth"
#define RW (PROT_READ | PROT_WRITE)

static int load(const struct test *t)
{
	CLEANUP_FD int fd = open(t->dir, O_RDONLY | O_CLOEXEC);

	return (int)syscall(SYS_finit_module, fd, "", 0);
}

static int unload(void)
{
	return (int)syscall(SYS_delete_module, "fam", O_NONBLOCK);
}

static void let_go(struct test *t)
{
	if (t->p)
		(void)munmap(t->p, t->size);
	t->p = NULL;
	close_fd(&t->fd);
	close_fd(&t->dev);
}

/* ---- the device -------------------------------------------------------------- */

static int write_far(const struct test *t)
{
	return pwrite(t->fd, "x", 1, MOD_BOOK) == 1 ? 0 : errno;
}

/* Everything that is there when the device goes. */
struct witness {
	int serve;
	char *memory;
	pid_t writer; /* waits for the daemon */
};

static bool witness_start(struct test *t, struct witness *w)
{
	struct fam_request r;

	w->serve = ioctl(t->dev, FAM_IOC_SERVE);
	w->memory = mod_memory(t);
	CHECK(t, w->serve >= 0 && w->memory, "SERVE, mmap: %s",
	      strerror(errno));
	memcpy(w->memory + 31 * MOD_BOOK, "kept", 5);
	t->p[0] = 1;
	w->writer = fork();
	if (w->writer == 0)
		_exit(write_far(t));
	CHECK(t, read(w->serve, &r, sizeof(r)) == sizeof(r), "read: %s",
	      strerror(errno));
	return true;
}

static bool is_dead(struct test *t, const struct witness *w)
{
	struct pollfd p = { .fd = w->serve, .events = POLLIN };
	struct fam_request r;
	char c = 0;

	CHECK(t, try_load(t->p) == -SIGBUS, "the mapping lives");
	CHECK(t, try_load(w->memory) == -SIGBUS, "that of the memory lives");
	CHECK_ERRNO(t, pread(t->fd, &c, 1, 0), EIO);
	CHECK_ERRNO(t, pwrite(t->fd, &c, 1, 0), EIO);
	CHECK_ERRNO(t, mod_set(t->fd, MOD_BOOK, 1), ENODEV);
	CHECK_ERRNO(t, mod_shelf(t, 4711, 0), ENODEV);
	CHECK_ERRNO(t, mod_shelf(t, t->id, FAM_SHELF_EXISTING), ENODEV);
	CHECK_ERRNO(t, ioctl(t->dev, FAM_IOC_SERVE), ENODEV);
	CHECK_ERRNO(t, read(w->serve, &r, sizeof(r)), ENODEV);
	CHECK(t, poll(&p, 1, 0) == 1 && (p.revents & POLLHUP),
	      "the daemon is not told: %#x", p.revents);
	return true;
}

static bool removed(struct test *t)
{
	struct witness w = { .serve = -1 };
	CLEANUP_FD int fd = -1;
	char *memory;

	if (!witness_start(t, &w) || !mod_put(t, REMOVE, "1"))
		return false;
	CHECK(t, mod_wait(w.writer) == EIO << 8, "who waited gets no EIO");
	if (!is_dead(t, &w))
		return false;
	CHECK_ERRNO(t, open(DEVICE, O_RDWR), ENOENT);
	if (!mod_put(t, RESCAN, "1"))
		return false;
	fd = open(DEVICE, O_RDWR | O_CLOEXEC);
	CHECK(t, fd >= 0, "it does not come back: %s", strerror(errno));
	if (!is_dead(t, &w))
		return false;
	memory = mmap(NULL, MOD_BOOK, RW, MAP_SHARED, fd, 31 * MOD_BOOK);
	CHECK(t, memory != MAP_FAILED && !strcmp(memory, "kept"),
	      "the bytes are lost");
	(void)munmap(memory, MOD_BOOK);
	(void)munmap(w.memory, MOD_BOOKS * MOD_BOOK);
	close_fd(&w.serve);
	return true;
}

/* ---- the module --------------------------------------------------------------- */

/* All that there is to do with it. 0, or the errno of what failed. */
static int use(struct test *t)
{
	const struct fam_shelf_open o = { .id = t->id };
	CLEANUP_FD int dev = open(DEVICE, O_RDWR | O_CLOEXEC);
	CLEANUP_FD int fd = -1, again = -1, served = -1;
	char *p = MAP_FAILED, *q = MAP_FAILED;
	int error;

	if (dev >= 0)
		fd = ioctl(dev, FAM_IOC_SHELF, &o);
	if (fd >= 0 && mod_set(fd, 2 * MOD_BOOK, 2) == 0)
		p = mmap(NULL, 2 * MOD_BOOK, RW, MAP_SHARED, fd, 0);
	if (p != MAP_FAILED)
		q = mmap(NULL, PAGE, RW, MAP_SHARED, dev, 0);
	if (q != MAP_FAILED && try_load(p) >= 0 && try_load(q) >= 0)
		again = ioctl(dev, FAM_IOC_SHELF, &o);
	if (again >= 0)
		served = ioctl(dev, FAM_IOC_SERVE);
	error = served >= 0 ? 0 : errno;
	if (!error && t->has_bell)
		error = mod_use_bell();
	if (p != MAP_FAILED)
		(void)munmap(p, 2 * MOD_BOOK);
	if (q != MAP_FAILED)
		(void)munmap(q, PAGE);
	return error;
}

static bool unloaded(struct test *t)
{
	CHECK(t, unload() < 0 && (errno == EAGAIN || errno == EBUSY),
	      "it goes while it is used: %s", strerror(errno));
	close_fd(&t->dev);
	close_fd(&t->fd);
	CHECK(t, unload() < 0, "it goes while it is mapped");
	CHECK(t, try_load(t->p) >= 0, "the mapping is lost");
	let_go(t);
	CHECK(t, unload() == 0, "rmmod: %s", strerror(errno));
	CHECK(t, load(t) == 0, "insmod: %s", strerror(errno));
	return true;
}

#define UNLOADS 200

/* The last reference to a shelf and the module go at the same time. */
static bool unloaded_in_use(struct test *t)
{
	int gone = 0;
	pid_t pid;

	let_go(t);
	pid = fork();
	CHECK(t, pid >= 0, "fork: %s", strerror(errno));
	if (pid == 0)
		for (;; (void)sched_yield())
			(void)use(t);
	for (int i = 0; i < UNLOADS; i++) {
		if (unload() == 0) {
			gone++;
			CHECK(t, load(t) == 0, "insmod: %s", strerror(errno));
		}
		(void)sched_yield();
	}
	(void)kill(pid, SIGKILL);
	CHECK(t, mod_wait(pid) == SIGKILL, "the user died of it");
	CHECK(t, unload() == 0 && load(t) == 0, "in the end: %s",
	      strerror(errno));
	CHECK(t, use(t) == 0, "it works no more: %s", strerror(errno));
	printf("# unloaded %d times of %d\n", gone, UNLOADS);
	return true;
}

/* ---- calls of the kernel fail --------------------------------------------------- */

#define FAULTS_MIN 15 /* there are as many functions that can fail */
#define FAULTS_MAX 200

/* Loads, uses and unloads it while call @n fails; whether there was one. */
static bool life_with_fault(struct test *t, int n, bool *ret_hit)
{
	CLEANUP_FD int fd = -1;
	char text[16];
	int r;

	(void)snprintf(text, sizeof(text), "%d", n);
	if (!mod_put(t, NTH, text))
		return false;
	r = load(t) == 0 ? use(t) : errno;
	if (unload() < 0 && errno != ENOENT)
		return test_fail(t, "call %d: rmmod: %s", n, strerror(errno));
	fd = open(NTH, O_RDONLY | O_CLOEXEC);
	CHECK(t, fd >= 0 && read(fd, text, 1) == 1, NTH ": %s",
	      strerror(errno));
	*ret_hit = *text == '0';
	CHECK(t, (r != 0) == *ret_hit, "call %d: errno %d", n, r);
	return true;
}

static bool faults(struct test *t)
{
	bool hit = true;
	int n;

	if (access(NTH, W_OK) < 0) {
		t->skip = "fam_fault.ko is not loaded";
		return true;
	}
	let_go(t);
	CHECK(t, unload() == 0, "rmmod: %s", strerror(errno));
	for (n = 0; hit && n < FAULTS_MAX; n++)
		if (!life_with_fault(t, n + 1, &hit))
			return false;
	if (!mod_put(t, NTH, "0"))
		return false;
	CHECK(t, n > FAULTS_MIN && n < FAULTS_MAX, "%d calls failed", n - 1);
	CHECK(t, load(t) == 0, "insmod: %s", strerror(errno));
	CHECK(t, use(t) == 0, "it works no more: %s", strerror(errno));
	printf("# %d calls failed\n", n - 1);
	return true;
}

const struct check checks_mod_life[] = {
	{ "the device is removed, and comes back", 1, removed },
	{ "the module stays while it is used, and goes then", 1, unloaded },
	{ "it can be unloaded at any time", 1, unloaded_in_use },
	{ "whatever call fails, nothing is left behind", 1, faults },
	{ 0 },
};
