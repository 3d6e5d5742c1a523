/* SPDX-License-Identifier: MIT */

/* store.c - The cache: what builds leave for each other (design: store.h) */

#include "store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cleanup.h"
#include "file.h"
#include "path.h"

int store_init(const char *cache, struct err *e)
{
	static const struct {
		const char *name;
		mode_t mode;
	} dirs[] = {
		{ "deb", 0755 },
		{ "index", 0755 },
		{ "requests", 0755 },
		{ "images", 0755 },
		{ "log", 0755 },
		/* Trees have set-uid programs, which are this user's here. */
		{ "tmp", 0700 },
		{ "trees", 0700 },
	};
	char path[PATH_MAX];
	int r = 0;

	for (size_t i = 0; i < ARRAY_SIZE(dirs) && r == 0; i++) {
		r = path_format(path, sizeof(path), "%s/%s", cache,
				dirs[i].name);
		if (r == 0)
			r = mkdir_parents(path, dirs[i].mode);
		/* Made by an earlier version, it may be too open. */
		if (r == 0 && !(dirs[i].mode & 0077))
			(void)chmod(path, dirs[i].mode);
		if (r == 0 && access(path, W_OK | X_OK) < 0)
			r = -errno;
	}
	return r < 0 ? err_set(e, r,
			       "cannot use the cache \"%s\": %s; set "
			       "XDG_CACHE_HOME to a directory that can be "
			       "written",
			       cache, strerror(-r)) :
		       0;
}

static int open_dir(int dirfd, const char *name)
{
	int fd = openat(dirfd, name,
			O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

/* Remove what nobody holds. @tmp is locked. */
static void sweep(int tmp)
{
	DIR *d;
	const struct dirent *e;
	int fd = fcntl(tmp, F_DUPFD_CLOEXEC, 0);

	d = fd < 0 ? NULL : fdopendir(fd);
	while (d && (e = readdir(d))) {
		CLEANUP_FD int build = -1;

		if (*e->d_name == '.')
			continue;
		build = open_dir(tmp, e->d_name);
		if (build >= 0 && flock(build, LOCK_EX | LOCK_NB) == 0)
			(void)remove_tree(tmp, e->d_name);
	}
	if (d)
		(void)closedir(d);
	else if (fd >= 0)
		(void)close(fd);
}

/* 1 = something is in it. */
static int has_entries(int dir)
{
	int fd = open_dir(dir, "."), found = 0;
	const struct dirent *e;
	DIR *d = fd < 0 ? NULL : fdopendir(fd);

	if (!d) {
		close_fd(&fd);
		return -errno;
	}
	while (!found && (e = readdir(d)))
		found = *e->d_name != '.';
	(void)closedir(d);
	return found;
}

/* Nobody else begins while it is open. */
static int lock_tmp(const char *cache, int *ret_fd)
{
	CLEANUP_FD int tmp = -1;
	char path[PATH_MAX];
	int r = path_format(path, sizeof(path), "%s/tmp", cache);

	if (r < 0)
		return r;
	tmp = open_dir(AT_FDCWD, path);
	if (tmp < 0)
		return tmp;
	while (flock(tmp, LOCK_EX) < 0)
		if (errno != EINTR)
			return -errno;
	sweep(tmp);
	*ret_fd = take_fd(&tmp);
	return 0;
}

int store_quiet(const char *cache, int *ret_fd)
{
	CLEANUP_FD int tmp = -1;
	int r = lock_tmp(cache, &tmp);

	if (r < 0)
		return r;
	/* What could not be swept is at work. */
	r = has_entries(tmp);
	if (r)
		return r < 0 ? r : -EBUSY;
	*ret_fd = take_fd(&tmp);
	return 0;
}

int store_build_begin(const char *cache, struct store_build *ret, struct err *e)
{
	CLEANUP_FD int tmp = -1, lock = -1;
	char path[PATH_MAX];
	int r;

	ret->path[0] = '\0';
	ret->lock = -1;
	r = lock_tmp(cache, &tmp);
	if (r < 0)
		return r;
	r = path_format(path, sizeof(path), "%s/tmp/build.XXXXXX", cache);
	if (r < 0)
		return r;
	if (!mkdtemp(path))
		return err_set(e, -errno, "cannot create \"%s\": %s", path,
			       strerror(errno));
	lock = open_dir(AT_FDCWD, path);
	if (lock < 0 || flock(lock, LOCK_EX | LOCK_NB) < 0)
		return -errno;
	memcpy(ret->path, path, sizeof(path));
	ret->lock = take_fd(&lock);
	return 0;
}

void store_build_end(struct store_build *b)
{
	if (*b->path)
		(void)remove_tree(AT_FDCWD, b->path);
	b->path[0] = '\0';
	close_fd(&b->lock);
}

int store_request_get(const char *cache, const char *request,
		      char ret_key[HASH_HEX])
{
	CLEANUP_FREE char *text = NULL;
	char path[PATH_MAX];
	int r;

	r = path_format(path, sizeof(path), "%s/requests/%s", cache, request);
	if (r >= 0)
		r = file_read(AT_FDCWD, path, 256, &text, NULL);
	if (r < 0)
		return r;
	text[strcspn(text, "\n")] = '\0';
	/* Not a key: as if it were not there; the build writes it anew. */
	if (!hash_is_hex(text))
		return -ENOENT;
	memcpy(ret_key, text, HASH_HEX);
	return 0;
}

int store_request_put(const char *cache, const char *request, const char *key)
{
	char path[PATH_MAX], line[HASH_HEX + 1];
	int r;

	r = path_format(path, sizeof(path), "%s/requests/%s", cache, request);
	if (r == 0)
		r = path_format(line, sizeof(line), "%s\n", key);
	return r < 0 ? r : file_write(AT_FDCWD, path, line, strlen(line), 0644);
}

int store_requests_of(const char *cache, const char *key, char **ret_text)
{
	char path[PATH_MAX], found[HASH_HEX];
	struct dirent **list;
	size_t len;
	FILE *f;
	int n, r = path_format(path, sizeof(path), "%s/requests", cache);

	if (r < 0)
		return r;
	n = scandir(path, &list, NULL, alphasort);
	if (n < 0)
		return -errno;
	f = open_memstream(ret_text, &len);
	for (int i = 0; i < n; i++) {
		const char *name = list[i]->d_name;

		if (f && hash_is_hex(name) &&
		    store_request_get(cache, name, found) == 0 &&
		    !strcmp(found, key))
			(void)fprintf(f, "%s\n", name);
		free(list[i]);
	}
	free(list);
	return !f || fclose(f) != 0 ? -ENOMEM : 0;
}

static int sync_path(const char *path)
{
	CLEANUP_FD int fd = open(path, O_RDONLY | O_CLOEXEC);

	return fd < 0 || fsync(fd) < 0 ? -errno : 0;
}

/* Every file of the directory, and the directory. */
static int sync_files(const char *dir)
{
	const struct dirent *e;
	char path[PATH_MAX];
	DIR *d = opendir(dir);
	int r = d ? 0 : -errno;

	while (d && r == 0 && (e = readdir(d))) {
		if (*e->d_name == '.')
			continue;
		r = path_format(path, sizeof(path), "%s/%s", dir, e->d_name);
		if (r == 0)
			r = sync_path(path);
	}
	if (d)
		(void)closedir(d);
	return r < 0 ? r : sync_path(dir);
}

/* Directories with something in them are never replaced by rename(2), which
 * every file system has; RENAME_NOREPLACE is not known to NFS.
 */
static int rename_new(const char *from, const char *to)
{
	if (rename(from, to) == 0)
		return 0;
	return errno == ENOTEMPTY ? -EEXIST : -errno;
}

static int exchange(const char *a, const char *b)
{
	char old[PATH_MAX];
	int r;

	if (renameat2(AT_FDCWD, a, AT_FDCWD, b, RENAME_EXCHANGE) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return -errno;
	/* Here, too, NFS has to do with less: for a moment there is no @b. */
	r = path_format(old, sizeof(old), "%s.old", a);
	if (r == 0 && rename(b, old) < 0 && errno != ENOENT)
		r = -errno;
	return r < 0 ? r : rename_new(a, b);
}

int store_publish(const char *cache, const char *from, const char *key)
{
	char to[PATH_MAX], images[PATH_MAX];
	int r;

	r = path_format(images, sizeof(images), "%s/images", cache);
	if (r == 0)
		r = path_format(to, sizeof(to), "%s/images/%s", cache, key);
	if (r == 0)
		r = sync_files(from);
	if (r < 0)
		return r;
	r = rename_new(from, to);
	if (r == -EEXIST)
		r = exchange(from, to);
	if (r < 0)
		return r;
	return sync_path(images);
}

int store_unpublish(const char *cache, const char *key, struct err *e)
{
	char path[PATH_MAX], away[PATH_MAX];
	struct store_build b;
	int r = path_format(path, sizeof(path), "%s/images/%s", cache, key);

	if (r == 0)
		r = store_build_begin(cache, &b, e);
	if (r < 0)
		return r;
	r = path_format(away, sizeof(away), "%s/image", b.path);
	if (r == 0 && rename(path, away) < 0)
		r = -errno;
	store_build_end(&b);
	return r < 0 ? err_set(e, r, "cannot remove \"%s\": %s", path,
			       strerror(-r)) :
		       0;
}

/* ---- trees ---- */

static int tree_path(const char *cache, const char *key, char *buf, size_t size)
{
	CLEANUP_FREE char *boot = NULL;
	int r = file_read(AT_FDCWD, "/proc/sys/kernel/random/boot_id", 64,
			  &boot, NULL);

	if (r < 0)
		return r;
	boot[strcspn(boot, "\n")] = '\0';
	return path_format(buf, size, "%s/trees/%.32s.%s", cache, key, boot);
}

int store_tree_take(const char *cache, const char *key, const char *to)
{
	char path[PATH_MAX];
	int r = tree_path(cache, key, path, sizeof(path));

	if (r < 0)
		return r;
	return rename(path, to) < 0 ? -errno : 0;
}

/* Out of the way at once; removing takes time. */
static int discard_trees(const char *cache, const char *trash)
{
	char path[PATH_MAX], to[PATH_MAX];
	const struct dirent *f;
	int r = path_format(path, sizeof(path), "%s/trees", cache);
	DIR *d = r < 0 ? NULL : opendir(path);

	while (d && r == 0 && (f = readdir(d))) {
		if (*f->d_name == '.')
			continue;
		r = path_format(path, sizeof(path), "%s/trees/%s", cache,
				f->d_name);
		if (r == 0)
			r = path_format(to, sizeof(to), "%s/%s", trash,
					f->d_name);
		if (r == 0 && rename(path, to) < 0 && errno != ENOENT)
			r = -errno;
	}
	if (d)
		(void)closedir(d);
	return r;
}

int store_tree_keep(const char *cache, const char *key, const char *from,
		    const char *trash)
{
	char path[PATH_MAX];
	int r = mkdir(trash, 0700) < 0 && errno != EEXIST ? -errno : 0;

	if (r == 0)
		r = discard_trees(cache, trash);
	if (r == 0)
		r = tree_path(cache, key, path, sizeof(path));
	if (r < 0)
		return r;
	/* Another build may have been faster: its tree is as good. */
	r = rename_new(from, path);
	return r == -EEXIST ? 0 : r;
}

int store_free_bytes(const char *cache, uint64_t *ret_bytes)
{
	struct statvfs v;

	if (statvfs(cache, &v) < 0)
		return -errno;
	*ret_bytes = (uint64_t)v.f_bavail * v.f_frsize;
	return 0;
}
