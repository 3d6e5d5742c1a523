/* SPDX-License-Identifier: MIT */

/* cluster.c - The directory of a cluster, and who owns it */

#include "cluster.h"

#include <dirent.h>
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
#include "machine_id.h"
#include "proto_control.h"
#include "ssh_keys.h"
#include "topology.h"

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

/* 1 = nothing is in it but, perhaps, settings or what a cluster leaves; 0 = it is used for
 * something else.
 */
static int is_ours(const struct cluster *c)
{
	const struct dirent *e;
	bool empty = true;
	DIR *d;

	if (faccessat(c->dirfd, CLUSTER_LOCK, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		return 1;
	d = file_open_dir(c->dirfd, ".");
	if (!d)
		return -errno;
	while (empty && (e = readdir(d)))
		empty = !strcmp(e->d_name, ".") || !strcmp(e->d_name, "..") ||
			!strcmp(e->d_name, CLUSTER_SETTINGS);
	(void)closedir(d);
	return empty;
}

static int prepare(struct cluster *c, const char *dir)
{
	int r;

	c->made = access(dir, F_OK) < 0;
	r = mkdir_parents(dir, 0700);
	if (r == 0)
		r = open_dir(c, dir);
	if (r < 0)
		return r;
	c->new = faccessat(c->dirfd, CLUSTER_LOCK, F_OK, AT_SYMLINK_NOFOLLOW) <
		 0;
	r = is_ours(c);
	if (r <= 0)
		return r < 0 ? r : -ENOTEMPTY;
	/* Also one that was there before: its socket gives root in nodes. */
	if (fchmod(c->dirfd, 0700) < 0)
		return -errno;
	if (mkdirat(c->dirfd, CLUSTER_LOG_DIR, 0700) < 0 && errno != EEXIST)
		return -errno;
	return cluster_try_lock(c);
}

static int explain(const struct cluster *c, const char *dir, int r,
		   struct err *e)
{
	if (r == -EBUSY)
		return err_set(e, r,
			       "the cluster in '%s' runs already: see "
			       "'fame-run status%s', end it with 'fame-run "
			       "down%s', or start another with --name",
			       dir, c->which, c->which);
	if (r == -ENOTEMPTY)
		return err_set(e, r,
			       "directory '%s' is not empty and no cluster's: "
			       "choose another with FAME_DIR",
			       dir);
	return err_set(e, r,
		       "cannot use cluster directory '%s': %s; correct it or "
		       "choose another with FAME_DIR",
		       dir, strerror(-r));
}

int cluster_look(const char *dir, const char *which, struct err *e)
{
	struct cluster c = CLUSTER_NULL;
	int r = open_dir(&c, dir);

	if (r < 0)
		return 0; /* to be made, or to fail then */
	c.which = which;
	r = is_ours(&c);
	if (r >= 0)
		r = !r ? -ENOTEMPTY : cluster_runs(&c) ? -EBUSY : 0;
	cluster_deinit(&c);
	return r < 0 ? explain(&c, dir, r, e) : 0;
}

int cluster_create(struct cluster *c, const char *dir, struct err *e)
{
	int r = prepare(c, dir);

	if (r < 0)
		return explain(c, dir, r, e);
	cluster_sweep(c);
	return 0;
}

int cluster_set_temporary(const struct cluster *c, bool on)
{
	if (on)
		return file_write(c->dirfd, CLUSTER_TEMPORARY, "", 0, 0600);
	return unlinkat(c->dirfd, CLUSTER_TEMPORARY, 0) < 0 && errno != ENOENT ?
		       -errno :
		       0;
}

bool cluster_is_temporary(const struct cluster *c)
{
	return faccessat(c->dirfd, CLUSTER_TEMPORARY, F_OK,
			 AT_SYMLINK_NOFOLLOW) == 0;
}

int cluster_open(struct cluster *c, const char *dir, struct err *e)
{
	int r = open_dir(c, dir);

	if (r == 0 &&
	    faccessat(c->dirfd, CLUSTER_LOCK, F_OK, AT_SYMLINK_NOFOLLOW) < 0)
		r = -errno;
	if (r == -ENOENT)
		return err_set(e, r,
			       "no cluster in '%s': start one with "
			       "'fame-run up%s N'",
			       dir, c->which);
	if (r < 0)
		return err_set(e, r, "cannot open cluster directory '%s': %s",
			       dir, strerror(-r));
	return 0;
}

static const struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

static int open_lock(const struct cluster *c, int flags, int *ret_fd)
{
	int fd = openat(c->dirfd, CLUSTER_LOCK,
			O_RDWR | O_NOFOLLOW | O_CLOEXEC | flags, 0600);

	if (fd < 0)
		return -errno;
	*ret_fd = fd;
	return 0;
}

/* 1 = the file that was locked is still the one of that name. A purge may have
 * removed it in between.
 */
static int is_current(const struct cluster *c, int fd)
{
	struct stat now, ours;

	if (fstat(fd, &ours) < 0)
		return -errno;
	if (fstatat(c->dirfd, CLUSTER_LOCK, &now, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : -errno;
	return now.st_ino == ours.st_ino && now.st_dev == ours.st_dev;
}

static int lock(struct cluster *c, int how)
{
	int r = 0;

	while (r == 0) {
		CLEANUP_FD int fd = -1;
		struct flock l = whole;

		r = open_lock(c, O_CREAT, &fd);
		if (r < 0)
			return r;
		while (fcntl(fd, how, &l) < 0)
			if (errno != EINTR)
				return errno == EAGAIN || errno == EACCES ?
					       -EBUSY :
					       -errno;
		r = is_current(c, fd);
		if (r > 0)
			c->lock = take_fd(&fd);
	}
	return r < 0 ? r : 0;
}

int cluster_try_lock(struct cluster *c)
{
	return lock(c, F_OFD_SETLK);
}

int cluster_wait_lock(struct cluster *c)
{
	return lock(c, F_OFD_SETLKW);
}

bool cluster_runs(const struct cluster *c)
{
	CLEANUP_FD int fd = -1;
	struct flock l = whole;

	return open_lock(c, 0, &fd) == 0 && fcntl(fd, F_OFD_GETLK, &l) == 0 &&
	       l.l_type != F_UNLCK;
}

void cluster_sweep(const struct cluster *c)
{
	(void)unlinkat(c->dirfd, CONTROL_SOCKET, 0);
	(void)unlinkat(c->dirfd, CLUSTER_DOORBELL, 0);
}

/* A regular file of the user's; whatever else has that name stays. */
static int purge_fam(const char *path, struct err *e)
{
	CLEANUP_FD int fd = -1;
	struct stat st;

	if (lstat(path, &st) < 0)
		return 0;
	if (!S_ISREG(st.st_mode) || st.st_uid != geteuid())
		return err_set(e, -EPERM,
			       "shared memory '%s' is no file of yours: remove "
			       "it by hand",
			       path);
	fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) < 0)
		return err_set(e, -EBUSY,
			       "shared memory '%s' is used by another cluster: "
			       "end that first",
			       path);
	if (unlink(path) < 0)
		return err_set(e, -errno, "cannot remove '%s': %s", path,
			       strerror(errno));
	return 0;
}

/* Of whatever name the cluster has had: such are short. */
static int purge_env(const struct cluster *c)
{
	const size_t suffix = strlen(CLUSTER_ENV_SUFFIX);
	DIR *d = file_open_dir(c->dirfd, ".");
	const struct dirent *e;
	int r = 0;

	if (!d)
		return -errno;
	while (r == 0 && (e = readdir(d))) {
		size_t n = strlen(e->d_name);

		if (n > suffix && n < TOPOLOGY_NAME_MAX + suffix &&
		    !strcmp(e->d_name + n - suffix, CLUSTER_ENV_SUFFIX) &&
		    unlinkat(c->dirfd, e->d_name, 0) < 0)
			r = -errno;
	}
	(void)closedir(d);
	return r;
}

int cluster_purge(const struct cluster *c, const char *fam_path, struct err *e)
{
	static const char *const kept[] = {
		CLUSTER_FAM,	     CLUSTER_DB,   (CLUSTER_DB "-wal"),
		(CLUSTER_DB "-shm"), CLUSTER_INI,  CLUSTER_LOG_DIR,
		CLUSTER_DISK_DIR,    SSH_KEYS_DIR, MACHINE_ID_FILE,
		CLUSTER_TEMPORARY,   CLUSTER_LOCK,
	};
	int r;

	r = fam_path ? purge_fam(fam_path, e) : 0;
	if (r < 0)
		return r;
	cluster_sweep(c);
	r = purge_env(c);
	if (r < 0)
		return err_set(e, r,
			       "cannot remove '%s/*" CLUSTER_ENV_SUFFIX "': %s",
			       c->dir, strerror(-r));
	for (size_t i = 0; i < ARRAY_SIZE(kept); i++) {
		r = remove_tree(c->dirfd, kept[i]);
		if (r < 0)
			return err_set(e, r, "cannot remove '%s/%s': %s",
				       c->dir, kept[i], strerror(-r));
	}
	if (c->new && !c->made)
		return 0;
	/* Something of the user's may be in it. */
	if (rmdir(c->dir) < 0 && errno != ENOTEMPTY && errno != EEXIST)
		return err_set(e, -errno, "cannot remove '%s': %s", c->dir,
			       strerror(errno));
	return 0;
}

int cluster_undo(const struct cluster *c, const char *fam_made, struct err *e)
{
	if (c->new)
		return cluster_purge(c, fam_made, e);
	cluster_sweep(c);
	return fam_made ? purge_fam(fam_made, e) : 0;
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
static void socket_address(const struct cluster *c, const char *name,
			   struct sockaddr_un *a)
{
	*a = (struct sockaddr_un){ .sun_family = AF_UNIX };
	(void)snprintf(a->sun_path, sizeof(a->sun_path), "/proc/self/fd/%d/%s",
		       c->dirfd, name);
}

static int open_socket(int *ret_fd)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	*ret_fd = fd;
	return 0;
}

int cluster_listen(const struct cluster *c, const char *name, int *ret_fd)
{
	CLEANUP_FD int fd = -1;
	struct sockaddr_un a;
	int r;

	r = open_socket(&fd);
	if (r < 0)
		return r;
	socket_address(c, name, &a);
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
	socket_address(c, CONTROL_SOCKET, &a);
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
