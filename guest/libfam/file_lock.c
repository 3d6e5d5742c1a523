/* SPDX-License-Identifier: MIT */

/* file_lock.c - Exclusion by a lock on the file that is mapped */

#include "file_lock.h"

#include <cpuid.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

struct file_lock {
	pthread_mutex_t threads; /* flock(2) does not keep them apart */
	int fd;			 /* -1 = there is no file, or no need */
	pid_t pid;		 /* whose fd it is: a child needs its own */
	bool checked;		 /* that other nodes see it */
};

/* ---- is it needed, does it work --------------------------------------------- */

enum processor {
	UNKNOWN,
	HAS_CMPXCHG16B,
	LACKS_CMPXCHG16B,
};

/* What the processor can do is the same for all of the process. */
static enum processor processor;

bool file_lock_is_needless(void)
{
	enum processor p = __atomic_load_n(&processor, __ATOMIC_RELAXED);
	unsigned a, b, c = 0, d;

	if (p == UNKNOWN) {
		p = __get_cpuid(1, &a, &b, &c, &d) && (c & bit_CMPXCHG16B) ?
			    HAS_CMPXCHG16B :
			    LACKS_CMPXCHG16B;
		__atomic_store_n(&processor, p, __ATOMIC_RELAXED);
	}
	return p == HAS_CMPXCHG16B;
}

void file_lock_pretend(void)
{
	__atomic_store_n(&processor, LACKS_CMPXCHG16B, __ATOMIC_RELAXED);
}

/* Lines of /proc/locks: "1: FLOCK ADVISORY WRITE pid major:minor:inode 0 EOF" */
static bool is_listed(const struct stat *st)
{
	FILE *f = fopen("/proc/locks", "re");
	char line[256], file[64];
	bool found = false;

	(void)snprintf(file, sizeof(file), " %02x:%02x:%llu ",
		       major(st->st_dev), minor(st->st_dev),
		       (unsigned long long)st->st_ino);
	while (f && !found && fgets(line, sizeof(line), f))
		found = strstr(line, file);
	if (f)
		(void)fclose(f);
	return found;
}

bool file_lock_is_local(int fd)
{
	struct statfs fs;
	struct stat st;

	return fstatfs(fd, &fs) < 0 || fstat(fd, &st) < 0 ||
	       (fs.f_type == FUSE_SUPER_MAGIC && is_listed(&st));
}

/* ---- the lock ---------------------------------------------------------------- */

/* An open file of our own; a shelf may be open for reading or writing only. */
static int reopen(int fd)
{
	int mode = fd < 0 ? -1 : fcntl(fd, F_GETFL);
	char path[32];

	if (mode < 0)
		return -1;
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	mode = (mode & O_ACCMODE) == O_WRONLY ? O_WRONLY : O_RDONLY;
	return open(path, mode | O_CLOEXEC | O_NONBLOCK);
}

struct file_lock *file_lock_new(int fd)
{
	struct file_lock *l = calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	(void)pthread_mutex_init(&l->threads, NULL);
	l->fd = file_lock_is_needless() ? -1 : reopen(fd);
	l->pid = getpid();
	return l;
}

void file_lock_free(struct file_lock *l)
{
	if (!l)
		return;
	if (l->fd >= 0)
		(void)close(l->fd);
	(void)pthread_mutex_destroy(&l->threads);
	free(l);
}

/* A child shares its parent's open file, and so its lock. */
static void leave_parent(struct file_lock *l)
{
	int fd;

	if (l->pid == getpid())
		return;
	fd = reopen(l->fd);
	(void)close(l->fd);
	l->fd = fd;
	l->pid = getpid();
}

static int take(struct file_lock *l, bool shared)
{
	leave_parent(l);
	if (l->fd < 0)
		return -ENOTSUP;
	while (flock(l->fd, shared ? LOCK_SH : LOCK_EX) < 0)
		if (errno != EINTR)
			return -ENOTSUP;
	if (!l->checked && file_lock_is_local(l->fd)) {
		(void)flock(l->fd, LOCK_UN);
		return -ENOTSUP;
	}
	l->checked = true;
	return 0;
}

int file_lock_take(struct file_lock *l, bool shared)
{
	int r;

	if (l->fd < 0)
		return -ENOTSUP;
	(void)pthread_mutex_lock(&l->threads);
	r = take(l, shared);
	if (r < 0)
		(void)pthread_mutex_unlock(&l->threads);
	return r;
}

void file_lock_drop(struct file_lock *l)
{
	(void)flock(l->fd, LOCK_UN);
	(void)pthread_mutex_unlock(&l->threads);
}
