// SPDX-License-Identifier: GPL-2.0 OR MIT

/*
 * The pseudo file system that shelves are inodes of
 *
 * Theory of operation. FUSE opens a backing file anew, by its path, for each
 * open of the user, and mmap hands that file to the mapping. So descriptors and
 * mappings of one shelf share the inode, and the inode lives as long as any of
 * them. It is hashed by the shelf's id: whoever asks for the id again gets this
 * inode and so the power to revoke the mappings, however old they are.
 *
 * The file system is mounted, where nobody sees it, while there are inodes: each
 * holds a pin (simple_pin_fs), which its eviction releases; then the mount is
 * still held by the file whose end it is, or by who looked for the shelf. The
 * super block holds the module: the VFS drops that reference when it is done
 * with both, as the last step, so that rmmod cannot pull the code away from
 * under the end of a file. A permanent mount would hold the module for ever.
 */

#include <linux/file.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/mount.h>
#include <linux/pseudo_fs.h>
#include <linux/slab.h>

#include "fam.h"

#define FAM_MAGIC 0x66616d21

static struct kmem_cache *fam_shelf_cache;

/* Without an entry in the list of file systems: nobody else mounts it. */
static struct file_system_type fam_fs_type;

/* ---- shelves and their device ---- */

/*
 * Keeps the file system mounted; with @shelf, on behalf of that one, which the
 * device knows from then on.
 */
static int fam_pin(struct fam_device *fam, struct fam_shelf *shelf)
{
	int ret = -ENODEV;

	mutex_lock(&fam->lock);
	if (!fam->gone)
		ret = simple_pin_fs(&fam_fs_type, &fam->mnt, &fam->mnt_users);
	if (!ret && shelf) {
		fam_device_get(fam);
		shelf->fam = fam;
		list_add(&shelf->link, &fam->shelves);
	}
	mutex_unlock(&fam->lock);
	return ret;
}

static void fam_unpin(struct fam_device *fam)
{
	simple_release_fs(&fam->mnt, &fam->mnt_users);
}

/* ---- inodes ---- */

static struct inode *fam_alloc_inode(struct super_block *sb)
{
	struct fam_shelf *shelf;

	shelf = alloc_inode_sb(sb, fam_shelf_cache, GFP_KERNEL);
	if (!shelf)
		return NULL;
	shelf->fam = NULL;
	shelf->books = NULL;
	shelf->n_books = 0;
	shelf->book_shift = 0;
	shelf->dead = false;
	atomic64_set(&shelf->written, 0);
	init_waitqueue_head(&shelf->unmapped);
	INIT_LIST_HEAD(&shelf->link);
	return &shelf->inode;
}

static void fam_free_inode(struct inode *inode)
{
	kmem_cache_free(fam_shelf_cache, fam_shelf(inode));
}

static void fam_evict_inode(struct inode *inode)
{
	struct fam_shelf *shelf = fam_shelf(inode);
	struct fam_device *fam = shelf->fam;

	if (fam) { /* not so for the root directory */
		mutex_lock(&fam->lock);
		list_del(&shelf->link);
		mutex_unlock(&fam->lock);
	}
	truncate_inode_pages_final(&inode->i_data);
	clear_inode(inode);
	kvfree(shelf->books);
	if (fam) {
		fam_unpin(fam);
		fam_device_put(fam);
	}
}

static const struct super_operations fam_sops = {
	.alloc_inode = fam_alloc_inode,
	.free_inode = fam_free_inode,
	.evict_inode = fam_evict_inode,
	.drop_inode = generic_delete_inode,
	.statfs = simple_statfs,
};

static int fam_init_fs_context(struct fs_context *fc)
{
	struct pseudo_fs_context *ctx = init_pseudo(fc, FAM_MAGIC);

	if (!ctx)
		return -ENOMEM;
	ctx->ops = &fam_sops;
	return 0;
}

static struct file_system_type fam_fs_type = {
	.owner = THIS_MODULE,
	.name = "fam",
	.init_fs_context = fam_init_fs_context,
	.kill_sb = kill_anon_super,
};

/* ---- finding and making shelves ---- */

/* Size and mode are the daemon's business, by SET. */
static int fam_shelf_setattr(struct mnt_idmap *idmap, struct dentry *dentry,
			     struct iattr *attr)
{
	return -EPERM;
}

static const struct inode_operations fam_shelf_iops = {
	.setattr = fam_shelf_setattr,
};

static int fam_shelf_init(struct fam_device *fam, struct inode *inode)
{
	int ret = 0;

	/* FUSE takes nothing but regular files as backing files. */
	inode->i_mode = S_IFREG | 0600;
	inode->i_op = &fam_shelf_iops;
	inode->i_fop = &fam_shelf_fops;
	simple_inode_init_ts(inode);
	if (inode->i_ino == FAM_ID_MEMORY)
		ret = fam_shelf_init_memory(fam_shelf(inode), fam->size);
	return ret ? ret : fam_pin(fam, fam_shelf(inode));
}

/* The file system is pinned, here and in the next function. */
static struct inode *fam_shelf_get(struct fam_device *fam, u64 id)
{
	struct inode *inode;
	int ret;

	BUILD_BUG_ON(sizeof(inode->i_ino) != sizeof(id));

	inode = iget_locked(fam->mnt->mnt_sb, id);
	if (!inode)
		return ERR_PTR(-ENOMEM);
	if (!(inode->i_state & I_NEW))
		return inode;
	ret = fam_shelf_init(fam, inode);
	if (ret) {
		iget_failed(inode);
		return ERR_PTR(ret);
	}
	unlock_new_inode(inode);
	return inode;
}

static struct inode *fam_shelf_find(struct fam_device *fam, u64 id)
{
	struct inode *inode = ilookup(fam->mnt->mnt_sb, id);

	return inode ? inode : ERR_PTR(-ENOENT);
}

/* Consumes @inode. */
static struct file *fam_shelf_file(struct fam_device *fam, struct inode *inode)
{
	struct file *file;
	char name[24];

	snprintf(name, sizeof(name), "shelf-%lu", inode->i_ino);
	/* The last fput() drops a reference that the next call does not take */
	__module_get(THIS_MODULE);
	file = alloc_file_pseudo(inode, fam->mnt, name, O_RDWR | O_LARGEFILE,
				 &fam_shelf_fops);
	if (IS_ERR(file)) {
		module_put(THIS_MODULE);
		iput(inode);
		return file;
	}
	/* What open() would set; without it pread() gets ESPIPE. */
	file->f_mode |= FMODE_LSEEK | FMODE_PREAD | FMODE_PWRITE |
			FMODE_CAN_ODIRECT;
	return file;
}

static int fam_shelf_install(struct fam_device *fam, u64 id, bool existing)
{
	struct inode *inode;
	struct file *file;
	int fd;

	inode = existing ? fam_shelf_find(fam, id) : fam_shelf_get(fam, id);
	if (IS_ERR(inode))
		return PTR_ERR(inode);
	file = fam_shelf_file(fam, inode);
	if (IS_ERR(file))
		return PTR_ERR(file);
	fd = get_unused_fd_flags(O_CLOEXEC);
	if (fd < 0)
		fput(file);
	else
		fd_install(fd, file);
	return fd;
}

/**
 * fam_shelf_open_fd() - A descriptor of a shelf for the caller
 * @fam:	Device
 * @id:		The shelf's
 * @existing:	Do not make a new one
 *
 * Return: the descriptor or a negative errno
 */
int fam_shelf_open_fd(struct fam_device *fam, u64 id, bool existing)
{
	int fd = fam_pin(fam, NULL);

	if (fd)
		return fd;
	fd = fam_shelf_install(fam, id, existing);
	fam_unpin(fam);
	return fd;
}

/**
 * fam_memory_get() - The shelf that is all of the memory
 * @fam:	Device
 *
 * Return: its inode, for fam_memory_put(), or an ERR_PTR()
 */
struct inode *fam_memory_get(struct fam_device *fam)
{
	struct inode *inode;
	int ret = fam_pin(fam, NULL);

	if (ret)
		return ERR_PTR(ret);
	inode = fam_shelf_get(fam, FAM_ID_MEMORY);
	if (IS_ERR(inode))
		fam_unpin(fam);
	return inode;
}

/**
 * fam_memory_put() - The end of fam_memory_get()
 * @fam:	Device
 * @inode:	From there
 */
void fam_memory_put(struct fam_device *fam, struct inode *inode)
{
	iput(inode);
	fam_unpin(fam);
}

/* ---- module ---- */

static void fam_shelf_init_once(void *p)
{
	struct fam_shelf *shelf = p;

	inode_init_once(&shelf->inode);
}

int __init fam_fs_init(void)
{
	fam_shelf_cache = kmem_cache_create("fam_shelf",
					    sizeof(struct fam_shelf), 0,
					    SLAB_RECLAIM_ACCOUNT | SLAB_ACCOUNT,
					    fam_shelf_init_once);
	return fam_shelf_cache ? 0 : -ENOMEM;
}

void fam_fs_exit(void)
{
	rcu_barrier(); /* inodes are freed after a grace period */
	kmem_cache_destroy(fam_shelf_cache);
}
