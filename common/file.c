/* SPDX-License-Identifier: MIT */

/* file.c - Whole files and directories */

#include "file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"

int write_all(int fd, const void *data, size_t len)
{
	const char *p = data;

	while (len) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		/* Somebody else's terminal or pipe may be non-blocking. */
		if (n < 0 && errno == EAGAIN) {
			(void)poll(&(struct pollfd){ fd, POLLOUT, 0 }, 1, -1);
			continue;
		}
		if (n < 0)
			return -errno;
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

int write_all_at(int fd, const void *data, size_t len, off_t at)
{
	const char *p = data;

	while (len) {
		ssize_t n = pwrite(fd, p, len, at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		p += n;
		at += n;
		len -= (size_t)n;
	}
	return 0;
}

int read_at(int fd, void *buf, size_t len, off_t at, size_t *ret_len)
{
	size_t got = 0;

	while (got < len) {
		ssize_t n = pread(fd, (char *)buf + got, len - got,
				  at + (off_t)got);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (!n)
			break;
		got += (size_t)n;
	}
	*ret_len = got;
	return 0;
}

bool is_zeros(const void *data, size_t len)
{
	const char *p = data;

	return !len || (!*p && !memcmp(p, p + 1, len - 1));
}

/* Files of /proc and /sys have no size: read until the end. */
int file_read(int dirfd, const char *path, size_t max, char **ret_text,
	      size_t *ret_len)
{
	CLEANUP_FREE char *buf = NULL;
	CLEANUP_FD int fd = -1;
	size_t room = 0, len = 0;

	fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	for (;;) {
		ssize_t n;

		if (len == room) {
			char *more;

			room = room ? room * 2 : 4096;
			more = realloc(buf, room + 1);
			if (!more)
				return -ENOMEM;
			buf = more;
		}
		n = read(fd, buf + len, room - len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (!n)
			break;
		len += (size_t)n;
		if (len > max)
			return -EFBIG;
	}
	buf[len] = '\0';
	if (ret_len)
		*ret_len = len;
	*ret_text = take_ptr(&buf);
	return 0;
}

int file_begin_aside(struct file_aside *a, int dirfd, const char *path,
		     mode_t mode)
{
	uint64_t random;
	int r;

	/* One that was killed may have left a file, and pids come again. */
	if (getrandom(&random, sizeof(random), 0) != sizeof(random))
		return -EIO;
	r = snprintf(a->tmp, sizeof(a->tmp), "%s.%016" PRIx64 ".tmp", path,
		     random);
	if (r < 0 || (size_t)r >= sizeof(a->tmp))
		return -ENAMETOOLONG;
	a->dirfd = dirfd;
	a->path = path;
	a->fd = openat(dirfd, a->tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
		       mode);
	return a->fd < 0 ? -errno : 0;
}

int file_end_aside(struct file_aside *a, int error)
{
	if (error == 0 && (fsync(a->fd) < 0 ||
			   renameat(a->dirfd, a->tmp, a->dirfd, a->path) < 0))
		error = -errno;
	if (error < 0)
		(void)unlinkat(a->dirfd, a->tmp, 0);
	close_fd(&a->fd);
	return error;
}

int file_write(int dirfd, const char *path, const void *data, size_t len,
	       mode_t mode)
{
	struct file_aside a;
	int r = file_begin_aside(&a, dirfd, path, mode);

	return r < 0 ? r : file_end_aside(&a, write_all(a.fd, data, len));
}

int mkdir_parents(const char *path, mode_t mode)
{
	char part[PATH_MAX];
	struct stat st;
	size_t len = strlen(path);

	if (!len || len >= sizeof(part))
		return len ? -ENAMETOOLONG : -ENOENT;
	memcpy(part, path, len + 1);
	for (char *p = part + 1;; p++) {
		char c = *p;

		if (c && c != '/')
			continue;
		*p = '\0';
		if (mkdir(part, mode) < 0 && errno != EEXIST)
			return -errno;
		if (!c)
			break;
		*p = '/';
	}
	if (stat(path, &st) < 0)
		return -errno;
	return S_ISDIR(st.st_mode) ? 0 : -ENOTDIR;
}

DIR *file_open_dir(int dirfd, const char *path)
{
	int fd = openat(dirfd, path,
			O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	int error = errno;

	if (!d) {
		close_fd(&fd);
		errno = error;
	}
	return d;
}

/* Takes @fd over. */
static int remove_entries(int fd)
{
	DIR *d = fdopendir(fd);
	const struct dirent *e;
	int r = 0;

	if (!d) {
		r = -errno;
		(void)close(fd);
		return r;
	}
	while (r == 0 && (e = readdir(d)))
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			r = remove_tree(fd, e->d_name);
	(void)closedir(d);
	return r;
}

int remove_tree(int dirfd, const char *path)
{
	int fd, r;

	if (unlinkat(dirfd, path, 0) == 0 || errno == ENOENT)
		return 0;
	if (errno != EISDIR && errno != EPERM)
		return -errno;
	fd = openat(dirfd, path,
		    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 && errno == EACCES && fchmodat(dirfd, path, S_IRWXU, 0) == 0)
		fd = openat(dirfd, path,
			    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	/* A tree of packages has directories without write permission. */
	(void)fchmod(fd, S_IRWXU);
	r = remove_entries(fd);
	if (r < 0)
		return r;
	return unlinkat(dirfd, path, AT_REMOVEDIR) < 0 ? -errno : 0;
}
