/* SPDX-License-Identifier: MIT */

/* ops_file.c - FUSE requests on open files */

#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "ops.h"

/* The original's ioctl: the physical address of a byte, in its place */
#define LFS_GET_PHYS_FROM_OFFSET 0xc0084c01U

/* ---- opening and closing --------------------------------------------------- */

static int opened(struct shelf *s, struct fuse_file_info *fi)
{
	struct open_file *f = open_file_new(s);

	if (!f)
		return -ENOMEM;
	fi->backing_id = s->backing; /* stays while the file is open */
	fi->fh = (uintptr_t)f;
	return 0;
}

static void close_file(struct lfs *lfs, struct open_file *f)
{
	struct shelf *s = f->shelf;

	(void)open_file_free(f);
	lfs_release(lfs, s);
}

void op_open(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	const struct caller who = ops_caller(req);
	struct lfs *lfs = ops_lfs(req);
	struct shelf *s;
	int r;

	r = lfs_open(lfs, &who, ops_id(req, ino), &s);
	if (r == 0) {
		r = opened(s, fi);
		if (r < 0)
			lfs_release(lfs, s);
	}
	if (r < 0)
		ops_reply(req, r);
	else if (fuse_reply_open(req, fi) < 0)
		/* The caller was interrupted: there will be no release. */
		close_file(lfs, ops_file(fi));
}

/*
 * Only a file that did not exist is opened here. If another node has made one
 * meanwhile, the kernel looks again, and checks the permissions of that.
 */
static void create(fuse_req_t req, const struct place *p, mode_t mode,
		   struct fuse_file_info *fi)
{
	const struct caller who = ops_caller(req);
	const struct new_shelf n = { .mode = S_IFREG | (mode & 07777),
				     .uid = who.uid,
				     .gid = who.gid };
	CLEANUP_SHELF_INFO struct shelf_info info = { 0 };
	struct lfs *lfs = ops_lfs(req);
	struct fuse_entry_param e;
	struct shelf *s;
	int r;

	r = lfs_create(lfs, &who, p, &n, &s, &info);
	if (r == -EEXIST && !(fi->flags & O_EXCL))
		r = -ESTALE;
	if (r == 0) {
		r = opened(s, fi);
		if (r < 0)
			lfs_release(lfs, s);
	}
	if (r < 0) {
		ops_reply(req, r);
		return;
	}
	e = ops_entry(lfs, &info);
	if (fuse_reply_create(req, &e, fi) < 0)
		close_file(lfs, ops_file(fi));
}

void op_create(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode,
	       struct fuse_file_info *fi)
{
	const struct place p = ops_place(req, parent, name);

	create(req, &p, mode, fi);
}

void op_tmpfile(fuse_req_t req, fuse_ino_t parent, mode_t mode,
		struct fuse_file_info *fi)
{
	const struct place p = ops_place(req, parent, NULL);

	create(req, &p, mode, fi);
}

/* Each close(2); POSIX locks of the process go with any of them. */
void op_flush(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	const struct caller who = ops_caller(req);
	struct lfs *lfs = ops_lfs(req);
	struct shelf *s = ops_shelf(fi);
	int r, unlocked;

	(void)ino;
	r = lfs_sync(lfs, &who, s);
	unlocked = lfs_unlock_posix(lfs, &who, s, fi->lock_owner);
	open_file_remove_owner(ops_file(fi), fi->lock_owner);
	ops_reply(req, r < 0 ? r : unlocked);
}

static void unlock_flock(struct lfs *lfs, struct shelf *s, uint64_t owner)
{
	const struct lock l = {
		.shelf_id = s->id,
		.kind = LOCK_KIND_FLOCK,
		.type = LOCK_TYPE_UNLOCK,
		.owner = owner,
		.end = INT64_MAX,
	};

	(void)lfs_lock(lfs, NULL, s, &l, false);
}

void op_release(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct lfs *lfs = ops_lfs(req);
	struct open_file *f = ops_file(fi);

	(void)ino;
	if (fi->flock_release)
		unlock_flock(lfs, f->shelf, fi->lock_owner);
	for (size_t i = 0; i < f->n; i++)
		(void)lfs_unlock_posix(lfs, NULL, f->shelf, f->owners[i]);
	close_file(lfs, f);
	ops_reply(req, 0);
}

/* Stores reach the shared memory as they are made, and what the Librarian has
 * answered is durable.
 */
void op_fsync(fuse_req_t req, fuse_ino_t ino, int datasync,
	      struct fuse_file_info *fi)
{
	const struct caller who = ops_caller(req);

	(void)ino;
	(void)datasync;
	ops_reply(req, lfs_sync(ops_lfs(req), &who, ops_shelf(fi)));
}

void op_fsyncdir(fuse_req_t req, fuse_ino_t ino, int datasync,
		 struct fuse_file_info *fi)
{
	(void)ino;
	(void)datasync;
	(void)fi;
	ops_reply(req, 0);
}

/* ---- room and holes ---------------------------------------------------------
 *
 * There are no holes in a shelf: growing it allocates, and a hole that is
 * punched is zeros.
 */

static int allocate(fuse_req_t req, struct shelf *s, int mode, uint64_t off,
		    uint64_t len)
{
	const struct caller who = ops_caller(req);
	bool keep = mode & FALLOC_FL_KEEP_SIZE;
	struct lfs *lfs = ops_lfs(req);
	int r;

	switch (mode & ~FALLOC_FL_KEEP_SIZE) {
	case 0:
		return lfs_allocate(lfs, &who, s, off + len, keep);
	case FALLOC_FL_PUNCH_HOLE:
		return lfs_zero(lfs, &who, s, off, len);
	case FALLOC_FL_ZERO_RANGE:
		r = lfs_allocate(lfs, &who, s, off + len, keep);
		return r < 0 ? r : lfs_zero(lfs, &who, s, off, len);
	default:
		return -EOPNOTSUPP;
	}
}

void op_fallocate(fuse_req_t req, fuse_ino_t ino, int mode, off_t off,
		  off_t len, struct fuse_file_info *fi)
{
	(void)ino;
	ops_reply(req, allocate(req, ops_shelf(fi), mode, (uint64_t)off,
				(uint64_t)len));
}

void op_lseek(fuse_req_t req, fuse_ino_t ino, off_t off, int whence,
	      struct fuse_file_info *fi)
{
	const struct caller who = ops_caller(req);
	CLEANUP_SHELF_INFO struct shelf_info info = { 0 };
	int r;

	(void)fi;
	r = lfs_getattr(ops_lfs(req), &who, ops_id(req, ino), &info);
	if (r == 0 && whence != SEEK_DATA && whence != SEEK_HOLE)
		r = -EINVAL;
	if (r == 0 && (off < 0 || (uint64_t)off >= info.size))
		r = -ENXIO;
	if (r < 0)
		ops_reply(req, r);
	else
		(void)fuse_reply_lseek(
			req, whence == SEEK_DATA ? off : (off_t)info.size);
}

void op_copy_file_range(fuse_req_t req, fuse_ino_t ino_in, off_t off_in,
			struct fuse_file_info *fi_in, fuse_ino_t ino_out,
			off_t off_out, struct fuse_file_info *fi_out,
			size_t len, int flags)
{
	const struct caller who = ops_caller(req);
	ssize_t n;

	(void)ino_in;
	(void)ino_out;
	(void)flags;
	n = lfs_copy(ops_lfs(req), &who, ops_shelf(fi_in), (uint64_t)off_in,
		     ops_shelf(fi_out), (uint64_t)off_out, len);
	if (n < 0)
		ops_reply(req, (int)n);
	else
		(void)fuse_reply_write(req, (size_t)n);
}

/* ---- the original's -------------------------------------------------------- */

void op_ioctl(fuse_req_t req, fuse_ino_t ino, unsigned int cmd, void *arg,
	      struct fuse_file_info *fi, unsigned int flags, const void *in_buf,
	      size_t in_bufsz, size_t out_bufsz)
{
	const struct caller who = ops_caller(req);
	uint64_t v;
	int r;

	(void)ino;
	(void)arg;
	if (flags & FUSE_IOCTL_DIR || cmd != LFS_GET_PHYS_FROM_OFFSET ||
	    in_bufsz != sizeof(v) || out_bufsz != sizeof(v)) {
		ops_reply(req, -ENOTTY);
		return;
	}
	memcpy(&v, in_buf, sizeof(v));
	r = lfs_phys(ops_lfs(req), &who, ops_shelf(fi), v, &v);
	if (r < 0)
		ops_reply(req, r);
	else
		(void)fuse_reply_ioctl(req, 0, &v, sizeof(v));
}
