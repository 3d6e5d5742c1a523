/* SPDX-License-Identifier: MIT */

/* files.c - All files below a directory: into a hash, or into a tree */

#include "files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "file.h"
#include "path.h"
#include "tree.h"

#define FILE_MAX (256U << 20)
#define FILES_MAX 10000U
#define DEPTH_MAX 16U

static bool is_kept(const char *name, bool all)
{
	static const char *const products[] = { ".o",	".a",	  ".d",
						".ko",	".mod",	  ".mod.c",
						".cmd", ".order", ".symvers",
						".tmp" };
	size_t n = strlen(name);

	if (!strcmp(name, ".") || !strcmp(name, ".."))
		return false;
	if (all)
		return true;
	if (*name == '.')
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(products); i++) {
		size_t t = strlen(products[i]);

		if (n > t && !strcmp(name + n - t, products[i]))
			return false;
	}
	return true;
}

struct listing {
	bool all;
	struct strv *to;
};

static int list_into(const struct listing *l, int dirfd, const char *prefix,
		     unsigned int depth);

static int list_entry(const struct listing *l, int dirfd, const char *prefix,
		      const char *name, unsigned int depth)
{
	char path[PATH_MAX];
	struct stat st;
	int fd, r;

	if (!is_kept(name, l->all))
		return 0;
	r = path_format(path, sizeof(path), "%s%s%s", prefix,
			*prefix ? "/" : "", name);
	if (r < 0)
		return r;
	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : -errno; /* gone meanwhile */
	if (S_ISREG(st.st_mode) || S_ISLNK(st.st_mode)) {
		strv_push(l->to, path);
		return l->to->n > FILES_MAX ? -E2BIG : 0;
	}
	if (!S_ISDIR(st.st_mode))
		return 0;
	if (depth == DEPTH_MAX)
		return -ELOOP;
	fd = openat(dirfd, name,
		    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? -errno : list_into(l, fd, path, depth + 1);
}

/* Takes @dirfd over. */
static int list_into(const struct listing *l, int dirfd, const char *prefix,
		     unsigned int depth)
{
	DIR *d = fdopendir(dirfd);
	const struct dirent *e;
	int r = 0;

	if (!d) {
		r = -errno;
		(void)close(dirfd);
		return r;
	}
	while (r == 0 && (e = readdir(d)))
		r = list_entry(l, dirfd, prefix, e->d_name, depth);
	(void)closedir(d);
	return r;
}

int files_list(int dirfd, bool all, struct strv *ret)
{
	const struct listing l = { all, ret };
	int r = dirfd < 0 ? dirfd : list_into(&l, dirfd, "", 0);

	if (r == 0 && !strv_ok(ret))
		r = -ENOMEM;
	if (r == 0)
		strv_sort(ret);
	return r;
}

/* One of them in memory. */
struct file {
	char *data; /* of a link: its target */
	size_t len;
	mode_t mode;
};

static int file_take(const char *path, struct file *ret)
{
	CLEANUP_FREE char *target = NULL;
	struct stat st;
	ssize_t n;

	if (lstat(path, &st) < 0)
		return -errno;
	ret->mode = st.st_mode;
	if (!S_ISLNK(st.st_mode))
		return file_read(AT_FDCWD, path, FILE_MAX, &ret->data,
				 &ret->len);
	target = calloc(1, PATH_MAX);
	n = target ? readlink(path, target, PATH_MAX - 1) : -1;
	if (n < 0)
		return target ? -errno : -ENOMEM;
	ret->len = (size_t)n;
	ret->data = take_ptr(&target);
	return 0;
}

/* What does not depend on who has copied it, and how. */
static mode_t mode_of(mode_t mode)
{
	if (S_ISLNK(mode))
		return S_IFLNK | 0777;
	return S_IFREG | (mode & 0100 ? 0755 : 0644);
}

typedef int (*file_fn)(void *arg, const char *name, const struct file *f);

static int visit_file(const struct files *d, const char *rel, file_fn fn,
		      void *arg)
{
	char path[PATH_MAX], name[PATH_MAX];
	struct file f = { 0 };
	int r = path_format(path, sizeof(path), "%s/%s", d->dir, rel);

	if (r == 0)
		r = path_format(name, sizeof(name), "%s%s%s", d->as,
				*d->as ? "/" : "", rel);
	if (r == 0)
		r = file_take(path, &f);
	if (r == 0)
		r = fn(arg, name, &f);
	free(f.data);
	return r;
}

static int visit(const struct files *d, file_fn fn, void *arg, struct err *e)
{
	int fd = open(d->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CLEANUP_STRV struct strv list = { 0 };
	int r = files_list(fd < 0 ? -errno : fd, d->all, &list);

	if (r < 0)
		return err_set(e, r, "cannot read the files of \"%s\": %s",
			       d->dir, strerror(-r));
	for (size_t i = 0; i < list.n && r == 0; i++) {
		r = visit_file(d, list.v[i], fn, arg);
		if (r < 0)
			(void)err_set(e, r, "cannot take file \"%s/%s\": %s",
				      d->dir, list.v[i], strerror(-r));
	}
	return r;
}

static int add_to_hash(void *arg, const char *name, const struct file *f)
{
	struct hash *h = arg;
	char head[64];
	int r;

	hash_string(h, name);
	r = path_format(head, sizeof(head), "%o %zu\n",
			(unsigned int)mode_of(f->mode), f->len);
	hash_string(h, head);
	hash_update(h, f->data, f->len);
	return r;
}

int files_hash(const struct files *d, struct hash *h, struct err *e)
{
	return visit(d, add_to_hash, h, e);
}

static int add_to_tree(void *arg, const char *name, const struct file *f)
{
	struct tree *t = arg;
	CLEANUP_FD int fd = -1;
	int r = tree_mkdir_parents(t, name);

	if (r < 0)
		return r;
	if (S_ISLNK(f->mode))
		return tree_symlink(t, name, f->data);
	r = tree_create(t, name, &fd);
	if (r == 0)
		r = write_all(fd, f->data, f->len);
	if (r == 0 && fchmod(fd, mode_of(f->mode) & 0777) < 0)
		r = -errno;
	return r;
}

int files_copy(const struct files *d, int root, struct err *e)
{
	struct tree t;
	int r;

	tree_init(&t, root);
	r = visit(d, add_to_tree, &t, e);
	tree_deinit(&t);
	return r;
}
