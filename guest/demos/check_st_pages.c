/* SPDX-License-Identifier: MIT */

/* check_st_pages.c - Self-test: the kernel's own access to mappings
 *
 * The memory has no struct pages: what wants to pin some gets EFAULT, what
 * only copies works.
 */

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <linux/io_uring.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "cleanup.h"
#include "selftest.h"

/* What io_uring does with buffers that are registered; direct I/O does too. */
static int pin(const struct iovec *buffer)
{
	struct io_uring_params params = { 0 };
	CLEANUP_FD int ring = (int)syscall(SYS_io_uring_setup, 1, &params);

	if (ring < 0)
		return -errno;
	if (syscall(SYS_io_uring_register, ring, IORING_REGISTER_BUFFERS,
		    buffer, 1) < 0)
		return -errno;
	return 0;
}

static bool refuses_pins(struct test *t, char *p)
{
	char buf[64];
	struct iovec local = { buf, sizeof(buf) };
	struct iovec remote = { p, sizeof(buf) };
	CLEANUP_FD int out = -1;
	int fds[2];
	int r;

	(void)try_load(p);
	CHECK_ERRNO(t, process_vm_readv(getpid(), &local, 1, &remote, 1, 0),
		    EFAULT);
	CHECK(t, pipe2(fds, O_CLOEXEC) == 0, "pipe: %s", strerror(errno));
	(void)close(fds[0]);
	out = fds[1];
	(void)signal(SIGPIPE, SIG_IGN);
	errno = 0;
	CHECK(t, vmsplice(out, &remote, 1, 0) == -1, "vmsplice works");
	r = pin(&remote);
	CHECK(t, r == -EFAULT || r == -ENOSYS || r == -EPERM,
	      "registering a buffer: %s", strerror(-r));
	return true;
}

static bool pins_refused(struct test *t)
{
	char *q =
		mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, t->fd, 0);

	t->p[0] = 1; /* by a huge mapping */
	CHECK(t, q != MAP_FAILED, "mmap: %s", strerror(errno));
	if (!refuses_pins(t, t->p) || !refuses_pins(t, q))
		return false;
	(void)munmap(q, PAGE);
	return true;
}

/* Of a file that is open for writing: by the one it is mapped by, too */
static bool same_file_buffer(struct test *t)
{
	t->p[0] = 1;
	t->p[t->book] = 2;
	CHECK(t, pread(t->fd, t->p, PAGE, (off_t)t->book) == (ssize_t)PAGE,
	      "pread: %s", strerror(errno));
	CHECK(t, t->p[0] == 2, "it reads other bytes");
	t->p[0] = 3;
	CHECK(t, pwrite(t->fd, t->p, PAGE, (off_t)t->book) == (ssize_t)PAGE,
	      "pwrite: %s", strerror(errno));
	CHECK(t, t->p[t->book] == 3, "it writes other bytes");
	return true;
}

static bool odirect(struct test *t)
{
	CLEANUP_FD int fd = open(t->path, O_RDWR | O_DIRECT | O_CLOEXEC);
	char *q = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *m;

	CHECK(t, fd >= 0, "open: %s", strerror(errno));
	t->p[0] = 9;
	CHECK(t, pread(fd, q, PAGE, 0) == (ssize_t)PAGE && q[0] == 9,
	      "pread: %s", strerror(errno));
	m = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0);
	CHECK(t, m != MAP_FAILED && m[0] == 9, "mmap: %s", strerror(errno));
	(void)munmap(m, PAGE);
	(void)munmap(q, PAGE);
	return true;
}

static bool same_shelf_buffer(struct test *t)
{
	CLEANUP_FD int fd = open(t->path, O_RDONLY | O_CLOEXEC);
	size_t n = 64 * PAGE;

	CHECK(t, fd >= 0, "open: %s", strerror(errno));
	memset(t->p, 0x33, n);
	/* Not touched yet: the copy itself has to fault it in. */
	CHECK(t, pread(fd, t->p + t->book, n, 0) == (ssize_t)n, "pread: %s",
	      strerror(errno));
	CHECK(t, !memcmp(t->p, t->p + t->book, n), "the data differs");
	return true;
}

static bool copies_work(struct test *t)
{
	CLEANUP_FD int exe = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	CLEANUP_FD int mem = open("/proc/self/mem", O_RDWR | O_CLOEXEC);
	CLEANUP_FD int from = -1, to = -1;
	char buf[100] = "";
	int fds[2];

	CHECK(t, exe >= 0 && mem >= 0, "/proc/self: %s", strerror(errno));
	CHECK(t, pread(exe, t->p, PAGE, 0) == (ssize_t)PAGE,
	      "read of another file into the mapping: %s", strerror(errno));
	CHECK(t, !memcmp(t->p, "\177ELF", 4), "it shows other bytes");
	CHECK(t,
	      pread(mem, buf, 4, (off_t)(uintptr_t)t->p) == 4 &&
		      !memcmp(buf, "\177ELF", 4),
	      "/proc/self/mem: %s", strerror(errno));
	CHECK(t, pwrite(mem, "poke", 4, (off_t)(uintptr_t)t->p) == 4,
	      "write to /proc/self/mem: %s", strerror(errno));
	CHECK(t, !memcmp(t->p, "poke", 4), "it wrote elsewhere");
	CHECK(t, pipe2(fds, O_CLOEXEC) == 0, "pipe: %s", strerror(errno));
	from = fds[0];
	to = fds[1];
	CHECK(t,
	      write(to, t->p, 100) == 100 && read(from, buf, 100) == 100 &&
		      !memcmp(buf, "poke", 4),
	      "a pipe: %s", strerror(errno));
	return true;
}

/* A debugger's poke into a private mapping must not become a store to the
 * shelf, and it sees what the program sees.
 */
static bool private_poke(struct test *t)
{
	CLEANUP_FD int mem = open("/proc/self/mem", O_RDWR | O_CLOEXEC);
	char buf[8] = "";
	char *q;

	CHECK(t, mem >= 0, "/proc/self/mem: %s", strerror(errno));
	memcpy(t->p, "shelf", 6);
	q = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, t->fd, 0);
	CHECK(t, q != MAP_FAILED, "mmap: %s", strerror(errno));
	CHECK(t, !strcmp(q, "shelf"), "the mapping shows '%.5s'", q);
	CHECK(t, pread(mem, buf, 5, (off_t)(uintptr_t)q) == 5, "peek: %s",
	      strerror(errno));
	CHECK(t, !strcmp(buf, "shelf"), "a peek shows '%.5s'", buf);
	(void)!pwrite(mem, "poked", 5, (off_t)(uintptr_t)q);
	CHECK(t, !strcmp(t->p, "shelf"), "the shelf shows '%.5s'", t->p);
	q[0] = 'S'; /* a copy from here on */
	CHECK(t, pwrite(mem, "poked", 5, (off_t)(uintptr_t)q) == 5, "poke: %s",
	      strerror(errno));
	CHECK(t, !strcmp(q, "poked"), "after a poke it shows '%.5s'", q);
	CHECK(t,
	      pread(mem, buf, 5, (off_t)(uintptr_t)q) == 5 &&
		      !strcmp(buf, "poked"),
	      "a peek shows '%.5s'", buf);
	CHECK(t, !strcmp(t->p, "shelf"), "the shelf shows '%.5s'", t->p);
	(void)munmap(q, PAGE);
	return true;
}

static long futex(uint32_t *word, int op)
{
	const struct timespec ms = { .tv_nsec = 1000000 };

	return syscall(SYS_futex, word, op, 5, &ms, NULL, 0);
}

static bool futexes(struct test *t)
{
	uint32_t *word = (uint32_t *)(void *)t->p;

	*word = 5;
	CHECK_ERRNO(t, futex(word, FUTEX_WAIT), EFAULT);
	CHECK_ERRNO(t, futex(word, FUTEX_WAIT_PRIVATE), ETIMEDOUT);
	return true;
}

static bool send_file(struct test *t)
{
	CLEANUP_FD int fd = open(t->path, O_RDONLY | O_CLOEXEC);
	CLEANUP_FD int out = memfd_create("out", MFD_CLOEXEC);
	off_t off = (off_t)t->book - 10;
	char buf[20];

	memset(t->p + off, 'e', 20);
	CHECK(t, fd >= 0 && out >= 0, "open: %s", strerror(errno));
	CHECK(t, sendfile(out, fd, &off, 20) == 20, "sendfile: %s",
	      strerror(errno));
	CHECK(t,
	      pread(out, buf, 20, 0) == 20 && buf[0] == 'e' && buf[19] == 'e',
	      "other bytes came");
	return true;
}

static bool spliced(struct test *t)
{
	loff_t off = (loff_t)t->book - 3;
	CLEANUP_FD int from = -1, to = -1;
	int fds[2];

	CHECK(t, pipe2(fds, O_CLOEXEC) == 0, "pipe: %s", strerror(errno));
	from = fds[0];
	to = fds[1];
	CHECK(t, write(to, "spliced", 7) == 7, "write: %s", strerror(errno));
	CHECK(t, splice(from, NULL, t->fd, &off, 7, 0) == 7, "splice: %s",
	      strerror(errno));
	CHECK(t, !memcmp(t->p + t->book - 3, "spliced", 7),
	      "the mapping shows '%.7s'", t->p + t->book - 3);
	off = (loff_t)t->book - 3;
	CHECK(t, splice(t->fd, &off, to, NULL, 7, 0) == 7, "splice back: %s",
	      strerror(errno));
	return true;
}

static bool no_ioctl(struct test *t)
{
	char arg[64] = "";

	/* What the module knows is not for applications. */
	CHECK_ERRNO(t, ioctl(t->fd, _IOW('Y', 3, char[24]), arg), ENOTTY);
	CHECK_ERRNO(t, ioctl(t->fd, _IOWR('Y', 4, char[40]), arg), ENOTTY);
	return true;
}

const struct check checks_pages[] = {
	{ "what pins pages of a mapping fails cleanly", 1, pins_refused },
	{ "a buffer in the same file can be read into and written", 2,
	  same_file_buffer },
	{ "O_DIRECT works with a buffer elsewhere", 1, odirect },
	{ "a buffer in the same shelf can be read into", 2, same_shelf_buffer },
	{ "what copies from and to a mapping works", 1, copies_work },
	{ "a debugger sees private copies, and spares the shelf", 1,
	  private_poke },
	{ "shared futexes are refused, private ones work", 1, futexes },
	{ "sendfile", 2, send_file },
	{ "splice, from and to a pipe", 2, spliced },
	{ "applications do not reach the module's ioctls", 1, no_ioctl },
	{ 0 },
};
