/* SPDX-License-Identifier: MIT */

/* ops_attr.c - FUSE requests on attributes */

#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>

#include "cleanup.h"
#include "ops.h"
#include "proto_librarian.h"

/* statfs has 32 bits for the size of a block, which a book may exceed. */
#define BLOCK_MAX (1ULL << 30)

static void reply_attr(fuse_req_t req, uint64_t id)
{
	const struct caller who = ops_caller(req);
	CLEANUP_SHELF_INFO struct shelf_info info = { 0 };
	struct lfs *lfs = ops_lfs(req);
	struct stat st;
	int r;

	r = lfs_getattr(lfs, &who, id, &info);
	if (r < 0) {
		ops_reply(req, r);
		return;
	}
	st = ops_stat(lfs, &info);
	(void)fuse_reply_attr(req, &st, 0);
}

void op_getattr(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	(void)fi;
	moved_wait(ops_moved(req), ops_caller(req).pid);
	reply_attr(req, ops_id(req, ino));
}

/* Which times can be told: those of 64 bits of nanoseconds */
static int64_t to_ns(const struct timespec *t)
{
	const int64_t s_max = INT64_MAX / 1000000000 - 1;

	if (t->tv_sec > s_max)
		return s_max * 1000000000;
	if (t->tv_sec < -s_max)
		return -s_max * 1000000000;
	return t->tv_sec * 1000000000 + t->tv_nsec;
}

static struct attr_change change_of(const struct stat *attr, int to_set)
{
	static const struct {
		int fuse;
		unsigned ours;
	} flags[] = {
		{ FUSE_SET_ATTR_MODE, ATTR_MODE },
		{ FUSE_SET_ATTR_UID, ATTR_UID },
		{ FUSE_SET_ATTR_GID, ATTR_GID },
		{ FUSE_SET_ATTR_ATIME, ATTR_ATIME },
		{ FUSE_SET_ATTR_MTIME, ATTR_MTIME },
		{ FUSE_SET_ATTR_ATIME_NOW, ATTR_ATIME_NOW },
		{ FUSE_SET_ATTR_MTIME_NOW, ATTR_MTIME_NOW },
	};
	struct attr_change c = {
		.mode = attr->st_mode & 07777,
		.uid = attr->st_uid,
		.gid = attr->st_gid,
		.atime_ns = to_ns(&attr->st_atim),
		.mtime_ns = to_ns(&attr->st_mtim),
	};

	for (size_t i = 0; i < ARRAY_SIZE(flags); i++)
		if (to_set & flags[i].fuse)
			c.what |= flags[i].ours;
	return c;
}

#define KILL (FUSE_SET_ATTR_KILL_SUID | FUSE_SET_ATTR_KILL_SGID)

static int set_attributes(fuse_req_t req, uint64_t id, const struct stat *attr,
			  int to_set)
{
	const struct caller who = ops_caller(req);
	const struct attr_change c = change_of(attr, to_set);
	struct lfs *lfs = ops_lfs(req);
	int r = 0;

	if (to_set & FUSE_SET_ATTR_SIZE)
		r = lfs_truncate(lfs, &who, id, (uint64_t)attr->st_size);
	if (r == 0 && (to_set == 0 || to_set & KILL) && !(c.what & ATTR_MODE))
		r = lfs_kill_rights(lfs, &who, id);
	if (r == 0 && c.what)
		r = lfs_set_attr(lfs, &who, id, &c);
	return r;
}

void op_setattr(fuse_req_t req, fuse_ino_t ino, struct stat *attr, int to_set,
		struct fuse_file_info *fi)
{
	uint64_t id = ops_id(req, ino);
	int r;

	(void)fi;
	r = set_attributes(req, id, attr, to_set);
	if (r < 0)
		ops_reply(req, r);
	else
		reply_attr(req, id);
}

void op_statfs(fuse_req_t req, fuse_ino_t ino)
{
	const struct caller who = ops_caller(req);
	struct fs_stats stats;
	uint64_t block, per_book;
	struct statvfs v;
	int r;

	(void)ino;
	r = lfs_stats(ops_lfs(req), &who, &stats);
	if (r < 0) {
		ops_reply(req, r);
		return;
	}
	block = stats.book_size < BLOCK_MAX ? stats.book_size : BLOCK_MAX;
	per_book = stats.book_size / block;
	v = (struct statvfs){
		.f_bsize = block,
		.f_frsize = block,
		.f_blocks = stats.books_total * per_book,
		.f_bfree = (stats.books_total - stats.books_used) * per_book,
		/* Nothing limits the number of shelves. */
		.f_files = stats.shelves + UINT32_MAX,
		.f_ffree = UINT32_MAX,
		.f_favail = UINT32_MAX,
		.f_namemax = LIBRARIAN_NAME_MAX,
	};
	v.f_bavail = v.f_bfree;
	(void)fuse_reply_statfs(req, &v);
}

/* ---- extended attributes --------------------------------------------------- */

/* A size of 0 asks for the size. */
static void reply_bytes(fuse_req_t req, int r, const void *data, size_t len,
			size_t size)
{
	if (r < 0)
		ops_reply(req, r);
	else if (size == 0)
		(void)fuse_reply_xattr(req, len);
	else if (len > size)
		ops_reply(req, -ERANGE);
	else
		(void)fuse_reply_buf(req, data, len);
}

void op_getxattr(fuse_req_t req, fuse_ino_t ino, const char *name, size_t size)
{
	const struct caller who = ops_caller(req);
	CLEANUP_FREE void *value = NULL;
	size_t len = 0;
	int r;

	r = lfs_get_xattr(ops_lfs(req), &who, ops_id(req, ino), name, &value,
			  &len);
	reply_bytes(req, r, value, len, size);
}

void op_setxattr(fuse_req_t req, fuse_ino_t ino, const char *name,
		 const char *value, size_t size, int flags)
{
	const struct caller who = ops_caller(req);
	enum xattr_mode mode = flags & XATTR_CREATE  ? XATTR_MODE_CREATE :
			       flags & XATTR_REPLACE ? XATTR_MODE_REPLACE :
						       XATTR_MODE_ANY;

	ops_reply(req, lfs_set_xattr(ops_lfs(req), &who, ops_id(req, ino), name,
				     value, size, mode));
}

void op_listxattr(fuse_req_t req, fuse_ino_t ino, size_t size)
{
	const struct caller who = ops_caller(req);
	CLEANUP_FREE char *names = NULL;
	size_t len = 0;
	int r;

	r = lfs_list_xattrs(ops_lfs(req), &who, ops_id(req, ino), &names, &len);
	reply_bytes(req, r, names, len, size);
}

void op_removexattr(fuse_req_t req, fuse_ino_t ino, const char *name)
{
	const struct caller who = ops_caller(req);

	ops_reply(req,
		  lfs_remove_xattr(ops_lfs(req), &who, ops_id(req, ino), name));
}
