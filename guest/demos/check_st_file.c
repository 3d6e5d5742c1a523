/* SPDX-License-Identifier: MIT */

/* check_st_file.c - Self-test: sizes, names, life and death of files */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cleanup.h"
#include "demo.h"
#include "selftest.h"

static bool write_grows(struct test *t)
{
	off_t far = (off_t)t->book + 1000;
	char buf[8] = "";
	struct stat st;

	CHECK(t, write(t->fd, "start", 5) == 5, "write: %s", strerror(errno));
	CHECK(t, pwrite(t->fd, "far", 3, far) == 3, "pwrite: %s",
	      strerror(errno));
	CHECK(t, fstat(t->fd, &st) == 0 && st.st_size == far + 3,
	      "the size is %lld", (long long)st.st_size);
	CHECK(t, (size_t)st.st_blocks * 512 == 2 * t->book,
	      "it has %lld blocks", (long long)st.st_blocks);
	CHECK(t,
	      pread(t->fd, buf, 8, 3) == 8 && !memcmp(buf, "rt\0\0\0\0\0", 8),
	      "the gap is not zero");
	CHECK(t, pread(t->fd, buf, 8, far) == 3, "reading stops elsewhere");
	CHECK(t, pread(t->fd, buf, 8, far + 3) == 0, "no end of file");
	return true;
}

static bool appended(struct test *t)
{
	CLEANUP_FD int fd = open(t->path, O_WRONLY | O_APPEND | O_CLOEXEC);
	char buf[8] = "";

	CHECK(t, fd >= 0, "open: %s", strerror(errno));
	CHECK(t, write(t->fd, "one", 3) == 3 && write(fd, "two", 3) == 3,
	      "write: %s", strerror(errno));
	CHECK(t, pread(t->fd, buf, 8, 0) == 6 && !memcmp(buf, "onetwo", 6),
	      "it shows '%.8s'", buf);
	return true;
}

static bool truncated_at_open(struct test *t)
{
	CLEANUP_FD int fd = -1;
	struct stat st;

	CHECK(t, write(t->fd, "data", 4) == 4, "write: %s", strerror(errno));
	fd = open(t->path, O_WRONLY | O_TRUNC | O_CLOEXEC);
	CHECK(t, fd >= 0, "open: %s", strerror(errno));
	CHECK(t, fstat(t->fd, &st) == 0 && st.st_size == 0 && st.st_blocks == 0,
	      "the size is %lld", (long long)st.st_size);
	return true;
}

static bool allocated(struct test *t)
{
	struct stat st;

	CHECK(t, fallocate(t->fd, 0, 0, 10000) == 0, "fallocate: %s",
	      strerror(errno));
	CHECK(t, fallocate(t->fd, 0, 0, 5000) == 0, "fallocate: %s",
	      strerror(errno));
	CHECK(t, fstat(t->fd, &st) == 0 && st.st_size == 10000,
	      "the size is %lld", (long long)st.st_size);
	return true;
}

static bool no_space(struct test *t)
{
	struct statvfs v;
	struct stat st;

	CHECK(t, fstatvfs(t->fd, &v) == 0, "fstatvfs: %s", strerror(errno));
	CHECK(t, ftruncate(t->fd, 100) == 0, "ftruncate: %s", strerror(errno));
	CHECK_ERRNO(t, ftruncate(t->fd, (off_t)((v.f_blocks + 1) * v.f_frsize)),
		    EFBIG);
	CHECK_ERRNO(t, pwrite(t->fd, "x", 1, (off_t)(v.f_blocks * v.f_frsize)),
		    ENOSPC);
	CHECK(t, fstat(t->fd, &st) == 0 && st.st_size == 100,
	      "the size is %lld", (long long)st.st_size);
	return true;
}

static bool executed(struct test *t)
{
	CLEANUP_FD int exe = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	char name[] = "fam-check", arg[] = "--version";
	char *argv[] = { name, arg, NULL };
	struct stat st;
	int status;
	pid_t pid;

	CHECK(t, exe >= 0 && fstat(exe, &st) == 0, "/proc/self/exe: %s",
	      strerror(errno));
	for (off_t off = 0; off < st.st_size;)
		CHECK(t, sendfile(t->fd, exe, &off, (size_t)st.st_size) > 0,
		      "sendfile: %s", strerror(errno));
	(void)close(t->fd); /* else: text file busy */
	t->fd = -1;
	pid = fork();
	CHECK(t, pid >= 0, "fork: %s", strerror(errno));
	if (pid == 0) {
		(void)!freopen("/dev/null", "w", stdout);
		(void)execv(t->path, argv);
		_exit(127);
	}
	CHECK(t, waitpid(pid, &status, 0) == pid && status == 0,
	      "it ended with %#x", status);
	return true;
}

/* ---- names ----------------------------------------------------------------- */

static bool exclusive(struct test *t)
{
	CHECK_ERRNO(t, open(t->path, O_RDWR | O_CREAT | O_EXCL, 0600), EEXIST);
	return true;
}

static bool long_names(struct test *t)
{
	char path[PATH_MAX];
	int n = snprintf(path, sizeof(path), "%s/", t->dir);
	CLEANUP_FD int fd = -1;

	memset(path + n, 'n', 256);
	path[n + 256] = '\0';
	CHECK_ERRNO(t, open(path, O_RDWR | O_CREAT, 0600), ENAMETOOLONG);
	path[n + 255] = '\0';
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	CHECK(t, fd >= 0, "255 bytes: %s", strerror(errno));
	CHECK(t, unlink(path) == 0, "unlink: %s", strerror(errno));
	return true;
}

static bool renamed(struct test *t)
{
	char other[PATH_MAX];
	CLEANUP_FD int fd = -1;
	struct stat st;

	test_path(t, ".other", other);
	fd = open(other, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	CHECK(t, fd >= 0, "open: %s", strerror(errno));
	CHECK(t, write(fd, "replaced", 8) == 8, "write: %s", strerror(errno));
	CHECK_ERRNO(t,
		    renameat2(AT_FDCWD, t->path, AT_FDCWD, other,
			      RENAME_NOREPLACE),
		    EEXIST);
	CHECK(t, rename(t->path, other) == 0, "rename: %s", strerror(errno));
	CHECK_ERRNO(t, stat(t->path, &st), ENOENT);
	CHECK(t, stat(other, &st) == 0 && st.st_size == 0, "it did not move");
	CHECK(t, fstat(fd, &st) == 0 && st.st_size == 8,
	      "the open file that was replaced: %s", strerror(errno));
	CHECK(t, fstat(t->fd, &st) == 0, "the open file that was renamed: %s",
	      strerror(errno));
	CHECK(t, unlink(other) == 0, "unlink: %s", strerror(errno));
	return true;
}

#define LISTED 50

static int count_entries(const struct test *t, const char *prefix)
{
	DIR *d = opendir(t->dir);
	const struct dirent *e;
	int n = 0;

	if (!d)
		return -1;
	while ((e = readdir(d)))
		n += !strncmp(e->d_name, prefix, strlen(prefix));
	(void)closedir(d);
	return n;
}

static bool listed(struct test *t)
{
	char path[PATH_MAX];
	const char *prefix = strrchr(t->path, '/') + 1;
	int n;

	for (int i = 0; i < LISTED; i++) {
		char suffix[16];
		int fd;

		(void)snprintf(suffix, sizeof(suffix), ".%d", i);
		test_path(t, suffix, path);
		fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
		CHECK(t, fd >= 0, "open: %s", strerror(errno));
		(void)close(fd);
	}
	n = count_entries(t, prefix);
	for (int i = 0; i < LISTED; i++) {
		char suffix[16];

		(void)snprintf(suffix, sizeof(suffix), ".%d", i);
		test_path(t, suffix, path);
		CHECK(t, unlink(path) == 0, "unlink: %s", strerror(errno));
	}
	CHECK(t, n == LISTED + 1, "%d instead of %d names", n, LISTED + 1);
	n = count_entries(t, prefix);
	CHECK(t, n == 1, "%d names are left", n - 1);
	return true;
}

/* ---- death ----------------------------------------------------------------- */

/* Books come back some time after the last close or munmap, not during it. */
static bool wait_for_free(const struct test *t, uint64_t blocks)
{
	const struct timespec ms = { .tv_nsec = 1000000 };
	uint64_t end = now_ns() + 10000000000U;
	struct statvfs v;

	while (statvfs(t->dir, &v) == 0 && now_ns() < end) {
		if (v.f_bfree >= blocks)
			return true;
		(void)nanosleep(&ms, NULL);
	}
	return false;
}

static bool unlinked(struct test *t)
{
	struct statvfs v;
	struct stat st;

	CHECK(t, statvfs(t->dir, &v) == 0, "statvfs: %s", strerror(errno));
	memcpy(t->p, "alive", 6);
	CHECK(t, unlink(t->path) == 0, "unlink: %s", strerror(errno));
	CHECK_ERRNO(t, stat(t->path, &st), ENOENT);
	CHECK(t, fstat(t->fd, &st) == 0 && st.st_size == (off_t)t->size,
	      "fstat: %s", strerror(errno));
	CHECK(t, pwrite(t->fd, "A", 1, 0) == 1, "pwrite: %s", strerror(errno));
	(void)close(t->fd);
	t->fd = -1;
	CHECK(t, try_load(t->p) == 'A' && try_store(t->p + t->book, 1) == 0,
	      "the mapping is lost");
	CHECK(t, count_entries(t, ".lfs_unlinked_") == 0, "it is listed");
	(void)munmap(t->p, t->size);
	t->p = NULL;
	CHECK(t, wait_for_free(t, v.f_bfree + t->size / v.f_frsize),
	      "its books do not come back");
	return true;
}

static bool reborn(struct test *t)
{
	CLEANUP_FD int fd = -1;
	char buf[8] = "";

	memcpy(t->p, "old", 4);
	CHECK(t, unlink(t->path) == 0, "unlink: %s", strerror(errno));
	fd = open(t->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	CHECK(t, fd >= 0, "open: %s", strerror(errno));
	CHECK(t, write(fd, "new", 3) == 3, "write: %s", strerror(errno));
	CHECK(t, pread(t->fd, buf, 3, 0) == 3 && !memcmp(buf, "old", 3),
	      "the old file shows '%.3s'", buf);
	CHECK(t, !strcmp(t->p, "old"), "the old mapping shows '%.3s'", t->p);
	return true;
}

const struct check checks_file[] = {
	{ "a write behind the end makes the shelf grow", 0, write_grows },
	{ "O_APPEND", 0, appended },
	{ "O_TRUNC", 0, truncated_at_open },
	{ "fallocate grows, and never shrinks", 0, allocated },
	{ "more than there is gives EFBIG or ENOSPC and changes nothing", 0,
	  no_space },
	{ "a program on a shelf can be executed", 0, executed },
	{ "O_EXCL", 0, exclusive },
	{ "names have up to 255 bytes", 0, long_names },
	{ "rename replaces, or not", 0, renamed },
	{ "a directory lists what is there", 0, listed },
	{ "an unlinked shelf lives until it is unmapped", 2, unlinked },
	{ "a name can be used again while the old shelf lives", 1, reborn },
	{ 0 },
};
