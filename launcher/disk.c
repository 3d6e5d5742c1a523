/* SPDX-License-Identifier: MIT */

/* disk.c - A node's disk: what it has written, over the image's */

#include "disk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "file.h"
#include "qcow2_header.h"
#include "topology.h"

#define SUFFIX ".qcow2"
/* Directory, node, suffix, and that of one which is being made. */
#define NAME_SIZE (sizeof(CLUSTER_DISK_DIR) + TOPOLOGY_NAME_MAX + 16)

static const char *name_of(const char *node, char name[NAME_SIZE])
{
	(void)snprintf(name, NAME_SIZE, CLUSTER_DISK_DIR "/%s" SUFFIX, node);
	return name;
}

/* ---- those that are there ------------------------------------------------- */

static int read_header(int dir, const char *name, struct qcow2 *ret)
{
	CLEANUP_FD int fd = openat(
		dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	uint8_t data[4096];
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = pread(fd, data, sizeof(data), 0);
	return n < 0 ? -errno : qcow2_parse(data, (size_t)n, ret);
}

static int check_one(const struct cluster *c, int dir, const char *name,
		     const char *root, struct err *e)
{
	struct qcow2 q;
	int r = read_header(dir, name, &q);

	if (r < 0)
		return err_set(e, r,
			       "disk '%s/" CLUSTER_DISK_DIR "/%s' is damaged: "
			       "%s; throw all disks away with --fresh",
			       c->dir, name, strerror(-r));
	if (!strcmp(q.backing, root))
		return 0;
	return err_set(e, -ESTALE,
		       "disk '%s/" CLUSTER_DISK_DIR "/%s' was made for another "
		       "image, '%s': throw all disks away with --fresh, or use "
		       "another cluster with --name",
		       c->dir, name, q.backing);
}

static bool is_disk(const char *name)
{
	size_t len = strlen(name), suffix = strlen(SUFFIX);

	return *name != '.' && len > suffix &&
	       !strcmp(name + len - suffix, SUFFIX);
}

int disk_check(const struct cluster *c, const char *root, struct err *e)
{
	DIR *d = file_open_dir(c->dirfd, CLUSTER_DISK_DIR);
	const struct dirent *f;
	int r = 0;

	if (!d)
		return 0;
	while (r == 0 && (f = readdir(d)))
		if (is_disk(f->d_name))
			r = check_one(c, dirfd(d), f->d_name, root, e);
	(void)closedir(d);
	return r;
}

/* ---- a new one ------------------------------------------------------------ */

static int describe(const char *root, struct qcow2 *ret)
{
	struct stat st;

	if (stat(root, &st) < 0)
		return -errno;
	if (strlen(root) > QCOW2_BACKING_MAX)
		return -ENAMETOOLONG;
	ret->size = (uint64_t)st.st_size;
	(void)snprintf(ret->backing, sizeof(ret->backing), "%s", root);
	return 0;
}

/* Whole, or not under its name. */
static int make(const struct cluster *c, const char *name, const char *root,
		int *ret_fd)
{
	CLEANUP_FD int fd = -1;
	char new[NAME_SIZE];
	struct qcow2 q;
	int r;

	if (mkdirat(c->dirfd, CLUSTER_DISK_DIR, 0700) < 0 && errno != EEXIST)
		return -errno;
	(void)snprintf(new, sizeof(new), "%.*s.new",
		       (int)(strlen(name) - strlen(SUFFIX)), name);
	r = describe(root, &q);
	if (r < 0)
		return r;
	fd = openat(c->dirfd, new, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC,
		    0600);
	if (fd < 0)
		return -errno;
	r = qcow2_create(fd, &q);
	if (r == 0 && fdatasync(fd) < 0)
		r = -errno;
	if (r == 0 && renameat(c->dirfd, new, c->dirfd, name) < 0)
		r = -errno;
	if (r == 0)
		*ret_fd = take_fd(&fd);
	return r;
}

int disk_open(const struct cluster *c, const char *node, const char *root,
	      int *ret_fd)
{
	char name[NAME_SIZE];
	int fd = openat(c->dirfd, name_of(node, name),
			O_RDWR | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0 && errno == ENOENT)
		return make(c, name, root, ret_fd);
	if (fd < 0)
		return -errno;
	*ret_fd = fd;
	return 0;
}

uint64_t disk_bytes(const struct cluster *c, const char *node)
{
	char name[NAME_SIZE];
	struct stat st;

	return fstatat(c->dirfd, name_of(node, name), &st,
		       AT_SYMLINK_NOFOLLOW) == 0 ?
		       (uint64_t)st.st_blocks * 512 :
		       0;
}

int disk_remove_all(const struct cluster *c, struct err *e)
{
	int r = remove_tree(c->dirfd, CLUSTER_DISK_DIR);

	return r < 0 ? err_set(e, r,
			       "cannot remove '%s/" CLUSTER_DISK_DIR "': %s",
			       c->dir, strerror(-r)) :
		       0;
}
