/* SPDX-License-Identifier: MIT */

/* ext4_tree.c - Write a tree as an ext4 file system (the design: ext4_tree.h)
 *
 * Directories are walked in the order of names, deepest first, so that the
 * image does not depend on the order in which the host's file system has them.
 */

#include "ext4_tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "cleanup.h"
#include "path.h"

/* Directories in each other; what they take of stack and descriptors. */
#define DEPTH_MAX 200U
#define LIST_ROOM 4096U
#define VALUE_ROOM 2048U

/* A file with several names. */
struct linked {
	struct owners_file file;
	uint32_t ino;
};

struct walk {
	const struct ext4_tree *t;
	struct ext4 *x;
	void *linked; /* tsearch() */
	unsigned int depth;
	char path[PATH_MAX]; /* of the directory that is at hand; for messages,
			      * and to be compared with @t->empty
			      */
	struct err *e;
};

static int write_dir(struct walk *w, int fd, uint32_t ino, uint32_t parent,
		     const struct statx *st);

/* ---- names ---------------------------------------------------------------- */

static int list_names(int fd, struct strv *ret)
{
	int dup = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = dup < 0 ? NULL : fdopendir(dup);
	const struct dirent *e;
	int r;

	if (!d) {
		r = -errno;
		close_fd(&dup);
		return r;
	}
	while (errno = 0, (e = readdir(d)))
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			strv_push(ret, e->d_name);
	r = -errno;
	(void)closedir(d);
	if (r == 0 && !strv_ok(ret))
		r = -ENOMEM;
	if (r == 0)
		strv_sort(ret);
	return r;
}

static bool is_listed(const char *const *list, const char *path)
{
	for (; list && *list; list++)
		if (!strcmp(*list, path))
			return true;
	return false;
}

/* ---- attributes ----------------------------------------------------------- */

static const struct owner *owner_of(const struct walk *w,
				    const struct statx *st)
{
	static const struct owner root;
	struct owners_file f;
	const struct owner *o;

	owners_identify(st, &f);
	o = owners_find(w->t->owners, &f);
	return o ? o : &root;
}

static void get_attr(const struct walk *w, const struct statx *st,
		     struct ext4_attr *ret)
{
	const struct owner *o = owner_of(w, st);
	int64_t now = w->t->conf.now;

	*ret = (struct ext4_attr){
		.mode = st->stx_mode,
		.uid = o->uid,
		.gid = o->gid,
		.mtime = st->stx_mtime.tv_sec < now ? st->stx_mtime.tv_sec :
						      now,
	};
	if (o->what & OWNERS_DEVICE) {
		ret->mode = o->mode | (st->stx_mode & 07777);
		ret->major = o->major;
		ret->minor = o->minor;
	}
}

static int add_user_xattr(struct walk *w, int fd, uint32_t ino,
			  const char *name)
{
	char value[VALUE_ROOM];
	ssize_t n = fgetxattr(fd, name, value, sizeof(value));

	if (n < 0)
		return -errno;
	return ext4_add_xattr(w->x, ino, name, value, (size_t)n);
}

/* Those of the host, an SELinux label say, have no meaning in a node. */
static int add_user_xattrs(struct walk *w, int fd, uint32_t ino)
{
	CLEANUP_STRV struct strv names = { 0 };
	char list[LIST_ROOM];
	ssize_t n = flistxattr(fd, list, sizeof(list));
	int r = 0;

	if (n < 0)
		return errno == EOPNOTSUPP ? 0 : -errno;
	for (const char *p = list; p < list + n; p += strlen(p) + 1)
		if (!strncmp(p, "user.", 5))
			strv_push(&names, p);
	if (!strv_ok(&names))
		return -ENOMEM;
	strv_sort(&names);
	for (size_t i = 0; i < names.n && r == 0; i++)
		r = add_user_xattr(w, fd, ino, names.v[i]);
	return r;
}

static int add_xattrs(struct walk *w, int fd, uint32_t ino,
		      const struct statx *st)
{
	const struct owner *o = owner_of(w, st);
	int r = 0;

	if (o->what & OWNERS_CAPABILITY && o->capability_len)
		r = ext4_add_xattr(w->x, ino, "security.capability",
				   o->capability, o->capability_len);
	return r < 0 ? r : add_user_xattrs(w, fd, ino);
}

/* ---- files ---------------------------------------------------------------- */

static int by_file(const void *a, const void *b)
{
	const struct linked *x = a, *y = b;

	return memcmp(&x->file, &y->file, sizeof(x->file));
}

/* Its other name has been here: the inode; 0 = no. */
static uint32_t find_linked(const struct walk *w, const struct statx *st)
{
	struct linked key = { 0 }, **found;

	owners_identify(st, &key.file);
	found = tfind(&key, &w->linked, by_file);
	return found ? (*found)->ino : 0;
}

static int note_linked(struct walk *w, const struct statx *st, uint32_t ino)
{
	struct linked *l = calloc(1, sizeof(*l));

	if (!l)
		return -ENOMEM;
	owners_identify(st, &l->file);
	l->ino = ino;
	if (tsearch(l, &w->linked, by_file))
		return 0;
	free(l);
	return -ENOMEM;
}

/* To the user who builds, a file without permissions is closed. */
static int open_file(int dir, const char *name, const struct statx *st,
		     int *ret_fd)
{
	const int flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
	mode_t mode = st->stx_mode & 07777;
	int fd = openat(dir, name, flags);

	if (fd < 0 && errno == EACCES &&
	    fchmodat(dir, name, mode | S_IRUSR, 0) == 0) {
		fd = openat(dir, name, flags);
		if (fchmodat(dir, name, mode, 0) < 0)
			close_fd(&fd);
	}
	if (fd < 0)
		return -errno;
	*ret_fd = fd;
	return 0;
}

static int write_file(struct walk *w, int dir, const char *name,
		      const struct statx *st, uint32_t *ret_ino)
{
	CLEANUP_FD int fd = -1;
	struct ext4_attr a;
	int r;

	get_attr(w, st, &a);
	r = open_file(dir, name, st, &fd);
	if (r < 0)
		return r;
	if (S_ISREG(a.mode))
		r = ext4_add_file(w->x, &a, fd, ret_ino);
	else
		r = ext4_add_node(w->x, &a, ret_ino);
	return r < 0 ? r : add_xattrs(w, fd, *ret_ino, st);
}

static int write_symlink(struct walk *w, int dir, const char *name,
			 const struct statx *st, uint32_t *ret_ino)
{
	char target[PATH_MAX];
	struct ext4_attr a;
	ssize_t n = readlinkat(dir, name, target, sizeof(target) - 1);

	if (n < 0)
		return -errno;
	target[n] = '\0';
	get_attr(w, st, &a);
	return ext4_add_symlink(w->x, &a, target, ret_ino);
}

static int write_subdir(struct walk *w, int dir, const char *name,
			const struct statx *st, uint32_t parent,
			uint32_t *ret_ino)
{
	CLEANUP_FD int fd = openat(
		dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	int r;

	if (fd < 0)
		return -errno;
	r = ext4_add_dir(w->x, ret_ino);
	return r < 0 ? r : write_dir(w, fd, *ret_ino, parent, st);
}

/* Whatever a name stands for. */
static int write_new(struct walk *w, int dir, const char *name,
		     const struct statx *st, uint32_t parent, uint32_t *ret_ino)
{
	struct ext4_attr a;

	switch (st->stx_mode & S_IFMT) {
	case S_IFREG:
		return write_file(w, dir, name, st, ret_ino);
	case S_IFLNK:
		return write_symlink(w, dir, name, st, ret_ino);
	case S_IFDIR:
		return write_subdir(w, dir, name, st, parent, ret_ino);
	default: /* built by root, the tree may have devices */
		get_attr(w, st, &a);
		a.major = st->stx_rdev_major;
		a.minor = st->stx_rdev_minor;
		return ext4_add_node(w->x, &a, ret_ino);
	}
}

static int write_name(struct walk *w, int dir, uint32_t parent,
		      const char *name, struct ext4_name *ret)
{
	bool linked;
	struct statx st;
	struct ext4_attr a;
	uint32_t ino;
	int r;

	if (statx(dir, name, AT_SYMLINK_NOFOLLOW, OWNERS_STATX, &st) < 0)
		return -errno;
	linked = st.stx_nlink > 1 && !S_ISDIR(st.stx_mode);
	ino = linked ? find_linked(w, &st) : 0;
	if (ino) {
		r = ext4_add_link(w->x, ino);
	} else {
		r = write_new(w, dir, name, &st, parent, &ino);
		if (r == 0 && linked)
			r = note_linked(w, &st, ino);
	}
	if (r < 0)
		return r;
	get_attr(w, &st, &a);
	*ret = (struct ext4_name){ name, ino, a.mode };
	return 0;
}

/* ---- directories ---------------------------------------------------------- */

static int explain(struct walk *w, const char *name, int error)
{
	if (*w->e->msg)
		return error;
	return err_set(w->e, error, "cannot take \"%s/%s\" into the image: %s",
		       w->path, name, strerror(-error));
}

/* Go down for one name: w->path is what messages and lists know it by. */
static int write_below(struct walk *w, int dir, uint32_t parent,
		       const char *name, struct ext4_name *ret, bool *ret_gone)
{
	size_t len = strlen(w->path);
	int r = path_format(w->path + len, sizeof(w->path) - len, "%s%s",
			    len ? "/" : "", name);

	*ret_gone = false;
	if (r == 0) {
		*ret_gone = is_listed(w->t->absent, w->path);
		if (!*ret_gone)
			r = write_name(w, dir, parent, name, ret);
	}
	w->path[len] = '\0';
	return r;
}

/* e2fsck wants one. */
static int add_lost_found(struct walk *w, struct ext4_name *ret)
{
	const struct ext4_attr a = { .mode = S_IFDIR | 0700,
				     .mtime = w->t->conf.now };
	uint32_t ino = 0;
	int r = ext4_add_dir(w->x, &ino);

	if (r == 0)
		r = ext4_dir_write(w->x, ino, EXT4_ROOT, &a, NULL, 0);
	if (r == 0)
		*ret = (struct ext4_name){ "lost+found", ino, S_IFDIR };
	return r;
}

static int write_names(struct walk *w, int fd, uint32_t ino,
		       const struct strv *list, struct ext4_name *names,
		       size_t *ret_n)
{
	size_t n = 0;
	int r = 0;

	if (ino == EXT4_ROOT && !strv_contains(list, "lost+found"))
		r = add_lost_found(w, &names[n++]);
	for (size_t i = 0; i < list->n && r == 0; i++) {
		bool gone;

		r = write_below(w, fd, ino, list->v[i], &names[n], &gone);
		if (r < 0)
			return explain(w, list->v[i], r);
		n += !gone;
	}
	*ret_n = n;
	return r;
}

static int write_dir(struct walk *w, int fd, uint32_t ino, uint32_t parent,
		     const struct statx *st)
{
	CLEANUP_STRV struct strv list = { 0 };
	CLEANUP_FREE struct ext4_name *names = NULL;
	struct ext4_attr a;
	size_t n = 0;
	int r = 0;

	if (++w->depth > DEPTH_MAX)
		return -ELOOP;
	if (!is_listed(w->t->empty, w->path))
		r = list_names(fd, &list);
	if (r < 0)
		return r;
	names = calloc(list.n + 1, sizeof(*names));
	if (!names)
		return -ENOMEM;
	r = write_names(w, fd, ino, &list, names, &n);
	if (r < 0)
		return r;
	get_attr(w, st, &a);
	r = ext4_dir_write(w->x, ino, parent, &a, names, n);
	w->depth--;
	return r < 0 ? r : add_xattrs(w, fd, ino, st);
}

static int fill(struct walk *w)
{
	struct statx st;

	if (statx(w->t->root, "", AT_EMPTY_PATH, OWNERS_STATX, &st) < 0)
		return -errno;
	return write_dir(w, w->t->root, EXT4_ROOT, EXT4_ROOT, &st);
}

int ext4_tree_write(const struct ext4_tree *t, const char *path, struct err *e)
{
	struct walk w = { .t = t, .e = e };
	int r;

	e->msg[0] = '\0';
	r = ext4_new(path, &t->conf, &w.x);
	if (r == 0)
		r = fill(&w);
	if (r == 0)
		r = ext4_finish(w.x);
	w.x = ext4_free(w.x);
	tdestroy(w.linked, free);
	if (r == -EFBIG)
		return err_set(e, r,
			       "the image does not fit into a disk of %llu MB: "
			       "give more by \"size\" of its profile or by "
			       "FAME_VFS_GBYTES",
			       (unsigned long long)t->conf.size / 1000000);
	if (r < 0 && !*e->msg)
		return err_set(e, r, "cannot write \"%s\": %s", path,
			       strerror(-r));
	return r;
}
