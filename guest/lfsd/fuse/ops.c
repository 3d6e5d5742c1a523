/* SPDX-License-Identifier: MIT */

/* ops.c - The session, and what all operations need */

#include "ops.h"

#include <stdint.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

/* What programs take as the best size of a buffer */
#define IO_SIZE (1U << 20)

#define NS_PER_S 1000000000

struct lfs *ops_lfs(fuse_req_t req)
{
	struct ops_data *d = fuse_req_userdata(req);

	return d->lfs;
}

struct caller ops_caller(fuse_req_t req)
{
	const struct fuse_ctx *c = fuse_req_ctx(req);

	return (struct caller){ .uid = c->uid, .gid = c->gid, .pid = c->pid };
}

/* FUSE has 1 for the root; the Librarian's numbers begin with 2. */
uint64_t ops_id(fuse_req_t req, fuse_ino_t ino)
{
	return ino == FUSE_ROOT_ID ? ops_lfs(req)->root_id : ino;
}

struct place ops_place(fuse_req_t req, fuse_ino_t dir, const char *name)
{
	return (struct place){ ops_id(req, dir), name };
}

void ops_reply(fuse_req_t req, int r)
{
	(void)fuse_reply_err(req, r < 0 ? -r : 0);
}

static struct timespec to_timespec(int64_t ns)
{
	struct timespec t = { .tv_sec = ns / NS_PER_S,
			      .tv_nsec = ns % NS_PER_S };

	if (t.tv_nsec < 0) {
		t.tv_sec--;
		t.tv_nsec += NS_PER_S;
	}
	return t;
}

struct stat ops_stat(const struct lfs *lfs, const struct shelf_info *info)
{
	return (struct stat){
		.st_ino = info->id,
		.st_mode = info->mode,
		.st_nlink = info->links,
		.st_uid = info->uid,
		.st_gid = info->gid,
		.st_rdev = info->rdev,
		.st_size = (off_t)info->size,
		.st_blksize = IO_SIZE,
		.st_blocks = (blkcnt_t)(info->n_books * (lfs->book_size / 512)),
		.st_atim = to_timespec(info->atime_ns),
		.st_mtim = to_timespec(info->mtime_ns),
		.st_ctim = to_timespec(info->ctime_ns),
	};
}

struct fuse_entry_param ops_entry(const struct lfs *lfs,
				  const struct shelf_info *info)
{
	return (struct fuse_entry_param){
		.ino = info->id == lfs->root_id ? FUSE_ROOT_ID : info->id,
		.generation = 1,
		.attr = ops_stat(lfs, info),
	};
}

void ops_reply_entry(fuse_req_t req, int r, struct shelf_info *info)
{
	struct fuse_entry_param e;

	if (r < 0) {
		ops_reply(req, r);
		return;
	}
	e = ops_entry(ops_lfs(req), info);
	shelf_info_deinit(info);
	(void)fuse_reply_entry(req, &e);
}

static void op_init(void *userdata, struct fuse_conn_info *conn)
{
	struct ops_data *d = userdata;
	bool capable = fuse_set_feature_flag(conn, FUSE_CAP_PASSTHROUGH);

	/* O_TRUNC comes as a setattr of its own. */
	fuse_unset_feature_flag(conn, FUSE_CAP_ATOMIC_O_TRUNC);
	/* Without it, each write would ask for an extended attribute. */
	fuse_unset_feature_flag(conn, FUSE_CAP_HANDLE_KILLPRIV);
	(void)fuse_set_feature_flag(conn, FUSE_CAP_HANDLE_KILLPRIV_V2);
	d->ready(d->arg, capable);
}

static void op_forget(fuse_req_t req, fuse_ino_t ino, uint64_t n)
{
	(void)ino;
	(void)n;
	fuse_reply_none(req);
}

static void op_forget_multi(fuse_req_t req, size_t count,
			    struct fuse_forget_data *forgets)
{
	(void)count;
	(void)forgets;
	fuse_reply_none(req);
}

const struct fuse_lowlevel_ops fuse_ops = {
	.init = op_init,
	.forget = op_forget,
	.forget_multi = op_forget_multi,

	.lookup = op_lookup,
	.mknod = op_mknod,
	.mkdir = op_mkdir,
	.symlink = op_symlink,
	.link = op_link,
	.unlink = op_unlink,
	.rmdir = op_rmdir,
	.rename = op_rename,
	.readlink = op_readlink,

	.getattr = op_getattr,
	.setattr = op_setattr,
	.statfs = op_statfs,
	.getxattr = op_getxattr,
	.setxattr = op_setxattr,
	.listxattr = op_listxattr,
	.removexattr = op_removexattr,

	.opendir = op_opendir,
	.readdir = op_readdir,
	.readdirplus = op_readdirplus,
	.releasedir = op_releasedir,
	.fsyncdir = op_fsyncdir,

	.open = op_open,
	.create = op_create,
	.tmpfile = op_tmpfile,
	.flush = op_flush,
	.release = op_release,
	.fsync = op_fsync,
	.fallocate = op_fallocate,
	.lseek = op_lseek,
	.copy_file_range = op_copy_file_range,
	.ioctl = op_ioctl,

	.getlk = op_getlk,
	.setlk = op_setlk,
	.flock = op_flock,
};
