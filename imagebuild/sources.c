/* SPDX-License-Identifier: MIT */

/* sources.c - Our own sources of the parts that run in a node */

#include "sources.h"

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
#include "selfdir.h"
#include "tree.h"

#define SOURCE_FILE_MAX (16U << 20)
#define FILES_MAX 10000U
#define DEPTH_MAX 16U

static const char *const rooms[] = { "guest", "common", "docs/man" };

static bool is_source(const char *name)
{
	static const char *const products[] = { ".o",	".a",	  ".d",
						".ko",	".mod",	  ".mod.c",
						".cmd", ".order", ".symvers",
						".tmp" };
	size_t n = strlen(name);

	if (*name == '.')
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(products); i++) {
		size_t t = strlen(products[i]);

		if (n > t && !strcmp(name + n - t, products[i]))
			return false;
	}
	return true;
}

static int list_into(int dirfd, const char *prefix, unsigned int depth,
		     struct strv *ret);

static int list_entry(int dirfd, const char *prefix, const char *name,
		      unsigned int depth, struct strv *ret)
{
	char path[PATH_MAX];
	struct stat st;
	int fd, r;

	if (!is_source(name))
		return 0;
	r = path_format(path, sizeof(path), "%s%s%s", prefix,
			*prefix ? "/" : "", name);
	if (r < 0)
		return r;
	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : -errno; /* gone meanwhile */
	if (S_ISREG(st.st_mode) || S_ISLNK(st.st_mode)) {
		strv_push(ret, path);
		return ret->n > FILES_MAX ? -E2BIG : 0;
	}
	if (!S_ISDIR(st.st_mode))
		return 0;
	if (depth == DEPTH_MAX)
		return -ELOOP;
	fd = openat(dirfd, name,
		    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? -errno : list_into(fd, path, depth + 1, ret);
}

/* Takes @dirfd over. */
static int list_into(int dirfd, const char *prefix, unsigned int depth,
		     struct strv *ret)
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
		r = list_entry(dirfd, prefix, e->d_name, depth, ret);
	(void)closedir(d);
	return r;
}

int sources_list(int dirfd, struct strv *ret)
{
	int r = dirfd < 0 ? dirfd : list_into(dirfd, "", 0, ret);

	if (r == 0 && !strv_ok(ret))
		r = -ENOMEM;
	if (r == 0)
		strv_sort(ret);
	return r;
}

/* One source file in memory. */
struct source_file {
	char *data; /* of a link: its target */
	size_t len;
	mode_t mode;
};

static int source_read(const char *path, struct source_file *ret)
{
	CLEANUP_FREE char *target = NULL;
	struct stat st;
	ssize_t n;

	if (lstat(path, &st) < 0)
		return -errno;
	ret->mode = st.st_mode;
	if (!S_ISLNK(st.st_mode))
		return file_read(AT_FDCWD, path, SOURCE_FILE_MAX, &ret->data,
				 &ret->len);
	target = calloc(1, PATH_MAX);
	n = target ? readlink(path, target, PATH_MAX - 1) : -1;
	if (n < 0)
		return target ? -errno : -ENOMEM;
	ret->len = (size_t)n;
	ret->data = take_ptr(&target);
	return 0;
}

/* The only parts of a mode that a source has. */
static mode_t source_mode(mode_t mode)
{
	if (S_ISLNK(mode))
		return S_IFLNK | 0777;
	return S_IFREG | (mode & 0100 ? 0755 : 0644);
}

typedef int (*source_fn)(void *arg, const char *name,
			 const struct source_file *f);

static int visit(const char *room, source_fn fn, void *arg, struct err *e)
{
	CLEANUP_STRV struct strv list = { 0 };
	char dir[PATH_MAX], path[PATH_MAX], name[PATH_MAX];
	int r;

	r = selfdir_data(room, dir, sizeof(dir));
	if (r == 0) {
		int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

		r = sources_list(fd < 0 ? -errno : fd, &list);
	}
	if (r < 0)
		return err_set(e, r,
			       "cannot read our sources \"%s\": %s; is the "
			       "installation complete?",
			       room, strerror(-r));
	for (size_t i = 0; i < list.n && r == 0; i++) {
		struct source_file f = { 0 };

		r = path_format(path, sizeof(path), "%s/%s", dir, list.v[i]);
		if (r == 0)
			r = path_format(name, sizeof(name), "%s/%s", room,
					list.v[i]);
		if (r == 0)
			r = source_read(path, &f);
		if (r == 0)
			r = fn(arg, name, &f);
		if (r < 0)
			(void)err_set(e, r, "cannot take our source \"%s\": %s",
				      path, strerror(-r));
		free(f.data);
	}
	return r;
}

static int add_to_hash(void *arg, const char *name, const struct source_file *f)
{
	struct hash *h = arg;
	char head[64];
	int r;

	hash_string(h, name);
	r = path_format(head, sizeof(head), "%o %zu\n",
			(unsigned int)source_mode(f->mode), f->len);
	hash_string(h, head);
	hash_update(h, f->data, f->len);
	return r;
}

int sources_hash_room(struct hash *h, const char *room, struct err *e)
{
	return visit(room, add_to_hash, h, e);
}

int sources_key(char ret_key[HASH_HEX], struct err *e)
{
	CLEANUP_HASH struct hash h;
	int r = 0;

	hash_init(&h);
	for (size_t i = 0; i < ARRAY_SIZE(rooms) && r == 0; i++)
		r = sources_hash_room(&h, rooms[i], e);
	return r < 0 ? r : hash_final(&h, ret_key);
}

static int add_to_tree(void *arg, const char *name, const struct source_file *f)
{
	struct tree *t = arg;
	CLEANUP_FD int fd = -1;
	char path[PATH_MAX];
	int r;

	r = path_format(path, sizeof(path), SOURCES_DIR "/%s", name);
	if (r == 0)
		r = tree_mkdir_parents(t, path);
	if (r < 0)
		return r;
	if (S_ISLNK(f->mode))
		return tree_symlink(t, path, f->data);
	r = tree_create(t, path, &fd);
	if (r == 0)
		r = write_all(fd, f->data, f->len);
	if (r == 0 && fchmod(fd, source_mode(f->mode) & 0777) < 0)
		r = -errno;
	return r;
}

int sources_copy(int root, struct err *e)
{
	struct tree t;
	int r = 0;

	tree_init(&t, root);
	for (size_t i = 0; i < ARRAY_SIZE(rooms) && r == 0; i++)
		r = visit(rooms[i], add_to_tree, &t, e);
	tree_deinit(&t);
	return r;
}
