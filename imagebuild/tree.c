/* SPDX-License-Identifier: MIT */

/* tree.c - A directory that will be the root of a system (design: tree.h) */

#include "tree.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cleanup.h"
#include "file.h"
#include "path.h"

void tree_init(struct tree *t, int root)
{
	t->root = root;
	t->dir = -1;
	t->dir_name[0] = '\0';
}

void tree_deinit(struct tree *t)
{
	close_fd(&t->dir);
}

int tree_name(const char *name, char *buf, size_t size)
{
	size_t n = 0;

	if (!*name)
		return -EINVAL;
	if (*name == '/')
		return -EXDEV;
	while (*name) {
		size_t len = strcspn(name, "/");

		if (len == 2 && !memcmp(name, "..", 2))
			return -EXDEV;
		if (len > NAME_MAX || n + len + 2 > size)
			return -ENAMETOOLONG;
		if (len && !(len == 1 && *name == '.')) {
			if (n)
				buf[n++] = '/';
			memcpy(buf + n, name, len);
			n += len;
		}
		name += len;
		name += strspn(name, "/");
	}
	buf[n] = '\0';
	return 0;
}

/* The kernel answers EAGAIN if something was renamed while it looked. */
static int openat2_retry(int dirfd, const char *path, struct open_how *how)
{
	long fd;

	do
		fd = syscall(SYS_openat2, dirfd, path, how, sizeof(*how));
	while (fd < 0 && (errno == EAGAIN || errno == EINTR));
	return fd < 0 ? -errno : (int)fd;
}

static int open_beneath(int root, const char *path, int flags)
{
	struct open_how how = {
		.flags = (unsigned int)(flags | O_CLOEXEC),
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS,
	};

	return openat2_retry(root, *path ? path : ".", &how);
}

int tree_open(int root, const char *path, int flags)
{
	struct open_how how = {
		.flags = (unsigned int)(flags | O_CLOEXEC),
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
	};

	return openat2_retry(root, path, &how);
}

/* Open the directory of @name. Members of an archive come directory by
 * directory, so the last one is kept.
 */
static int open_parent(struct tree *t, const char *name, const char **ret_leaf)
{
	const char *slash = strrchr(name, '/');
	size_t len = slash ? (size_t)(slash - name) : 0;
	char dir[PATH_MAX];
	int fd;

	if (!*name)
		return -EISDIR;
	*ret_leaf = slash ? slash + 1 : name;
	if (t->dir >= 0 && strlen(t->dir_name) == len &&
	    !memcmp(t->dir_name, name, len))
		return 0;
	if (len >= sizeof(dir))
		return -ENAMETOOLONG;
	memcpy(dir, name, len);
	dir[len] = '\0';
	fd = open_beneath(t->root, dir, O_PATH | O_DIRECTORY);
	if (fd < 0)
		return fd;
	close_fd(&t->dir);
	t->dir = fd;
	memcpy(t->dir_name, dir, len + 1);
	return 0;
}

int tree_mkdir(struct tree *t, const char *name, mode_t mode)
{
	CLEANUP_FD int fd = -1;
	const char *leaf;
	int r;

	if (!*name)
		return 0;
	r = open_parent(t, name, &leaf);
	if (r < 0)
		return r;
	if (mkdirat(t->dir, leaf, 0700) == 0)
		/* Past the umask; we must be able to work in it. */
		return fchmodat(t->dir, leaf, mode | S_IRWXU, 0) < 0 ? -errno :
								       0;
	if (errno != EEXIST)
		return -errno;
	fd = open_beneath(t->root, name, O_PATH | O_DIRECTORY);
	return fd < 0 ? fd : 0;
}

int tree_mkdir_parents(struct tree *t, const char *name)
{
	char dir[PATH_MAX];
	int r = 0;

	for (const char *s = strchr(name, '/'); s && r == 0;
	     s = strchr(s + 1, '/')) {
		r = path_format(dir, sizeof(dir), "%.*s", (int)(s - name),
				name);
		if (r == 0)
			r = tree_mkdir(t, dir, 0755);
	}
	return r;
}

int tree_create(struct tree *t, const char *name, int *ret_fd)
{
	const int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
	const char *leaf;
	int fd, r;

	r = open_parent(t, name, &leaf);
	if (r < 0)
		return r;
	fd = openat(t->dir, leaf, flags, 0600);
	if (fd < 0 && errno == EEXIST) {
		if (unlinkat(t->dir, leaf, 0) < 0)
			return -errno;
		fd = openat(t->dir, leaf, flags, 0600);
	}
	if (fd < 0)
		return -errno;
	*ret_fd = fd;
	return 0;
}

int tree_symlink(struct tree *t, const char *name, const char *target)
{
	char have[PATH_MAX];
	const char *leaf;
	ssize_t n;
	int r;

	r = open_parent(t, name, &leaf);
	if (r < 0)
		return r;
	if (symlinkat(target, t->dir, leaf) == 0)
		return 0;
	if (errno != EEXIST)
		return -errno;
	n = readlinkat(t->dir, leaf, have, sizeof(have));
	if (n == (ssize_t)strlen(target) && !memcmp(have, target, (size_t)n))
		return 0;
	if (unlinkat(t->dir, leaf, 0) < 0)
		return errno == EISDIR ? 0 : -errno; /* as dpkg: it stays */
	return symlinkat(target, t->dir, leaf) < 0 ? -errno : 0;
}

int tree_link(struct tree *t, const char *name, const char *target)
{
	CLEANUP_FD int from = -1;
	const char *leaf, *from_leaf;
	int r;

	r = open_parent(t, target, &from_leaf);
	if (r < 0)
		return r;
	from = fcntl(t->dir, F_DUPFD_CLOEXEC, 0);
	if (from < 0)
		return -errno;
	r = open_parent(t, name, &leaf);
	if (r < 0)
		return r;
	if (unlinkat(t->dir, leaf, 0) < 0 && errno != ENOENT)
		return -errno;
	return linkat(from, from_leaf, t->dir, leaf, 0) < 0 ? -errno : 0;
}

int tree_remove(struct tree *t, const char *name)
{
	const char *leaf;
	int r = open_parent(t, name, &leaf);

	return r < 0 ? r : remove_tree(t->dir, leaf);
}

int tree_read(int root, const char *path, size_t max, char **ret_data,
	      size_t *ret_len)
{
	CLEANUP_FD int fd = tree_open(root, path, O_RDONLY | O_NONBLOCK);
	char name[32];
	struct stat st;
	int r;

	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EISDIR;
	r = path_format(name, sizeof(name), "/proc/self/fd/%d", fd);
	return r < 0 ? r : file_read(AT_FDCWD, name, max, ret_data, ret_len);
}
