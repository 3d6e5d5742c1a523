/* SPDX-License-Identifier: MIT */

/* cluster.c - The directory of a cluster, and who owns it */

#include "cluster.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "cleanup.h"
#include "file.h"
#include "proto_control.h"

#define LOCK "lock"
#define LISTEN_BACKLOG 64

static int open_dir(struct cluster *c, const char *dir)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	c->dir = dir;
	c->dirfd = fd;
	return 0;
}

int cluster_create(struct cluster *c, const char *dir, struct err *e)
{
	int r;

	c->made = access(dir, F_OK) < 0;
	r = mkdir_parents(dir, 0700);
	if (r == 0)
		r = open_dir(c, dir);
	/* Also one that was there before: its socket gives root in nodes. */
	if (r == 0 && fchmod(c->dirfd, 0700) < 0)
		r = -errno;
	if (r == 0 && mkdirat(c->dirfd, CLUSTER_LOG_DIR, 0700) < 0 &&
	    errno != EEXIST)
		r = -errno;
	if (r == 0)
		r = cluster_try_lock(c);
	if (r == -EBUSY)
		return err_set(
			e, r,
			"the cluster in '%s' runs already: see "
			"'fame-run status', end it with 'fame-run down', "
			"or start another with --name",
			dir);
	if (r < 0)
		return err_set(e, r,
			       "cannot use cluster directory '%s': %s; correct "
			       "it or choose another with FAME_DIR",
			       dir, strerror(-r));
	cluster_sweep(c);
	return 0;
}

int cluster_open(struct cluster *c, const char *dir, struct err *e)
{
	int r = open_dir(c, dir);

	if (r < 0)
		return err_set(e, r,
			       "no cluster in '%s': %s; start one with "
			       "'fame-run up N'",
			       dir, strerror(-r));
	return 0;
}

static int lock(struct cluster *c, int how)
{
	CLEANUP_FD int fd = -1;

	fd = openat(c->dirfd, LOCK, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	while (flock(fd, how) < 0)
		if (errno != EINTR)
			return errno == EWOULDBLOCK ? -EBUSY : -errno;
	c->lock = take_fd(&fd);
	return 0;
}

int cluster_try_lock(struct cluster *c)
{
	return lock(c, LOCK_EX | LOCK_NB);
}

int cluster_wait_lock(struct cluster *c)
{
	return lock(c, LOCK_EX);
}

void cluster_sweep(const struct cluster *c)
{
	(void)unlinkat(c->dirfd, CONTROL_SOCKET, 0);
}

int cluster_purge(const struct cluster *c, struct err *e)
{
	static const char *const kept[] = {
		"fam",
		CLUSTER_DB,
		CLUSTER_DB "-wal",
		CLUSTER_DB "-shm",
		CLUSTER_INI,
		CLUSTER_LOG_DIR,
		CONTROL_SOCKET,
		LOCK,
	};

	for (size_t i = 0; i < ARRAY_SIZE(kept); i++) {
		int r = remove_tree(c->dirfd, kept[i]);

		if (r < 0)
			return err_set(e, r, "cannot remove '%s/%s': %s",
				       c->dir, kept[i], strerror(-r));
	}
	/* Something of the user's may be in it. */
	if (rmdir(c->dir) < 0 && errno != ENOTEMPTY && errno != EEXIST)
		return err_set(e, -errno, "cannot remove '%s': %s", c->dir,
			       strerror(errno));
	return 0;
}

int cluster_open_log(const struct cluster *c, const char *name, int *ret_fd)
{
	char path[128];
	int fd;

	(void)snprintf(path, sizeof(path), CLUSTER_LOG_DIR "/%s", name);
	fd = openat(c->dirfd, path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC,
		    0600);
	if (fd < 0)
		return -errno;
	*ret_fd = fd;
	return 0;
}

/* The path of a socket has room for 107 bytes, a directory's may be longer:
 * go by the descriptor.
 */
static void socket_address(const struct cluster *c, struct sockaddr_un *a)
{
	*a = (struct sockaddr_un){ .sun_family = AF_UNIX };
	(void)snprintf(a->sun_path, sizeof(a->sun_path),
		       "/proc/self/fd/%d/" CONTROL_SOCKET, c->dirfd);
}

static int open_socket(int *ret_fd)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	*ret_fd = fd;
	return 0;
}

int cluster_listen(const struct cluster *c, int *ret_fd)
{
	CLEANUP_FD int fd = -1;
	struct sockaddr_un a;
	int r;

	r = open_socket(&fd);
	if (r < 0)
		return r;
	socket_address(c, &a);
	if (bind(fd, (struct sockaddr *)&a, sizeof(a)) < 0 ||
	    listen(fd, LISTEN_BACKLOG) < 0)
		return -errno;
	*ret_fd = take_fd(&fd);
	return 0;
}

int cluster_connect(const struct cluster *c, int *ret_fd)
{
	CLEANUP_FD int fd = -1;
	struct sockaddr_un a;
	int r;

	r = open_socket(&fd);
	if (r < 0)
		return r;
	socket_address(c, &a);
	if (connect(fd, (struct sockaddr *)&a, sizeof(a)) < 0)
		return -errno;
	*ret_fd = take_fd(&fd);
	return 0;
}

void cluster_deinit(struct cluster *c)
{
	close_fd(&c->dirfd);
	close_fd(&c->lock);
}
