/* SPDX-License-Identifier: MIT */

/* ops.h - FUSE requests, turned into calls of lfs.h
 *
 * Every open file has FUSE passthrough: read, write and mmap go to fam.ko. None
 * of them comes here; what fam.ko wants to know meanwhile, it asks (serve.h).
 *
 * All timeouts are 0: the kernel asks here each time, and the cache answers as
 * long as nobody has changed anything; so what another node did is seen by the
 * next system call.
 *
 * Permissions are checked by the kernel (default_permissions). Whoever writes
 * to a file that lends its owner's rights takes them off it: the kernel leaves
 * that to us (KILLPRIV_V2), and in passthrough it does not tell us of writes,
 * but sends a setattr that sets nothing.
 *
 * Inode numbers are the Librarian's numbers of shelves, which are never used
 * again. So nothing has to be remembered of inodes that the kernel knows, and
 * forgetting them does nothing.
 */
#pragma once

#include <fuse_lowlevel.h>
#include <stdbool.h>

#include "../lfs.h"
#include "../moved.h"
#include "open_file.h"
#include "waiters.h"

/**
 * struct ops_data - What the operations work on
 * @lfs:	File system
 * @waiters:	Requests that wait for locks
 * @moved:	Where the kernel has directories
 * @ready:	Called once the kernel and we have agreed on everything; false:
 *		this kernel cannot do what we need
 * @arg:	For it
 */
struct ops_data {
	struct lfs *lfs;
	struct waiters waiters;
	struct moved moved;
	void (*ready)(void *arg, bool capable);
	void *arg;
};

/* For fuse_session_new(), with a struct ops_data as user data. */
extern const struct fuse_lowlevel_ops fuse_ops;

/* ---- for all operations (ops.c) -------------------------------------------- */

struct lfs *ops_lfs(fuse_req_t req);
struct caller ops_caller(fuse_req_t req);

static inline struct moved *ops_moved(fuse_req_t req)
{
	struct ops_data *d = fuse_req_userdata(req);

	return &d->moved;
}

/* The Librarian's number of an inode */
uint64_t ops_id(fuse_req_t req, fuse_ino_t ino);

struct place ops_place(fuse_req_t req, fuse_ino_t dir, const char *name);
struct stat ops_stat(const struct lfs *lfs, const struct shelf_info *info);
struct fuse_entry_param ops_entry(const struct lfs *lfs,
				  const struct shelf_info *info);

/* @r: 0 or a negative errno */
void ops_reply(fuse_req_t req, int r);

/* Consumes the info; only the error if there is one. */
void ops_reply_entry(fuse_req_t req, int r, struct shelf_info *info);

static inline struct open_file *ops_file(const struct fuse_file_info *fi)
{
	return (struct open_file *)(uintptr_t)fi->fh;
}

static inline struct shelf *ops_shelf(const struct fuse_file_info *fi)
{
	return ops_file(fi)->shelf;
}

/* ---- the operations --------------------------------------------------------- */

/* ops_name.c */
void op_lookup(fuse_req_t req, fuse_ino_t parent, const char *name);
void op_mknod(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode,
	      dev_t rdev);
void op_mkdir(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode);
void op_symlink(fuse_req_t req, const char *target, fuse_ino_t parent,
		const char *name);
void op_link(fuse_req_t req, fuse_ino_t ino, fuse_ino_t parent,
	     const char *name);
void op_unlink(fuse_req_t req, fuse_ino_t parent, const char *name);
void op_rmdir(fuse_req_t req, fuse_ino_t parent, const char *name);
void op_rename(fuse_req_t req, fuse_ino_t parent, const char *name,
	       fuse_ino_t newparent, const char *newname, unsigned int flags);
void op_readlink(fuse_req_t req, fuse_ino_t ino);

/* ops_attr.c */
void op_getattr(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi);
void op_setattr(fuse_req_t req, fuse_ino_t ino, struct stat *attr, int to_set,
		struct fuse_file_info *fi);
void op_statfs(fuse_req_t req, fuse_ino_t ino);
void op_getxattr(fuse_req_t req, fuse_ino_t ino, const char *name, size_t size);
void op_setxattr(fuse_req_t req, fuse_ino_t ino, const char *name,
		 const char *value, size_t size, int flags);
void op_listxattr(fuse_req_t req, fuse_ino_t ino, size_t size);
void op_removexattr(fuse_req_t req, fuse_ino_t ino, const char *name);

/* ops_dir.c */
void op_opendir(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi);
void op_readdir(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off,
		struct fuse_file_info *fi);
void op_readdirplus(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off,
		    struct fuse_file_info *fi);
void op_releasedir(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi);

/* ops_file.c */
void op_open(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi);
void op_create(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode,
	       struct fuse_file_info *fi);
void op_tmpfile(fuse_req_t req, fuse_ino_t parent, mode_t mode,
		struct fuse_file_info *fi);
void op_flush(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi);
void op_release(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi);
void op_fsync(fuse_req_t req, fuse_ino_t ino, int datasync,
	      struct fuse_file_info *fi);
void op_fsyncdir(fuse_req_t req, fuse_ino_t ino, int datasync,
		 struct fuse_file_info *fi);
void op_fallocate(fuse_req_t req, fuse_ino_t ino, int mode, off_t off,
		  off_t len, struct fuse_file_info *fi);
void op_lseek(fuse_req_t req, fuse_ino_t ino, off_t off, int whence,
	      struct fuse_file_info *fi);
void op_copy_file_range(fuse_req_t req, fuse_ino_t ino_in, off_t off_in,
			struct fuse_file_info *fi_in, fuse_ino_t ino_out,
			off_t off_out, struct fuse_file_info *fi_out,
			size_t len, int flags);
void op_ioctl(fuse_req_t req, fuse_ino_t ino, unsigned int cmd, void *arg,
	      struct fuse_file_info *fi, unsigned int flags, const void *in_buf,
	      size_t in_bufsz, size_t out_bufsz);

/* ops_lock.c */
void op_getlk(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi,
	      struct flock *lock);
void op_setlk(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi,
	      struct flock *lock, int sleep);
void op_flock(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi,
	      int op);

/* For lfs_hooks.unlocked, with the ops_data as @arg; 0 = any shelf */
void ops_unlocked(void *arg, uint64_t shelf_id);
