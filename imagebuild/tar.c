/* SPDX-License-Identifier: MIT */

/* tar.c - The root file system of an image as a tar (the design: tar.h) */

#include "tar.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <ext2fs/ext2fs.h>
#include <fcntl.h>
#include <limits.h>
#include <locale.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "cleanup.h"
#include "ext4_int.h"
#include "file.h"
#include "image.h"
#include "path.h"
#include "strv.h"

#define BLOCK (256U << 10)
#define DEPTH_MAX 256U

struct walk {
	ext2_filsys fs;
	struct archive *a;
	char **first; /* by inode: the first name of a file that has several */
	char *buf;    /* BLOCK bytes */
};

static int archive_error_of(struct archive *a)
{
	int code = archive_errno(a);

	return code > 0 ? -code : -EIO;
}

static void drop_entry(struct archive_entry **m)
{
	archive_entry_free(*m);
}

/* ---- one inode ------------------------------------------------------------ */

static int add_xattr(char *name, char *value, size_t len, void *arg)
{
	archive_entry_xattr_add_entry(arg, name, value, len);
	return 0;
}

static int put_xattrs(const struct walk *w, struct archive_entry *m,
		      ext2_ino_t ino)
{
	struct ext2_xattr_handle *h;
	errcode_t e = ext2fs_xattrs_open(w->fs, ino, &h);

	if (e)
		return ext4_error(e);
	e = ext2fs_xattrs_read(h);
	if (!e)
		e = ext2fs_xattrs_iterate(h, add_xattr, m);
	(void)ext2fs_xattrs_close(&h);
	return e ? ext4_error(e) : 0;
}

static int read_at_most(ext2_file_t f, char *buf, size_t size, size_t *ret_len)
{
	unsigned int got = 0;
	errcode_t e = ext2fs_file_read(f, buf, (unsigned int)size, &got);

	*ret_len = got;
	return e ? ext4_error(e) : 0;
}

static int put_target(const struct walk *w, struct archive_entry *m,
		      ext2_ino_t ino, struct ext2_inode *i)
{
	char target[PATH_MAX] = "";
	ext2_file_t f;
	errcode_t e;
	size_t len = 0;
	int r = 0;

	if (i->i_size >= sizeof(target))
		return -ENAMETOOLONG;
	if (ext2fs_is_fast_symlink(i)) {
		memcpy(target, i->i_block, i->i_size);
	} else {
		e = ext2fs_file_open2(w->fs, ino, i, 0, &f);
		if (e)
			return ext4_error(e);
		r = read_at_most(f, target, i->i_size, &len);
		(void)ext2fs_file_close(f);
	}
	archive_entry_set_symlink(m, target);
	return r;
}

static void put_device(struct archive_entry *m, const struct ext2_inode *i)
{
	uint32_t old = i->i_block[0], new = i->i_block[1];

	if (old)
		archive_entry_set_rdev(m, makedev(old >> 8, old & 0xff));
	else
		archive_entry_set_rdev(
			m, makedev(new >> 8 & 0xfff,
				   (new & 0xff) | (new >> 12 & 0xfff00)));
}

static int put_contents(const struct walk *w, ext2_ino_t ino,
			struct ext2_inode *i)
{
	ext2_file_t f;
	errcode_t e = ext2fs_file_open2(w->fs, ino, i, 0, &f);
	size_t len = 0;
	int r;

	if (e)
		return ext4_error(e);
	do {
		r = read_at_most(f, w->buf, BLOCK, &len);
		if (r == 0 && archive_write_data(w->a, w->buf, len) < 0)
			r = archive_error_of(w->a);
	} while (r == 0 && len);
	(void)ext2fs_file_close(f);
	return r;
}

/* True: it has a name already, of which this is another. */
static bool put_link(const struct walk *w, struct archive_entry *m,
		     ext2_ino_t ino, const struct ext2_inode *i, int *ret_r)
{
	*ret_r = 0;
	if (LINUX_S_ISDIR(i->i_mode) || i->i_links_count < 2)
		return false;
	if (w->first[ino]) {
		archive_entry_set_hardlink(m, w->first[ino]);
		return true;
	}
	w->first[ino] = strdup(archive_entry_pathname(m));
	if (!w->first[ino])
		*ret_r = -ENOMEM;
	return false;
}

/* 32 signed bits, and two more. */
static int64_t mtime_of(const struct ext2_inode_large *i)
{
	return (int32_t)i->i_mtime + ((int64_t)(i->i_mtime_extra & 3) << 32);
}

static int put_inode(const struct walk *w, const char *path, ext2_ino_t ino,
		     struct ext2_inode_large *large)
{
	struct ext2_inode *i = (struct ext2_inode *)large;

	__attribute__((cleanup(drop_entry))) struct archive_entry *m =
		archive_entry_new();
	bool file = LINUX_S_ISREG(i->i_mode), link;
	int r;

	if (!m)
		return -ENOMEM;
	archive_entry_set_pathname(m, path);
	archive_entry_set_mode(m, i->i_mode);
	archive_entry_set_uid(m, inode_uid(*i));
	archive_entry_set_gid(m, inode_gid(*i));
	archive_entry_set_mtime(m, mtime_of(large), 0);
	link = put_link(w, m, ino, i, &r);
	if (r == 0 && !link)
		r = put_xattrs(w, m, ino);
	if (LINUX_S_ISLNK(i->i_mode) && !link && r == 0)
		r = put_target(w, m, ino, i);
	else if (LINUX_S_ISCHR(i->i_mode) || LINUX_S_ISBLK(i->i_mode))
		put_device(m, i);
	if (file && !link)
		archive_entry_set_size(m, (la_int64_t)EXT2_I_SIZE(i));
	/* A warning: the name is no UTF-8 and was taken as it is. */
	if (r == 0 && archive_write_header(w->a, m) < ARCHIVE_WARN)
		r = archive_error_of(w->a);
	return r == 0 && file && !link ? put_contents(w, ino, i) : r;
}

/* ---- directories ---------------------------------------------------------- */

static int add_name(ext2_ino_t dir, int entry, struct ext2_dir_entry *d,
		    int offset, int size, char *buf, void *arg)
{
	struct strv *names = arg;
	bool skip = !strncmp(d->name, "lost+found",
			     (size_t)ext2fs_dirent_name_len(d)) &&
		    ext2fs_dirent_name_len(d) == 10 && dir == EXT2_ROOT_INO;

	(void)offset;
	(void)size;
	(void)buf;
	if (entry == DIRENT_OTHER_FILE && !skip)
		strv_pushf(names, "%.*s", ext2fs_dirent_name_len(d), d->name);
	return strv_ok(names) ? 0 : DIRENT_ABORT;
}

static int put_dir(const struct walk *w, const char *path, ext2_ino_t dir,
		   unsigned int depth);

static errcode_t read_inode(const struct walk *w, ext2_ino_t ino,
			    struct ext2_inode_large *ret)
{
	return ext2fs_read_inode_full(w->fs, ino, (struct ext2_inode *)ret,
				      sizeof(*ret));
}

static int put_name(const struct walk *w, const char *path, const char *name,
		    ext2_ino_t dir, unsigned int depth)
{
	char below[PATH_MAX];
	struct ext2_inode_large i;
	ext2_ino_t ino;
	errcode_t e;
	int r = path_format(below, sizeof(below), "%s%s", path, name);

	if (r < 0)
		return r;
	e = ext2fs_lookup(w->fs, dir, name, (int)strlen(name), NULL, &ino);
	if (!e)
		e = read_inode(w, ino, &i);
	if (e)
		return ext4_error(e);
	if (LINUX_S_ISSOCK(i.i_mode))
		return 0; /* a tar cannot have it, and nobody serves it */
	if (LINUX_S_ISDIR(i.i_mode))
		r = path_format(below, sizeof(below), "%s%s/", path, name);
	if (r == 0)
		r = put_inode(w, below, ino, &i);
	if (r == 0 && LINUX_S_ISDIR(i.i_mode))
		r = put_dir(w, below, ino, depth + 1);
	return r;
}

static int put_dir(const struct walk *w, const char *path, ext2_ino_t dir,
		   unsigned int depth)
{
	CLEANUP_STRV struct strv names = { 0 };
	errcode_t e;
	int r = 0;

	if (depth > DEPTH_MAX)
		return -ELOOP;
	e = ext2fs_dir_iterate2(w->fs, dir, 0, NULL, add_name, &names);
	if (e)
		return ext4_error(e);
	if (!strv_ok(&names))
		return -ENOMEM;
	strv_sort(&names);
	for (size_t i = 0; i < names.n && r == 0; i++)
		r = put_name(w, path, names.v[i], dir, depth);
	return r;
}

static int put_root(const struct walk *w)
{
	struct ext2_inode_large i;
	errcode_t e = read_inode(w, EXT2_ROOT_INO, &i);
	int r = e ? ext4_error(e) : put_inode(w, "./", EXT2_ROOT_INO, &i);

	return r < 0 ? r : put_dir(w, "./", EXT2_ROOT_INO, 0);
}

/* ---- the archive ---------------------------------------------------------- */

static int add_filter(struct archive *a, const char *name)
{
	static const struct {
		const char *end;
		int (*add)(struct archive *a);
	} filters[] = {
		{ ".gz", archive_write_add_filter_gzip },
		{ ".xz", archive_write_add_filter_xz },
		{ ".zst", archive_write_add_filter_zstd },
	};
	const char *dot = strrchr(name, '.');

	for (size_t i = 0; dot && i < ARRAY_SIZE(filters); i++)
		if (!strcmp(dot, filters[i].end))
			return filters[i].add(a);
	return archive_write_add_filter_none(a);
}

static int write_archive(struct walk *w, const char *name, int fd)
{
	int r = 0;

	w->a = archive_write_new();
	if (!w->a)
		return -ENOMEM;
	if (archive_write_set_format_pax_restricted(w->a) != ARCHIVE_OK ||
	    add_filter(w->a, name) != ARCHIVE_OK)
		r = archive_error_of(w->a);
	/* As GNU tar names attributes, and not twice. */
	(void)archive_write_set_format_option(w->a, NULL, "xattrheader",
					      "SCHILY");
	/* Only gzip has one; the others do not know what that is. */
	(void)archive_write_set_filter_option(w->a, "gzip", "timestamp", NULL);
	if (r == 0 && archive_write_open_fd(w->a, fd) != ARCHIVE_OK)
		r = archive_error_of(w->a);
	if (r == 0)
		r = put_root(w);
	if (r == 0 && archive_write_close(w->a) != ARCHIVE_OK)
		r = archive_error_of(w->a);
	(void)archive_write_free(w->a);
	return r;
}

/* Names are UTF-8 in a pax header, whatever the user's locale is. */
static int write_in_utf8(struct walk *w, const char *name, int fd)
{
	locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
	locale_t before = utf8 ? uselocale(utf8) : (locale_t)0;
	int r = write_archive(w, name, fd);

	if (utf8) {
		(void)uselocale(before);
		freelocale(utf8);
	}
	return r;
}

static int write_disk(ext2_filsys fs, const char *to)
{
	size_t n = (size_t)fs->super->s_inodes_count + 1;
	struct walk w = { .fs = fs,
			  .first = calloc(n, sizeof(*w.first)),
			  .buf = malloc(BLOCK) };
	struct file_aside a = { .fd = -1 };
	int r = w.first && w.buf ? 0 : -ENOMEM;

	if (r == 0)
		r = file_begin_aside(&a, AT_FDCWD, to, 0644);
	if (r == 0)
		r = file_end_aside(&a, write_in_utf8(&w, to, a.fd));
	for (size_t i = 0; w.first && i < n; i++)
		free(w.first[i]);
	free(w.first);
	free(w.buf);
	return r;
}

int tar_export(const char *image, const char *to, struct err *e)
{
	char disk[PATH_MAX];
	ext2_filsys fs;
	errcode_t code;
	int r = image_verify(image, true, e);

	if (r == 0)
		r = path_format(disk, sizeof(disk), "%s/" IMAGE_ROOT, image);
	if (r < 0)
		return r;
	if (access(disk, F_OK) < 0)
		return err_set(e, -errno,
			       "image \"%s\" has no disk that could be "
			       "exported: choose one of a profile with a disk, "
			       "as \"debian\"",
			       image);
	code = ext2fs_open(disk, EXT2_FLAG_64BITS, 0, 0, unix_io_manager, &fs);
	r = code ? ext4_error(code) : write_disk(fs, to);
	if (!code)
		(void)ext2fs_close_free(&fs);
	return r < 0 ? err_set(e, r, "cannot write \"%s\": %s", to,
			       strerror(-r)) :
		       0;
}
