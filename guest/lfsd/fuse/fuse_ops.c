/* SPDX-License-Identifier: MIT */

/* fuse_ops.c - FUSE requests, turned into calls of lfs.h
 *
 * Every open file has FUSE passthrough: mmap goes to fam.ko. Files opened for
 * reading only are read by the kernel from fam.ko as well. Files opened for
 * writing have direct I/O besides, which brings read and write here, so that a
 * write behind the end can make the shelf grow. The two forms may exist side
 * by side for one inode, as long as they share the backing id: it is kept in
 * the shelf while any file is open.
 *
 * All timeouts are 0: the kernel asks here each time, and we ask the
 * Librarian, so what another node did is seen by the next system call.
 *
 * Permissions are not checked and everything belongs to root: the Librarian
 * stores a mode, but no owner.
 */

#include "fuse_ops.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>

#include "cleanup.h"
#include "lfs.h"
#include "log.h"
#include "proto_librarian.h"

/* What programs take as the best size of a buffer */
#define IO_SIZE (1U << 20)

/* statfs has 32 bits for the size of a block, which a book may exceed. */
#define BLOCK_MAX (1ULL << 30)

static struct lfs *lfs_of(fuse_req_t req)
{
	struct ops_data *d = fuse_req_userdata(req);

	return d->lfs;
}

static struct caller caller_of(fuse_req_t req)
{
	const struct fuse_ctx *c = fuse_req_ctx(req);

	return (struct caller){ .uid = c->uid, .gid = c->gid, .pid = c->pid };
}

/* FUSE has 1 for the root; the Librarian's numbers begin with 2. */
static uint64_t id_of(fuse_req_t req, fuse_ino_t ino)
{
	const struct lfs *lfs = lfs_of(req);

	return ino == FUSE_ROOT_ID ? lfs->root_id : ino;
}

static fuse_ino_t ino_of(const struct lfs *lfs, uint64_t id)
{
	return id == lfs->root_id ? FUSE_ROOT_ID : id;
}

static void reply_error(fuse_req_t req, int r)
{
	(void)fuse_reply_err(req, r < 0 ? -r : 0);
}

static struct stat stat_of(const struct lfs *lfs, const struct shelf *s)
{
	return (struct stat){
		.st_ino = s->id,
		.st_mode = s->mode,
		.st_nlink = s->links,
		.st_size = (off_t)s->size,
		.st_blksize = IO_SIZE,
		.st_blocks = (blkcnt_t)(s->n_books * (lfs->book_size / 512)),
		.st_atim.tv_sec = s->mtime,
		.st_mtim.tv_sec = s->mtime,
		.st_ctim.tv_sec = s->ctime,
	};
}

static struct fuse_entry_param entry_of(const struct lfs *lfs,
					const struct shelf *s)
{
	return (struct fuse_entry_param){
		.ino = ino_of(lfs, s->id),
		.generation = 1,
		.attr = stat_of(lfs, s),
	};
}

/* ---- the session ----------------------------------------------------------- */

static void op_init(void *userdata, struct fuse_conn_info *conn)
{
	struct ops_data *d = userdata;

	d->no_passthrough = !fuse_set_feature_flag(conn, FUSE_CAP_PASSTHROUGH);
	/* O_TRUNC comes as a setattr of its own. */
	fuse_unset_feature_flag(conn, FUSE_CAP_ATOMIC_O_TRUNC);
}

/* ---- names ----------------------------------------------------------------- */

static void op_lookup(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	const struct caller who = caller_of(req);
	struct lfs *lfs = lfs_of(req);
	struct fuse_entry_param e;
	struct shelf *s;
	int r;

	r = lfs_lookup(lfs, &who, id_of(req, parent), name, &s);
	if (r < 0) {
		reply_error(req, r);
		return;
	}
	e = entry_of(lfs, s);
	if (fuse_reply_entry(req, &e) < 0)
		lfs_forget(lfs, s->id, 1);
}

static void op_forget(fuse_req_t req, fuse_ino_t ino, uint64_t n)
{
	lfs_forget(lfs_of(req), id_of(req, ino), n);
	fuse_reply_none(req);
}

static void op_forget_multi(fuse_req_t req, size_t count,
			    struct fuse_forget_data *forgets)
{
	for (size_t i = 0; i < count; i++)
		lfs_forget(lfs_of(req), id_of(req, forgets[i].ino),
			   forgets[i].nlookup);
	fuse_reply_none(req);
}

static void op_unlink(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	const struct caller who = caller_of(req);

	reply_error(req,
		    lfs_unlink(lfs_of(req), &who, id_of(req, parent), name));
}

static void op_rename(fuse_req_t req, fuse_ino_t parent, const char *name,
		      fuse_ino_t newparent, const char *newname,
		      unsigned int flags)
{
	const struct caller who = caller_of(req);

	if (flags & ~(unsigned int)RENAME_NOREPLACE) {
		reply_error(req, -EINVAL);
		return;
	}
	reply_error(req, lfs_rename(lfs_of(req), &who, id_of(req, parent), name,
				    id_of(req, newparent), newname,
				    !(flags & RENAME_NOREPLACE)));
}

/* ---- attributes ------------------------------------------------------------ */

static void reply_attr(fuse_req_t req, uint64_t id)
{
	const struct caller who = caller_of(req);
	struct lfs *lfs = lfs_of(req);
	struct shelf *s;
	struct stat st;
	int r;

	r = lfs_getattr(lfs, &who, id, &s);
	if (r < 0) {
		reply_error(req, r);
		return;
	}
	st = stat_of(lfs, s);
	(void)fuse_reply_attr(req, &st, 0);
}

static void op_getattr(fuse_req_t req, fuse_ino_t ino,
		       struct fuse_file_info *fi)
{
	(void)fi;
	reply_attr(req, id_of(req, ino));
}

#define SET_OWNER (FUSE_SET_ATTR_MODE | FUSE_SET_ATTR_UID | FUSE_SET_ATTR_GID)

/* What the Librarian can store: the size and the time of change. */
static int set_attributes(fuse_req_t req, uint64_t id, const struct stat *attr,
			  int to_set)
{
	const struct caller who = caller_of(req);
	struct lfs *lfs = lfs_of(req);
	int r = 0;

	if (to_set & SET_OWNER)
		return -EOPNOTSUPP;
	if (to_set & FUSE_SET_ATTR_SIZE)
		r = lfs_resize(lfs, &who, id, (uint64_t)attr->st_size);
	if (r == 0 && (to_set & FUSE_SET_ATTR_MTIME_NOW))
		r = lfs_set_mtime(lfs, &who, id, (int64_t)time(NULL));
	else if (r == 0 && (to_set & FUSE_SET_ATTR_MTIME))
		r = lfs_set_mtime(lfs, &who, id, attr->st_mtime);
	return r;
}

static void op_setattr(fuse_req_t req, fuse_ino_t ino, struct stat *attr,
		       int to_set, struct fuse_file_info *fi)
{
	uint64_t id = id_of(req, ino);
	int r;

	(void)fi;
	r = set_attributes(req, id, attr, to_set);
	if (r < 0)
		reply_error(req, r);
	else
		reply_attr(req, id);
}

static void op_statfs(fuse_req_t req, fuse_ino_t ino)
{
	const struct caller who = caller_of(req);
	struct fs_stats stats;
	uint64_t block, per_book;
	struct statvfs v;
	int r;

	(void)ino;
	r = lfs_stats(lfs_of(req), &who, &stats);
	if (r < 0) {
		reply_error(req, r);
		return;
	}
	block = stats.book_size < BLOCK_MAX ? stats.book_size : BLOCK_MAX;
	per_book = stats.book_size / block;
	v = (struct statvfs){
		.f_bsize = block,
		.f_frsize = block,
		.f_blocks = stats.books_total * per_book,
		.f_bfree = (stats.books_total - stats.books_used) * per_book,
		.f_namemax = LIBRARIAN_NAME_MAX,
	};
	v.f_bavail = v.f_bfree;
	(void)fuse_reply_statfs(req, &v);
}

/* ---- directories ----------------------------------------------------------- */

/* An open directory: what was there when it was read from the start */
struct dir {
	uint64_t id;
	uint64_t parent_id;
	bool filled;
	struct shelf_info *infos;
	size_t n;
};

static struct dir *dir_of(const struct fuse_file_info *fi)
{
	return (struct dir *)(uintptr_t)fi->fh;
}

static void op_opendir(fuse_req_t req, fuse_ino_t ino,
		       struct fuse_file_info *fi)
{
	struct dir *d = calloc(1, sizeof(*d));
	const struct shelf *s;

	if (!d) {
		reply_error(req, -ENOMEM);
		return;
	}
	d->id = id_of(req, ino);
	s = shelf_find(&lfs_of(req)->table, d->id);
	d->parent_id = s ? s->parent_id : d->id;
	fi->fh = (uintptr_t)d;
	if (fuse_reply_open(req, fi) < 0)
		free(d);
}

static int dir_fill(fuse_req_t req, struct dir *d)
{
	const struct caller who = caller_of(req);
	struct shelf_info *infos;
	size_t n;
	int r;

	r = lfs_list(lfs_of(req), &who, d->id, &infos, &n);
	if (r < 0)
		return r;
	shelf_infos_free(d->infos, d->n);
	d->infos = infos;
	d->n = n;
	d->filled = true;
	return 0;
}

/* Entry number @i: the two dots, then the list */
static const char *dir_entry(const struct dir *d, size_t i, struct stat *ret_st)
{
	const struct shelf_info *info;

	*ret_st = (struct stat){ .st_mode = S_IFDIR, .st_ino = d->id };
	if (i == 0)
		return ".";
	if (i == 1) {
		ret_st->st_ino = d->parent_id;
		return "..";
	}
	if (i - 2 >= d->n)
		return NULL;
	info = &d->infos[i - 2];
	ret_st->st_mode = info->mode;
	ret_st->st_ino = info->id;
	return info->name;
}

static void op_readdir(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off,
		       struct fuse_file_info *fi)
{
	struct dir *d = dir_of(fi);
	CLEANUP_FREE char *buf = NULL;
	size_t len = 0;
	int r = 0;

	(void)ino;
	if (off == 0 || !d->filled)
		r = dir_fill(req, d);
	if (r == 0) {
		buf = malloc(size);
		r = buf ? 0 : -ENOMEM;
	}
	if (r < 0) {
		reply_error(req, r);
		return;
	}
	for (size_t i = (size_t)off;; i++) {
		struct stat st;
		const char *name = dir_entry(d, i, &st);
		size_t need;

		if (!name)
			break;
		need = fuse_add_direntry(req, buf + len, size - len, name, &st,
					 (off_t)i + 1);
		if (need > size - len)
			break;
		len += need;
	}
	(void)fuse_reply_buf(req, buf, len);
}

static void op_releasedir(fuse_req_t req, fuse_ino_t ino,
			  struct fuse_file_info *fi)
{
	struct dir *d = dir_of(fi);

	(void)ino;
	shelf_infos_free(d->infos, d->n);
	free(d);
	reply_error(req, 0);
}

/* ---- files ----------------------------------------------------------------- */

static struct shelf *shelf_of(const struct fuse_file_info *fi)
{
	return (struct shelf *)(uintptr_t)fi->fh;
}

static void drop_backing(fuse_req_t req, struct shelf *s)
{
	if (s->backing && fuse_passthrough_close(req, s->backing) < 0)
		log_warn("FUSE keeps the backing file of shelf %llu",
			 (unsigned long long)s->id);
	s->backing = 0;
}

/* Undo an open: its release, or an open that failed half way. */
static void release(fuse_req_t req, struct shelf *s)
{
	if (s->opens == 1)
		drop_backing(req, s);
	lfs_release(lfs_of(req), s);
}

static int prepare_file(fuse_req_t req, struct shelf *s,
			struct fuse_file_info *fi)
{
	if (!s->backing)
		s->backing = fuse_passthrough_open(req, s->fd);
	if (s->backing <= 0) {
		s->backing = 0;
		log_err("FUSE does not take shelf %llu as a backing file",
			(unsigned long long)s->id);
		return -EIO;
	}
	fi->backing_id = s->backing;
	fi->direct_io = (fi->flags & O_ACCMODE) != O_RDONLY;
	fi->fh = (uintptr_t)s;
	return 0;
}

static void op_open(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	const struct caller who = caller_of(req);
	struct shelf *s;
	int r;

	r = lfs_open(lfs_of(req), &who, id_of(req, ino), &s);
	if (r < 0) {
		reply_error(req, r);
		return;
	}
	r = prepare_file(req, s, fi);
	if (r < 0) {
		release(req, s);
		reply_error(req, r);
		return;
	}
	/* The caller was interrupted: there will be no release. */
	if (fuse_reply_open(req, fi) < 0)
		release(req, s);
}

static void op_create(fuse_req_t req, fuse_ino_t parent, const char *name,
		      mode_t mode, struct fuse_file_info *fi)
{
	const struct caller who = caller_of(req);
	struct lfs *lfs = lfs_of(req);
	struct fuse_entry_param e;
	struct shelf *s;
	int r;

	r = lfs_create(lfs, &who, id_of(req, parent), name, mode,
		       fi->flags & O_EXCL, &s);
	if (r < 0) {
		reply_error(req, r);
		return;
	}
	r = prepare_file(req, s, fi);
	e = entry_of(lfs, s);
	if (r < 0)
		reply_error(req, r);
	else
		r = fuse_reply_create(req, &e, fi);
	if (r < 0) {
		uint64_t id = s->id;

		release(req, s);
		lfs_forget(lfs, id, 1);
	}
}

static void op_release(fuse_req_t req, fuse_ino_t ino,
		       struct fuse_file_info *fi)
{
	(void)ino;
	release(req, shelf_of(fi));
	reply_error(req, 0);
}

static void op_read(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off,
		    struct fuse_file_info *fi)
{
	const struct caller who = caller_of(req);
	CLEANUP_FREE char *buf = malloc(size);
	ssize_t n;

	(void)ino;
	if (!buf) {
		reply_error(req, -ENOMEM);
		return;
	}
	n = lfs_read(lfs_of(req), &who, shelf_of(fi), buf, size, off);
	if (n < 0)
		reply_error(req, (int)n);
	else
		(void)fuse_reply_buf(req, buf, (size_t)n);
}

static void op_write(fuse_req_t req, fuse_ino_t ino, const char *buf,
		     size_t size, off_t off, struct fuse_file_info *fi)
{
	const struct caller who = caller_of(req);
	struct lfs *lfs = lfs_of(req);
	struct shelf *s = shelf_of(fi);
	ssize_t n;

	(void)ino;
	/* Where the kernel thinks the end is may be old. */
	if (fi->flags & O_APPEND)
		n = lfs_append(lfs, &who, s, buf, size);
	else
		n = lfs_write(lfs, &who, s, buf, size, off);
	if (n < 0)
		reply_error(req, (int)n);
	else
		(void)fuse_reply_write(req, (size_t)n);
}

/* There are no holes in a shelf: growing it allocates. */
static void op_fallocate(fuse_req_t req, fuse_ino_t ino, int mode, off_t off,
			 off_t len, struct fuse_file_info *fi)
{
	const struct caller who = caller_of(req);

	(void)fi;
	if (mode) {
		reply_error(req, -EOPNOTSUPP);
		return;
	}
	reply_error(req, lfs_allocate(lfs_of(req), &who, id_of(req, ino),
				      (uint64_t)off + (uint64_t)len));
}

/* Stores reach the shared memory as they are made, and sizes are durable at
 * the Librarian before anybody is answered.
 */
static void op_fsync(fuse_req_t req, fuse_ino_t ino, int datasync,
		     struct fuse_file_info *fi)
{
	(void)ino;
	(void)datasync;
	(void)fi;
	reply_error(req, 0);
}

const struct fuse_lowlevel_ops fuse_ops = {
	.init = op_init,
	.lookup = op_lookup,
	.forget = op_forget,
	.forget_multi = op_forget_multi,
	.getattr = op_getattr,
	.setattr = op_setattr,
	.unlink = op_unlink,
	.rename = op_rename,
	.open = op_open,
	.create = op_create,
	.read = op_read,
	.write = op_write,
	.release = op_release,
	.fsync = op_fsync,
	.fsyncdir = op_fsync,
	.fallocate = op_fallocate,
	.opendir = op_opendir,
	.readdir = op_readdir,
	.releasedir = op_releasedir,
	.statfs = op_statfs,
};
