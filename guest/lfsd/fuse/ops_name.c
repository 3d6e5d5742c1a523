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

	ops_reply_entry(req, lfs_lookup(ops_lfs(req), &who, &p, &info), &info);
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

	ops_reply_entry(req, lfs_mkdir(ops_lfs(req), &who, &p, &n, &info),
			&info);
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

void op_rename(fuse_req_t req, fuse_ino_t parent, const char *name,
	       fuse_ino_t newparent, const char *newname, unsigned int flags)
{
	const struct caller who = ops_caller(req);
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
	ops_reply(req, lfs_rename(ops_lfs(req), &who, &from, &to, mode));
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
