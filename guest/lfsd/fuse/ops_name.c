/* SPDX-License-Identifier: MIT */

/* ops_name.c - FUSE requests on names */

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

#include "cleanup.h"
#include "ops.h"

static struct new_shelf new_shelf(fuse_req_t req, mode_t mode, dev_t rdev)
{
	const struct fuse_ctx *c = fuse_req_ctx(req);

	return (struct new_shelf){ .mode = mode,
				   .uid = c->uid,
				   .gid = c->gid,
				   .rdev = (uint32_t)rdev };
}

void op_lookup(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	const struct caller who = ops_caller(req);
	const struct place p = ops_place(req, parent, name);
	struct shelf_info info;
	int r = lfs_lookup(ops_lfs(req), &who, &p, &info);

	if (r == 0 && S_ISDIR(info.mode))
		moved_meet(ops_moved(req), info.id, p.dir_id, name, who.pid);
	ops_reply_entry(req, r, &info);
}

void op_mknod(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode,
	      dev_t rdev)
{
	const struct caller who = ops_caller(req);
	const struct place p = ops_place(req, parent, name);
	const struct new_shelf n = new_shelf(req, mode, rdev);
	struct shelf_info info;

	ops_reply_entry(req, lfs_mknod(ops_lfs(req), &who, &p, &n, &info),
			&info);
}

void op_mkdir(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode)
{
	const struct caller who = ops_caller(req);
	const struct place p = ops_place(req, parent, name);
	const struct new_shelf n = new_shelf(req, S_IFDIR | (mode & 07777), 0);
	struct shelf_info info;
	int r = lfs_mkdir(ops_lfs(req), &who, &p, &n, &info);

	if (r == 0)
		moved_note(ops_moved(req), info.id, p.dir_id);
	ops_reply_entry(req, r, &info);
}

void op_symlink(fuse_req_t req, const char *target, fuse_ino_t parent,
		const char *name)
{
	const struct caller who = ops_caller(req);
	const struct place p = ops_place(req, parent, name);
	const struct new_shelf n = new_shelf(req, S_IFLNK | 0777, 0);
	struct shelf_info info;

	ops_reply_entry(req,
			lfs_symlink(ops_lfs(req), &who, &p, &n, target, &info),
			&info);
}

void op_link(fuse_req_t req, fuse_ino_t ino, fuse_ino_t parent,
	     const char *name)
{
	const struct caller who = ops_caller(req);
	const struct place p = ops_place(req, parent, name);
	struct shelf_info info;

	ops_reply_entry(
		req, lfs_link(ops_lfs(req), &who, ops_id(req, ino), &p, &info),
		&info);
}

void op_unlink(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	const struct caller who = ops_caller(req);
	const struct place p = ops_place(req, parent, name);

	ops_reply(req, lfs_unlink(ops_lfs(req), &who, &p));
}

void op_rmdir(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	const struct caller who = ops_caller(req);
	const struct place p = ops_place(req, parent, name);

	ops_reply(req, lfs_rmdir(ops_lfs(req), &who, &p));
}

/* The kernel moves what it has renamed. */
static void note(fuse_req_t req, const struct shelf_info *info,
		 const struct place *to)
{
	if (S_ISDIR(info->mode))
		moved_note(ops_moved(req), info->id, to->dir_id);
}

static int rename_and_note(fuse_req_t req, const struct place *from,
			   const struct place *to, enum rename_mode mode)
{
	CLEANUP_SHELF_INFO struct shelf_info a = { 0 }, b = { 0 };
	const struct caller who = ops_caller(req);
	struct lfs *lfs = ops_lfs(req);
	int r = 0;

	if (from->dir_id == to->dir_id)
		return lfs_rename(lfs, &who, from, to, mode);
	r = lfs_lookup(lfs, &who, from, &a);
	if (r == 0 && mode == RENAME_MODE_EXCHANGE)
		r = lfs_lookup(lfs, &who, to, &b);
	if (r == 0)
		r = lfs_rename(lfs, &who, from, to, mode);
	if (r == 0) {
		note(req, &a, to);
		note(req, &b, from);
	}
	return r;
}

void op_rename(fuse_req_t req, fuse_ino_t parent, const char *name,
	       fuse_ino_t newparent, const char *newname, unsigned int flags)
{
	const struct place from = ops_place(req, parent, name);
	const struct place to = ops_place(req, newparent, newname);
	enum rename_mode mode;

	switch (flags) {
	case 0:
		mode = RENAME_MODE_REPLACE;
		break;
	case RENAME_NOREPLACE:
		mode = RENAME_MODE_KEEP;
		break;
	case RENAME_EXCHANGE:
		mode = RENAME_MODE_EXCHANGE;
		break;
	default:
		ops_reply(req, -EINVAL);
		return;
	}
	ops_reply(req, rename_and_note(req, &from, &to, mode));
}

void op_readlink(fuse_req_t req, fuse_ino_t ino)
{
	const struct caller who = ops_caller(req);
	CLEANUP_FREE char *target = NULL;
	int r;

	r = lfs_readlink(ops_lfs(req), &who, ops_id(req, ino), &target);
	if (r < 0)
		ops_reply(req, r);
	else
		(void)fuse_reply_readlink(req, target);
}
