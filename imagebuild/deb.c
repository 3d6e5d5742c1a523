/* SPDX-License-Identifier: MIT */

/* deb.c - Unpack a package into a tree */

#include "deb.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "file.h"
#include "owners.h"
#include "tree.h"

#define READ_BLOCK (1U << 20)

struct unpacker {
	struct tree tree;
	const char *name;
	const struct deb_target *target;
	struct archive *outer;
	struct deb *deb;
	uint64_t bytes;
	unsigned int members;
	struct err *e;
};

static void cleanup_archive(struct archive **a)
{
	(void)archive_read_free(*a);
}

#define CLEANUP_ARCHIVE __attribute__((cleanup(cleanup_archive)))

const struct deb_control *deb_control_get(const struct deb *d, const char *name)
{
	for (size_t i = 0; i < d->n_control; i++)
		if (!strcmp(d->control[i].name, name))
			return &d->control[i];
	return NULL;
}

void deb_deinit(struct deb *d)
{
	for (size_t i = 0; i < d->n_control; i++) {
		free(d->control[i].name);
		free(d->control[i].data);
	}
	free(d->control);
	strv_deinit(&d->list);
	*d = (struct deb){ 0 };
}

static int damaged(const struct unpacker *u, struct archive *a)
{
	const char *why = a ? archive_error_string(a) : NULL;

	if (a && archive_errno(a) == ENOMEM)
		return -ENOMEM;
	return err_set(u->e, -EBADMSG, "package \"%s\" is damaged: %s", u->name,
		       why ? why : "not a Debian package");
}

/* Why a member could not be made. */
static int refuse(const struct unpacker *u, const char *member, int error)
{
	switch (-error) {
	case EXDEV:
	case ELOOP:
		return err_set(u->e, -EPERM,
			       "package \"%s\" tries to leave the image's "
			       "tree by \"%s\" and is refused",
			       u->name, member);
	case EINVAL:
	case ENODEV:
		return err_set(u->e, -EPERM,
			       "package \"%s\" has \"%s\", which is no file, "
			       "directory or link, and is refused",
			       u->name, member);
	case EFBIG:
		return err_set(u->e, -EPERM,
			       "package \"%s\" is larger than any sane "
			       "package at \"%s\" and is refused",
			       u->name, member);
	default:
		return err_set(u->e, error,
			       "cannot unpack \"%s\" of package \"%s\": %s",
			       member, u->name, strerror(-error));
	}
}

/* ---- data.tar ---- */

static int copy_blocks(struct unpacker *u, struct archive *a, int fd)
{
	for (;;) {
		const void *block;
		size_t len;
		la_int64_t at;
		int r = archive_read_data_block(a, &block, &len, &at);

		if (r == ARCHIVE_EOF)
			return 0;
		if (r < ARCHIVE_OK)
			return -EBADMSG;
		u->bytes += len;
		if (at < 0 || u->bytes > DEB_DATA_MAX)
			return -EFBIG;
		r = write_all_at(fd, block, len, at);
		if (r < 0)
			return r;
	}
}

static int make_file(struct unpacker *u, struct archive *a,
		     struct archive_entry *m, const char *name)
{
	/* The compiler's helpers and kernel's make compare times. */
	const struct timespec times[2] = {
		{ .tv_nsec = UTIME_OMIT },
		{ .tv_sec = archive_entry_mtime(m) },
	};
	la_int64_t size = archive_entry_size(m);
	CLEANUP_FD int fd = -1;
	int r;

	if (size < 0 || (uint64_t)size > DEB_DATA_MAX)
		return -EFBIG;
	r = tree_create(&u->tree, name, &fd);
	if (r == 0)
		r = copy_blocks(u, a, fd);
	/* A sparse file may end in a hole. */
	if (r == 0 &&
	    (ftruncate(fd, size) < 0 || fchmod(fd, archive_entry_perm(m)) < 0 ||
	     futimens(fd, times) < 0))
		r = -errno;
	if (r == 0 && times[1].tv_sec > u->deb->newest)
		u->deb->newest = times[1].tv_sec;
	return r;
}

static int make_hardlink(struct unpacker *u, const char *name,
			 const char *target)
{
	char normal[PATH_MAX];
	int r = tree_name(target, normal, sizeof(normal));

	return r < 0 ? r : tree_link(&u->tree, name, normal);
}

/* The patterns begin with a slash, names do not. */
static bool is_excluded(const struct unpacker *u, const char *name)
{
	const struct strv *v = u->target->exclude;

	for (size_t i = 0; v && i < v->n; i++)
		if (!fnmatch(v->v[i] + 1, name, FNM_PATHNAME | FNM_LEADING_DIR))
			return true;
	return false;
}

static int make_member(struct unpacker *u, struct archive *a,
		       struct archive_entry *m, const char *name)
{
	const char *target = archive_entry_hardlink(m);

	if (target)
		return make_hardlink(u, name, target);
	switch (archive_entry_filetype(m)) {
	case AE_IFREG:
		return make_file(u, a, m, name);
	case AE_IFDIR:
		return tree_mkdir(&u->tree, name, archive_entry_perm(m));
	case AE_IFLNK:
		target = archive_entry_symlink(m);
		return target && *target ?
			       tree_symlink(&u->tree, name, target) :
			       -EINVAL;
	default:
		return -ENODEV;
	}
}

/* A name that was unpacked and is not root's. */
static int note_owner(const struct unpacker *u, struct archive_entry *m,
		      const char *name)
{
	const struct owner o = { .what = OWNERS_UID | OWNERS_GID,
				 .uid = (uint32_t)archive_entry_uid(m),
				 .gid = (uint32_t)archive_entry_gid(m) };
	CLEANUP_FD int fd = -1;

	if ((!o.uid && !o.gid) || u->target->owners < 0 ||
	    archive_entry_hardlink(m))
		return 0;
	fd = tree_open(u->target->root, *name ? name : ".",
		       O_PATH | O_NOFOLLOW);
	return fd < 0 ? fd : owners_note(u->target->owners, fd, &o);
}

static int take_data(struct unpacker *u, struct archive *a,
		     struct archive_entry *m)
{
	const char *raw = archive_entry_pathname(m);
	char name[PATH_MAX];
	int r;

	if (!raw)
		return damaged(u, NULL);
	r = tree_name(raw, name, sizeof(name));
	if (r == 0 && !is_excluded(u, name)) {
		r = make_member(u, a, m, name);
		if (r == 0)
			r = note_owner(u, m, name);
	}
	if (r == -EBADMSG)
		return damaged(u, a);
	if (r < 0)
		return refuse(u, raw, r);
	strv_pushf(&u->deb->list, "/%s", *name ? name : ".");
	return strv_ok(&u->deb->list) ? 0 : -ENOMEM;
}

/* ---- control.tar ---- */

static int read_control(struct unpacker *u, struct archive *a,
			struct deb_control *c)
{
	size_t got = 0;

	c->data = malloc(c->len + 1);
	if (!c->data)
		return -ENOMEM;
	while (got < c->len) {
		la_ssize_t n =
			archive_read_data(a, c->data + got, c->len - got);

		if (n <= 0)
			return damaged(u, a);
		got += (size_t)n;
	}
	c->data[got] = '\0';
	return 0;
}

static int take_control(struct unpacker *u, struct archive *a,
			struct archive_entry *m)
{
	const char *raw = archive_entry_pathname(m);
	struct deb *d = u->deb;
	struct deb_control *more, *c;
	char name[PATH_MAX];
	int r;

	if (!raw)
		return damaged(u, NULL);
	r = tree_name(raw, name, sizeof(name));
	if (r < 0 || strchr(name, '/'))
		return refuse(u, raw, r < 0 ? r : -EXDEV);
	if (archive_entry_filetype(m) != AE_IFREG)
		return *name ? refuse(u, raw, -ENODEV) : 0;
	if (archive_entry_size(m) < 0 ||
	    archive_entry_size(m) > (la_int64_t)DEB_CONTROL_MAX)
		return refuse(u, raw, -EFBIG);
	more = reallocarray(d->control, d->n_control + 1, sizeof(*more));
	if (!more)
		return -ENOMEM;
	d->control = more;
	c = &d->control[d->n_control++];
	*c = (struct deb_control){ .name = strdup(name),
				   .len = (size_t)archive_entry_size(m),
				   .mode = archive_entry_perm(m) };
	return c->name ? read_control(u, a, c) : -ENOMEM;
}

/* ---- layers ---- */

static la_ssize_t read_outer(struct archive *a, void *user, const void **buf)
{
	struct unpacker *u = user;
	size_t len = 0;
	la_int64_t at;
	int r = archive_read_data_block(u->outer, buf, &len, &at);

	if (r == ARCHIVE_EOF)
		return 0;
	if (r < ARCHIVE_OK) {
		archive_set_error(a, EIO, "%s", archive_error_string(u->outer));
		return -1;
	}
	return (la_ssize_t)len;
}

typedef int (*take_fn)(struct unpacker *u, struct archive *a,
		       struct archive_entry *m);

/* The member of the package that is at hand is itself a tar archive. */
static int walk_tar(struct unpacker *u, take_fn take)
{
	CLEANUP_ARCHIVE struct archive *a = archive_read_new();
	struct archive_entry *m;
	int r;

	if (!a)
		return -ENOMEM;
	(void)archive_read_support_filter_xz(a);
	(void)archive_read_support_filter_zstd(a);
	(void)archive_read_support_filter_gzip(a);
	(void)archive_read_support_format_tar(a);
	/* Names are bytes; nothing is converted from or to a locale. */
	(void)archive_read_set_options(a, "hdrcharset=BINARY");
	if (archive_read_open(a, u, NULL, read_outer, NULL) != ARCHIVE_OK)
		return damaged(u, a);
	while ((r = archive_read_next_header(a, &m)) == ARCHIVE_OK ||
	       r == ARCHIVE_WARN) {
		if (++u->members > DEB_MEMBERS_MAX)
			return refuse(u, "its number of files", -EFBIG);
		r = take(u, a, m);
		if (r < 0)
			return r;
	}
	return r == ARCHIVE_EOF ? 0 : damaged(u, a);
}

static int walk_package(struct unpacker *u)
{
	bool control = false, data = false;
	struct archive_entry *m;
	int r;

	while ((r = archive_read_next_header(u->outer, &m)) == ARCHIVE_OK) {
		const char *name = archive_entry_pathname(m);

		r = 0;
		if (name && !strncmp(name, "control.tar", 11)) {
			r = walk_tar(u, take_control);
			control = true;
		} else if (name && !strncmp(name, "data.tar", 8)) {
			r = walk_tar(u, take_data);
			data = true;
		}
		if (r < 0)
			return r;
	}
	if (r != ARCHIVE_EOF || !control || !data ||
	    !deb_control_get(u->deb, "control"))
		return damaged(u, r == ARCHIVE_EOF ? NULL : u->outer);
	return 0;
}

int deb_unpack(const struct deb_target *t, const char *path, const char *name,
	       struct deb *ret, struct err *e)
{
	CLEANUP_ARCHIVE struct archive *outer = archive_read_new();
	struct unpacker u = {
		.name = name, .target = t, .outer = outer, .deb = ret, .e = e
	};
	int r;

	*ret = (struct deb){ 0 };
	if (!outer)
		return -ENOMEM;
	tree_init(&u.tree, t->root);
	(void)archive_read_support_format_ar(outer);
	if (archive_read_open_filename(outer, path, READ_BLOCK) != ARCHIVE_OK)
		r = damaged(&u, outer);
	else
		r = walk_package(&u);
	tree_deinit(&u.tree);
	return r;
}
