/* SPDX-License-Identifier: MIT */

/* memory.c - The shared memory that all clients map */

#include "memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "parse.h"

static int check_size(uint64_t size, struct err *e)
{
	char text[FORMAT_SIZE_MAX];

	if (is_power_of_2(size) && size >= MEMORY_SIZE_MIN)
		return 0;
	return err_set(e, -EINVAL,
		       "shared memory of %s bytes is no power of two from 4K "
		       "on, as the device needs it: choose another size by -l",
		       format_size(size, text, sizeof(text)));
}

/* Whether clients, who get this very descriptor, can write. */
static int check_writable(int fd, struct err *e)
{
	int flags = fcntl(fd, F_GETFL);
	int seals = fcntl(fd, F_GET_SEALS); /* fails on what cannot have any */

	if (flags < 0)
		return err_set(e, -errno,
			       "descriptor %d of the shared memory is not "
			       "open: %s",
			       fd, strerror(errno));
	if ((flags & O_ACCMODE) != O_RDWR ||
	    (seals > 0 && seals & (F_SEAL_WRITE | F_SEAL_FUTURE_WRITE)))
		return err_set(e, -EACCES,
			       "the shared memory is read-only: open it for "
			       "reading and writing, without seals");
	return 0;
}

int memory_check(int fd, uint64_t size, struct err *e)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return err_set(e, -errno,
			       "cannot look at the shared memory: %s",
			       strerror(errno));
	if ((uint64_t)st.st_size == size)
		return 0;
	return err_set(e, -ESTALE,
		       "the shared memory has %lld bytes now and had %llu: "
		       "give it its size back, or start the server anew",
		       (long long)st.st_size, (unsigned long long)size);
}

/* What is there already is taken as it is, or not at all. */
static int set_size(int fd, const char *name, uint64_t size, struct err *e)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return err_set(e, -errno, "cannot look at '%s': %s", name,
			       strerror(errno));
	if ((uint64_t)st.st_size == size)
		return 0;
	if (st.st_size)
		return err_set(e, -EEXIST,
			       "shared memory '%s' exists with %lld bytes, not "
			       "%llu: remove it, or choose its size by -l",
			       name, (long long)st.st_size,
			       (unsigned long long)size);
	if (ftruncate(fd, (off_t)size) < 0)
		return err_set(e, -errno,
			       "cannot give '%s' %llu bytes: %s; a multiple of "
			       "its pages' size may do",
			       name, (unsigned long long)size, strerror(errno));
	return 0;
}

static int open_shm(const char *given, uint64_t size, int *ret_fd,
		    struct err *e)
{
	CLEANUP_FREE char *name = NULL;
	CLEANUP_FD int fd = -1;
	int r;

	if (asprintf(&name, "/%s", given + (given[0] == '/')) < 0)
		return err_set(e, -ENOMEM, "no memory");
	fd = shm_open(name, O_CREAT | O_RDWR | O_CLOEXEC, 0600);
	if (fd < 0)
		return err_set(e, -errno, "cannot open shared memory '%s': %s",
			       given, strerror(errno));
	r = set_size(fd, given, size, e);
	if (r == 0)
		*ret_fd = take_fd(&fd);
	return r;
}

static int open_in(const char *dir, uint64_t size, int *ret_fd, struct err *e)
{
	CLEANUP_FD int fd = -1;
	int r;

	fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (fd < 0)
		return err_set(e, -errno, "cannot make a file in '%s': %s", dir,
			       strerror(errno));
	r = set_size(fd, dir, size, e);
	if (r == 0)
		*ret_fd = take_fd(&fd);
	return r;
}

static int take(int given, uint64_t *size, int *ret_fd, struct err *e)
{
	CLEANUP_FD int fd = -1;
	struct stat st;
	int r;

	r = check_writable(given, e);
	if (r < 0)
		return r;
	if (fstat(given, &st) < 0)
		return err_set(e, -errno,
			       "cannot look at the shared memory: %s",
			       strerror(errno));
	if (!*size)
		*size = (uint64_t)st.st_size;
	r = check_size(*size, e);
	if (r == 0)
		r = memory_check(given, *size, e);
	if (r < 0)
		return r;
	fd = fcntl(given, F_DUPFD_CLOEXEC, 0);
	if (fd < 0)
		return err_set(e, -errno, "cannot keep the shared memory: %s",
			       strerror(errno));
	*ret_fd = take_fd(&fd);
	return 0;
}

int memory_open(const struct memory_conf *conf, int *ret_fd, uint64_t *ret_size,
		struct err *e)
{
	uint64_t size = conf->size;
	int r;

	if (conf->fd >= 0) {
		r = take(conf->fd, &size, ret_fd, e);
	} else {
		r = check_size(size, e);
		if (r == 0 && conf->dir)
			r = open_in(conf->dir, size, ret_fd, e);
		else if (r == 0)
			r = open_shm(conf->shm_name, size, ret_fd, e);
	}
	if (r == 0)
		*ret_size = size;
	return r;
}
