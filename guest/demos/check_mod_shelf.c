/* SPDX-License-Identifier: MIT */

/* check_mod_shelf.c - Checks of fam.ko: shelves, and the memory as a whole */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cleanup.h"
#include "modtest.h"

#define RW (PROT_READ | PROT_WRITE)

static bool told(struct test *t)
{
	struct fam_info info = { 0 };

	CHECK(t, ioctl(t->dev, FAM_IOC_INFO, &info) == 0, "INFO: %s",
	      strerror(errno));
	CHECK(t, info.abi == FAM_ABI, "interface %u, not %d", info.abi,
	      FAM_ABI);
	CHECK(t, info.size >= MOD_BOOKS * MOD_BOOK && info.base % PAGE == 0,
	      "%llu bytes at %#llx", (unsigned long long)info.size,
	      (unsigned long long)info.base);
	CHECK_ERRNO(t, ioctl(t->dev, FAM_IOC_INFO, NULL), EFAULT);
	CHECK_ERRNO(t, ioctl(t->dev, _IO('Y', 99)), ENOTTY);
	CHECK_ERRNO(t, ioctl(t->fd, FAM_IOC_INFO, &info), ENOTTY);
	return true;
}

static bool bad_shelves(struct test *t)
{
	static const struct {
		struct fam_shelf_open o;
		int error;
	} bad[] = {
		{ { .id = 0 }, EINVAL },
		{ { .id = 1, .flags = 2 }, EINVAL },
		{ { .id = 1, .flags = ~0U }, EINVAL },
		{ { .id = 1, .pad = 1 }, EINVAL },
		{ { .id = 999999, .flags = FAM_SHELF_EXISTING }, ENOENT },
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		CHECK_ERRNO(t, ioctl(t->dev, FAM_IOC_SHELF, &bad[i].o),
			    bad[i].error);
	CHECK_ERRNO(t, ioctl(t->dev, FAM_IOC_SHELF, NULL), EFAULT);
	return true;
}

/* What a hostile daemon says must change nothing. */
static bool bad_sets(struct test *t)
{
	static const uint32_t far[] = { 0, 0x7fffffff };
	static const uint32_t most[] = { 0xffffffff, 0 };
	const uint64_t good = (uintptr_t)mod_books;
	const struct {
		struct fam_set set;
		int error;
	} bad[] = {
		{ { 1, good, 1, 11 }, EINVAL },
		{ { 1, good, 1, 41 }, EINVAL },
		{ { 1, good, 1, 63 }, EINVAL },
		{ { 1, good, 1, ~0U }, EINVAL },
		{ { MOD_BOOK + 1, good, 1, MOD_SHIFT }, EINVAL },
		{ { 1ULL << 63, good, 1, MOD_SHIFT }, EINVAL },
		{ { ~0ULL, 0, 0, 0 }, EINVAL },
		{ { 1, good, ~0U, MOD_SHIFT }, ERANGE },
		{ { 1, good, ~0U, 12 }, ERANGE },
		{ { 1, (uintptr_t)far, 2, MOD_SHIFT }, ERANGE },
		{ { 1, (uintptr_t)most, 1, 12 }, ERANGE },
		{ { 1, (uintptr_t)far, 2, 40 }, ERANGE },
		{ { 1, 8, 1, MOD_SHIFT }, EFAULT },
		{ { 1, ~0ULL, 1, MOD_SHIFT }, EFAULT },
	};
	struct fam_stat st = { .flags = 2 };

	t->p[0] = 1;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		errno = 0;
		CHECK(t,
		      ioctl(t->fd, FAM_IOC_SET, &bad[i].set) == -1 &&
			      errno == bad[i].error,
		      "SET %zu: errno %d, not %d", i, errno, bad[i].error);
	}
	CHECK_ERRNO(t, ioctl(t->fd, FAM_IOC_SET, NULL), EFAULT);
	CHECK_ERRNO(t, ioctl(t->fd, FAM_IOC_STAT, &st), EINVAL);
	CHECK_ERRNO(t, ioctl(t->fd, FAM_IOC_STAT, NULL), EFAULT);
	st.flags = 0;
	CHECK(t, ioctl(t->fd, FAM_IOC_STAT, &st) == 0, "STAT: %s",
	      strerror(errno));
	CHECK(t,
	      st.id == t->id && st.size == t->size && st.n_books == 1 &&
		      st.book_shift == MOD_SHIFT && st.mapped,
	      "STAT says otherwise");
	CHECK(t, try_load(t->p) == 1, "the mapping is lost");
	CHECK_ERRNO(t, ftruncate(t->fd, 0), EPERM);
	return true;
}

/* ---- the memory as a whole -------------------------------------------------- */

static bool raw(struct test *t)
{
	char *memory = mod_memory(t);
	long n;

	CHECK(t, memory, "mmap: %s", strerror(errno));
	for (size_t i = 0; i < t->size / MOD_BOOK; i++) {
		t->p[i * MOD_BOOK + i] = (char)(i + 1);
		CHECK(t, memory[mod_books[i] * MOD_BOOK + i] == (char)(i + 1),
		      "book %zu is not where it should be", i);
		memory[(mod_books[i] + 1) * MOD_BOOK - 1] = (char)(i + 50);
		CHECK(t, t->p[(i + 1) * MOD_BOOK - 1] == (char)(i + 50),
		      "the end of book %zu is not where it should be", i);
	}
	CHECK(t, msync(memory, MOD_BOOK, MS_SYNC) == 0, "msync: %s",
	      strerror(errno));
	(void)munmap(memory, MOD_BOOKS * MOD_BOOK);
	memory = mod_memory(t);
	n = fault_count();
	for (size_t i = 0; i < MOD_BOOKS * MOD_BOOK; i += PAGE)
		(void)try_load(memory + i);
	n = fault_count() - n;
	CHECK(t, n <= MOD_BOOKS + 4, "%ld faults for %d times 2 MiB", n,
	      MOD_BOOKS);
	(void)munmap(memory, MOD_BOOKS * MOD_BOOK);
	return true;
}

static bool raw_bounds(struct test *t)
{
	struct fam_info info = { 0 };
	off_t end;
	char *q;

	(void)ioctl(t->dev, FAM_IOC_INFO, &info);
	end = (off_t)info.size;
	q = mmap(NULL, PAGE, RW, MAP_SHARED, t->dev, end - (off_t)PAGE);
	CHECK(t, q != MAP_FAILED, "the last page: %s", strerror(errno));
	q[PAGE - 1] = 3;
	(void)munmap(q, PAGE);
	CHECK_ERRNO(t, mmap(NULL, PAGE, RW, MAP_SHARED, t->dev, end), EINVAL);
	CHECK_ERRNO(t,
		    mmap(NULL, 2 * PAGE, RW, MAP_SHARED, t->dev,
			 end - (off_t)PAGE),
		    EINVAL);
	CHECK_ERRNO(t,
		    mmap(NULL, PAGE, RW, MAP_SHARED, t->dev,
			 (off_t)(INT64_MAX & ~(PAGE - 1))),
		    EINVAL);
	CHECK_ERRNO(t, read(t->dev, &info, 1), EINVAL);
	return true;
}

/* ---- the list ---------------------------------------------------------------- */

static bool found_again(struct test *t)
{
	struct fam_stat st = { 0 };

	memcpy(t->p, "before", 7);
	close_fd(&t->fd); /* the daemon dies; the mapping lives on */
	CHECK(t, !strcmp(t->p, "before"), "the mapping is lost");
	t->fd = mod_shelf(t, t->id, FAM_SHELF_EXISTING);
	CHECK(t, t->fd >= 0, "the next daemon does not find it: %s",
	      strerror(errno));
	CHECK(t, ioctl(t->fd, FAM_IOC_STAT, &st) == 0 && st.size == t->size,
	      "its size is %llu", (unsigned long long)st.size);
	CHECK(t, mod_set(t->fd, t->size, 0) == 0, "SET: %s", strerror(errno));
	CHECK(t, try_load(t->p) == -SIGBUS, "the old mapping is not revoked");
	CHECK_ERRNO(t, pread(t->fd, &st, 1, 0), EIO);
	CHECK_ERRNO(t, pwrite(t->fd, &st, 1, 0), EIO);
	(void)munmap(t->p, t->size);
	t->p = NULL;
	close_fd(&t->fd);
	CHECK_ERRNO(t, mod_shelf(t, t->id, FAM_SHELF_EXISTING), ENOENT);
	return true;
}

static bool polled(struct test *t)
{
	struct pollfd p = { .fd = t->fd, .events = POLLIN };

	CHECK(t, poll(&p, 1, 0) == 0, "it polls as unmapped");
	(void)munmap(t->p, t->size);
	t->p = NULL;
	CHECK(t, poll(&p, 1, 0) == 1 && p.revents == POLLIN,
	      "it polls as mapped: %#x", p.revents);
	return true;
}

static bool moved_books(struct test *t)
{
	uint32_t books[3] = { mod_books[0], 29, mod_books[2] };
	const struct fam_set set = {
		.size = 3 * MOD_BOOK,
		.books = (uintptr_t)books,
		.n_books = 3,
		.book_shift = MOD_SHIFT,
	};
	long n;

	for (size_t i = 0; i < 3; i++)
		t->p[i * MOD_BOOK] = (char)(i + 1);
	n = fault_count();
	CHECK(t, ioctl(t->fd, FAM_IOC_SET, &set) == 0, "SET: %s",
	      strerror(errno));
	CHECK(t, try_load(t->p) == 1 && fault_count() == n,
	      "a book that stays is unmapped");
	CHECK(t, try_load(t->p + MOD_BOOK) == 0, "the old book is seen");
	CHECK(t, try_load(t->p + 2 * MOD_BOOK) == 3, "the last book is lost");
	return true;
}

static bool cut_and_grown(struct test *t)
{
	size_t keep = MOD_BOOK + PAGE + 100;
	char buf[PAGE];

	memset(t->p, 'x', t->size);
	CHECK(t, mod_set(t->fd, keep, 2) == 0, "SET: %s", strerror(errno));
	CHECK(t, try_load(t->p + keep - 1) == 'x', "what stays is lost");
	CHECK(t, try_load(t->p + MOD_BOOK + 2 * PAGE) == -SIGBUS,
	      "a page behind the end can be loaded");
	CHECK(t, try_load(t->p + 2 * MOD_BOOK) == -SIGBUS,
	      "a book behind the end can be loaded");
	CHECK(t, pread(t->fd, buf, PAGE, (off_t)keep - 10) == 10,
	      "read goes on behind the end");
	CHECK(t, pread(t->fd, buf, PAGE, (off_t)keep) == 0,
	      "there is something behind the end");
	CHECK_ERRNO(t, pwrite(t->fd, buf, PAGE, (off_t)keep), ENOSPC);
	CHECK(t, pwrite(t->fd, buf, PAGE, (off_t)keep - 10) == 10,
	      "a write across the end does not write what fits");
	CHECK(t, mod_set(t->fd, t->size, 3) == 0, "SET: %s", strerror(errno));
	CHECK(t, try_load(t->p + t->size - 1) >= 0, "it does not grow");
	return true;
}

static bool mtime(struct test *t)
{
	struct fam_stat st = { .flags = FAM_STAT_CLEAR };
	struct timespec now;

	CHECK(t, ioctl(t->fd, FAM_IOC_STAT, &st) == 0 && st.mtime_ns == 0,
	      "it is written before it is written");
	t->p[0] = 1;
	CHECK(t, ioctl(t->fd, FAM_IOC_STAT, &st) == 0 && st.mtime_ns == 0,
	      "a store counts");
	CHECK(t, pwrite(t->fd, "x", 1, 0) == 1, "pwrite: %s", strerror(errno));
	(void)clock_gettime(CLOCK_REALTIME, &now);
	st.flags = 0;
	CHECK(t,
	      ioctl(t->fd, FAM_IOC_STAT, &st) == 0 &&
		      st.mtime_ns / 1000000000 >= now.tv_sec - 1 &&
		      st.mtime_ns / 1000000000 <= now.tv_sec,
	      "it was written at %lld", (long long)st.mtime_ns);
	st.flags = FAM_STAT_CLEAR;
	(void)ioctl(t->fd, FAM_IOC_STAT, &st);
	CHECK(t, st.mtime_ns != 0, "it is forgotten too early");
	(void)ioctl(t->fd, FAM_IOC_STAT, &st);
	CHECK(t, st.mtime_ns == 0, "it is not forgotten");
	return true;
}

/* ---- the list changes while it is used --------------------------------------- */

#define SWAPS 400

/* The books of the one list hold 'a', those of the other 'b'. */
static bool is_ours(int c)
{
	return c == 'a' || c == 'b';
}

static int watch(const struct test *t)
{
	char buf[2 * PAGE];

	for (size_t i = 0;; i++) {
		size_t off = i * PAGE * 7 % (t->size - 2 * PAGE);
		int c = try_load(t->p + off);
		ssize_t n;

		if (c != -SIGBUS && !is_ours(c))
			return 1;
		n = pread(t->fd, buf, sizeof(buf), (off_t)off);
		for (ssize_t k = 0; k < n; k += 100)
			if (!is_ours(buf[k]))
				return 2;
	}
}

static bool swapped(struct test *t)
{
	uint32_t other[2] = { mod_books[2], mod_books[3] };
	struct fam_set set = {
		.size = 2 * MOD_BOOK,
		.books = (uintptr_t)other,
		.n_books = 2,
		.book_shift = MOD_SHIFT,
	};
	char *memory = mod_memory(t);
	pid_t pid;

	CHECK(t, memory, "mmap: %s", strerror(errno));
	memset(memory, 'x', MOD_BOOKS * MOD_BOOK);
	for (size_t i = 0; i < 4; i++)
		memset(memory + mod_books[i] * MOD_BOOK, i < 2 ? 'a' : 'b',
		       MOD_BOOK);
	(void)munmap(memory, MOD_BOOKS * MOD_BOOK);
	pid = fork();
	CHECK(t, pid >= 0, "fork: %s", strerror(errno));
	if (pid == 0)
		_exit(watch(t));
	for (int i = 0; i < SWAPS; i++) {
		set.size = i % 3 ? 2 * MOD_BOOK : MOD_BOOK - 5;
		CHECK(t, ioctl(t->fd, FAM_IOC_SET, &set) == 0, "SET: %s",
		      strerror(errno));
		CHECK(t, try_load(t->p) == 'b', "SET comes late");
		CHECK(t, mod_set(t->fd, t->size, 2) == 0, "SET: %s",
		      strerror(errno));
		CHECK(t, try_load(t->p) == 'a', "SET comes late");
	}
	(void)kill(pid, SIGKILL);
	CHECK(t, mod_wait(pid) == SIGKILL, "a foreign byte was seen");
	return true;
}

/* ---- buffers ----------------------------------------------------------------- */

static bool shelf_buffers(struct test *t)
{
	CLEANUP_FD int other = mod_shelf(t, t->id + 1000, 0);
	size_t n = MOD_BOOK + 5 * PAGE; /* over an edge */

	CHECK(t, other >= 0 && mod_set(other, t->size, 4) == 0, "SET: %s",
	      strerror(errno));
	memset(t->p, 'k', n);
	CHECK(t, munmap(t->p, t->size) == 0, "munmap: %s", strerror(errno));
	t->p = mmap(NULL, t->size, RW, MAP_SHARED, t->fd, 0);
	/* Neither side of the copies is mapped yet. */
	CHECK(t, pwrite(t->fd, t->p, n, (off_t)(2 * MOD_BOOK)) == (ssize_t)n,
	      "write from the same shelf: %s", strerror(errno));
	CHECK(t, !memcmp(t->p, t->p + 2 * MOD_BOOK, n), "the data differs");
	memset(t->p, 'l', n);
	CHECK(t, pread(other, t->p + 2 * MOD_BOOK, n, 0) == (ssize_t)n,
	      "read of the same books by another shelf: %s", strerror(errno));
	CHECK(t, !memcmp(t->p, t->p + 2 * MOD_BOOK, n), "the data differs");
	CHECK_ERRNO(t, pread(t->fd, mod_nowhere(), PAGE, 0), EFAULT);
	CHECK_ERRNO(t, pwrite(t->fd, mod_nowhere(), PAGE, 0), EFAULT);
	return true;
}

/* A debugger reads over the edge of a book, and not over the end of the file. */
static bool peeked(struct test *t)
{
	CLEANUP_FD int mem = open("/proc/self/mem", O_RDWR | O_CLOEXEC);
	off_t edge = (off_t)(uintptr_t)t->p + (off_t)MOD_BOOK;
	char buf[100];

	CHECK(t, mem >= 0, "/proc/self/mem: %s", strerror(errno));
	memset(t->p + MOD_BOOK - 50, 'e', 50);
	memset(t->p + MOD_BOOK, 'f', 50);
	CHECK(t, pread(mem, buf, 100, edge - 50) == 100, "peek: %s",
	      strerror(errno));
	CHECK(t, buf[49] == 'e' && buf[50] == 'f' && buf[99] == 'f',
	      "it shows '%.100s'", buf);
	CHECK(t, mod_set(t->fd, MOD_BOOK, 2) == 0, "SET: %s", strerror(errno));
	CHECK(t, pread(mem, buf, 100, edge - 50) == 50,
	      "a peek goes over the end of the file");
	CHECK_ERRNO(t, pread(mem, buf, 100, edge), EIO);
	CHECK_ERRNO(t, pwrite(mem, buf, 100, edge), EIO);
	return true;
}

/* What FUSE asks of a backing file. */
static bool regular(struct test *t)
{
	struct stat st;
	char buf[8];

	CHECK(t, fstat(t->fd, &st) == 0 && S_ISREG(st.st_mode),
	      "its mode is %#o", st.st_mode);
	CHECK(t, st.st_size == (off_t)t->size, "its size is %lld",
	      (long long)st.st_size);
	CHECK(t, lseek(t->fd, -8, SEEK_END) == (off_t)t->size - 8, "lseek: %s",
	      strerror(errno));
	CHECK(t, read(t->fd, buf, 8) == 8, "read: %s", strerror(errno));
	CHECK(t, fsync(t->fd) == 0, "fsync: %s", strerror(errno));
	return true;
}

const struct check checks_mod_shelf[] = {
	{ "the device tells what it is", 0, told },
	{ "SHELF refuses what is wrong", 0, bad_shelves },
	{ "SET refuses what is wrong, and changes nothing", 1, bad_sets },
	{ "/dev/fam maps all of the memory, 2 MiB by a fault", 4, raw },
	{ "and not a byte more", 0, raw_bounds },
	{ "a new daemon can revoke an old mapping", 2, found_again },
	{ "a shelf polls as readable while it is not mapped", 1, polled },
	{ "SET moves books and spares the others", 3, moved_books },
	{ "nothing behind the end is seen", 3, cut_and_grown },
	{ "STAT tells when write(2) changed it", 1, mtime },
	{ "lists change at once, for faults and reads", 2, swapped },
	{ "a debugger sees all of a shelf and no more", 2, peeked },
	{ "a shelf is a regular file", 1, regular },
	{ "buffers may lie in the same memory", 4, shelf_buffers },
	{ 0 },
};
