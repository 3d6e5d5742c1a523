/* SPDX-License-Identifier: MIT */

/* demo.c - What the demonstration programs have in common */

#include "demo.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>

#include "cleanup.h"

static int map(const char *path, int *fd, int prot, size_t size,
	       struct mapping *ret_m, struct err *e)
{
	void *addr = mmap(NULL, size, prot, MAP_SHARED, *fd, 0);

	if (addr == MAP_FAILED)
		return err_set(e, -errno, "cannot map '%s': %s", path,
			       strerror(errno));
	*ret_m = (struct mapping){ take_fd(fd), addr, size };
	return 0;
}

int mapping_open(const char *path, int flags, size_t min, struct mapping *ret_m,
		 struct err *e)
{
	CLEANUP_FD int fd = -1;
	struct stat st;

	fd = open(path, flags | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0)
		return err_set(e, -errno, "'%s': %s", path, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return err_set(e, -EINVAL, "'%s' is no regular file", path);
	if ((size_t)st.st_size < min || st.st_size == 0)
		return err_set(e, -EINVAL,
			       "'%s' has %lld bytes, at least %zu are needed",
			       path, (long long)st.st_size, min ? min : 1);
	return map(path, &fd,
		   flags == O_RDONLY ? PROT_READ : PROT_READ | PROT_WRITE,
		   (size_t)st.st_size, ret_m, e);
}

int mapping_create(const char *path, size_t size, struct mapping *ret_m,
		   struct err *e)
{
	CLEANUP_FD int fd = -1;

	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	if (fd < 0)
		return err_set(e, -errno, "cannot create '%s': %s", path,
			       strerror(errno));
	if (ftruncate(fd, (off_t)size) < 0)
		return err_set(e, -errno, "cannot give '%s' %zu bytes: %s",
			       path, size, strerror(errno));
	return map(path, &fd, PROT_READ | PROT_WRITE, size, ret_m, e);
}

void mapping_close(struct mapping *m)
{
	if (m->addr)
		(void)munmap(m->addr, m->size);
	close_fd(&m->fd);
	m->addr = NULL;
}

uint64_t now_ns(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000U + (uint64_t)t.tv_nsec;
}
