// SPDX-License-Identifier: GPL-2.0 OR MIT

/* fam_shelf.c - Shelves: inodes of a pseudo file system
 *
 * Theory of operation. The daemon knows which books a shelf has, and tells by
 * FAM_IOC_SET. The list hangs off the inode and is guarded by the mapping's
 * invalidate_lock, which exists for just this purpose: faults, reads and
 * writes hold it shared while they use the list, SET holds it exclusively
 * while it swaps the list and unmaps what has changed. After SET, nothing on
 * this node reaches a book that left the shelf: page tables are zapped, new
 * faults see the new list, and no page is pinned anywhere, since the memory
 * has no struct pages. That is the promise needed to give a book away.
 *
 * FUSE opens a backing file anew, by its path, for each open of the user, and
 * mmap hands that file to the mapping. So descriptors and mappings of one
 * shelf share the inode, and the inode lives as long as any of them. It is
 * hashed by the shelf's id: whoever asks for the id again gets this inode and
 * so the power to revoke the mappings, however old they are.
 */

#include <linux/file.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mount.h>
#include <linux/pagemap.h>
#include <linux/poll.h>
#include <linux/pseudo_fs.h>
#include <linux/slab.h>
#include <linux/splice.h>
#include <linux/uaccess.h>

#include "fam.h"

#define FAM_MAGIC 0x66616d21

/* The least: a page. The most: far above any memory, but no overflow. */
#define FAM_SHIFT_MIN PAGE_SHIFT
#define FAM_SHIFT_MAX 40

static struct kmem_cache *fam_shelf_cache;

/**
 * fam_shelf_offset() - Find a byte of a shelf in the memory
 * @shelf:	Shelf; its invalidate_lock is held
 * @pos:	Position in the file
 * @left:	Set to the bytes up to the end of the book
 *
 * The end of the file is not looked at: mappings go up to the end of a page.
 *
 * Return: Offset in the memory, or -ENXIO if the shelf has no such book
 */
s64 fam_shelf_offset(struct fam_shelf *shelf, u64 pos, u64 *left)
{
	u64 size = 1ULL << shelf->book_shift;
	u64 book = pos >> shelf->book_shift;
	u64 in = pos & (size - 1);

	if (book >= shelf->n_books)
		return -ENXIO;
	*left = size - in;
	return ((u64)shelf->books[book] << shelf->book_shift) + in;
}

/* The first byte whose place in the memory differs; U64_MAX = none */
static u64 fam_shelf_common(const struct fam_shelf *shelf, const u32 *books,
			    const struct fam_set *set)
{
	u32 n = min(shelf->n_books, set->n_books);
	u32 i;

	if (shelf->book_shift != set->book_shift)
		return 0;
	for (i = 0; i < n; i++)
		if (shelf->books[i] != books[i])
			break;
	return (u64)i << set->book_shift;
}

/* Swaps the list; @books belongs to the shelf then, the old one is returned. */
static u32 *fam_shelf_replace(struct fam_shelf *shelf, u32 *books,
			      const struct fam_set *set)
{
	struct address_space *mapping = shelf->inode.i_mapping;
	u64 old_end = round_up(i_size_read(&shelf->inode), PAGE_SIZE);
	u64 from = min(fam_shelf_common(shelf, books, set),
		       round_up(set->size, PAGE_SIZE));
	u32 *old = shelf->books;

	lockdep_assert_held_write(&mapping->invalidate_lock);
	i_size_write(&shelf->inode, set->size);
	shelf->books = books;
	shelf->n_books = set->n_books;
	shelf->book_shift = set->book_shift;
	/* Pages that stay where they are keep their mappings. */
	if (from < old_end)
		unmap_mapping_range(mapping, from, 0, 1);
	return old;
}

static int fam_set_check(const struct fam_device *fam,
			 const struct fam_set *set)
{
	if (set->size > MAX_LFS_FILESIZE)
		return -EINVAL;
	if (!set->n_books)
		return 0;
	if (set->book_shift < FAM_SHIFT_MIN || set->book_shift > FAM_SHIFT_MAX)
		return -EINVAL;
	if (set->n_books > fam->size >> set->book_shift)
		return -ERANGE;
	if (set->size > (u64)set->n_books << set->book_shift)
		return -EINVAL;
	return 0;
}

static u32 *fam_set_books(const struct fam_device *fam,
			  const struct fam_set *set)
{
	u64 limit = fam->size >> set->book_shift;
	u32 *books;
	u32 i;

	books = vmemdup_array_user(u64_to_user_ptr(set->books), set->n_books,
				   sizeof(*books));
	if (IS_ERR(books))
		return books;
	for (i = 0; i < set->n_books; i++)
		if (books[i] >= limit) {
			kvfree(books);
			return ERR_PTR(-ERANGE);
		}
	return books;
}

static long fam_shelf_set(struct inode *inode, const void __user *arg)
{
	struct fam_shelf *shelf = fam_shelf(inode);
	struct fam_set set;
	u32 *books = NULL;
	int ret;

	if (copy_from_user(&set, arg, sizeof(set)))
		return -EFAULT;
	ret = fam_set_check(fam_device(inode), &set);
	if (ret)
		return ret;
	if (set.n_books) {
		books = fam_set_books(fam_device(inode), &set);
		if (IS_ERR(books))
			return PTR_ERR(books);
	} else {
		set.book_shift = 0;
	}

	filemap_invalidate_lock(inode->i_mapping);
	if (shelf->dead)
		ret = -ENODEV;
	else
		books = fam_shelf_replace(shelf, books, &set);
	filemap_invalidate_unlock(inode->i_mapping);
	kvfree(books);
	return ret;
}

static long fam_shelf_stat(struct inode *inode, void __user *arg)
{
	struct fam_shelf *shelf = fam_shelf(inode);
	struct fam_stat st;

	if (copy_from_user(&st, arg, sizeof(st)))
		return -EFAULT;
	if (st.flags & ~FAM_STAT_CLEAR)
		return -EINVAL;
	st.id = inode->i_ino;
	filemap_invalidate_lock_shared(inode->i_mapping);
	st.size = i_size_read(inode);
	st.n_books = shelf->n_books;
	st.book_shift = shelf->book_shift;
	filemap_invalidate_unlock_shared(inode->i_mapping);
	st.mapped = mapping_mapped(inode->i_mapping);
	st.mtime_ns = st.flags & FAM_STAT_CLEAR ?
			      atomic64_xchg(&shelf->written, 0) :
			      atomic64_read(&shelf->written);
	return copy_to_user(arg, &st, sizeof(st)) ? -EFAULT : 0;
}

static long fam_shelf_ioctl(struct file *file, unsigned int cmd,
			    unsigned long arg)
{
	/* Opened by way of FUSE: an application must never get this far. */
	if (file->f_mode & FMODE_BACKING)
		return -ENOTTY;

	switch (cmd) {
	case FAM_IOC_SET:
		return fam_shelf_set(file_inode(file), (void __user *)arg);
	case FAM_IOC_STAT:
		return fam_shelf_stat(file_inode(file), (void __user *)arg);
	default:
		return -ENOTTY;
	}
}

static __poll_t fam_shelf_poll(struct file *file, poll_table *wait)
{
	struct fam_shelf *shelf = fam_shelf(file_inode(file));

	poll_wait(file, &shelf->unmapped, wait);
	return mapping_mapped(file->f_mapping) ? 0 : EPOLLIN | EPOLLRDNORM;
}

/* Called for each open of FUSE too; without the flag O_DIRECT would fail. */
static int fam_shelf_open(struct inode *inode, struct file *file)
{
	file->f_mode |= FMODE_CAN_ODIRECT;
	return 0;
}

static const struct file_operations fam_shelf_fops = {
	.owner = THIS_MODULE,
	.open = fam_shelf_open,
	.llseek = generic_file_llseek,
	.read_iter = fam_read_iter,
	.write_iter = fam_write_iter,
	.splice_read = copy_splice_read,
	.splice_write = iter_file_splice_write,
	.mmap = fam_mmap,
	.fsync = noop_fsync, /* without it msync() would fail */
	.poll = fam_shelf_poll,
	.unlocked_ioctl = fam_shelf_ioctl,
};

/* Size and mode are the daemon's business, by SET. */
static int fam_shelf_setattr(struct mnt_idmap *idmap, struct dentry *dentry,
			     struct iattr *attr)
{
	return -EPERM;
}

static const struct inode_operations fam_shelf_iops = {
	.setattr = fam_shelf_setattr,
};

static struct inode *fam_alloc_inode(struct super_block *sb)
{
	struct fam_shelf *shelf;

	shelf = alloc_inode_sb(sb, fam_shelf_cache, GFP_KERNEL);
	if (!shelf)
		return NULL;
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
	struct fam_device *fam = fam_device(inode);
	struct fam_shelf *shelf = fam_shelf(inode);

	if (!list_empty(&shelf->link)) { /* not so for the root directory */
		mutex_lock(&fam->lock);
		list_del(&shelf->link);
		mutex_unlock(&fam->lock);
	}
	truncate_inode_pages_final(&inode->i_data);
	clear_inode(inode);
	kvfree(shelf->books);
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

static void fam_kill_sb(struct super_block *sb)
{
	struct fam_device *fam = sb->s_fs_info;

	kill_anon_super(sb);
	if (fam)
		fam_device_put(fam);
}

/* Without an owner: the mount below would pin the module for ever. */
static struct file_system_type fam_fs_type = {
	.name = "fam",
	.init_fs_context = fam_init_fs_context,
	.kill_sb = fam_kill_sb,
};

/**
 * fam_shelves_mount() - Make the file system that holds the shelves
 * @fam:	Device; @fam->mnt is set, to be undone by kern_unmount()
 */
int fam_shelves_mount(struct fam_device *fam)
{
	struct vfsmount *mnt = kern_mount(&fam_fs_type);

	if (IS_ERR(mnt))
		return PTR_ERR(mnt);
	kref_get(&fam->kref);
	mnt->mnt_sb->s_fs_info = fam;
	fam->mnt = mnt;
	return 0;
}

static int fam_shelf_add(struct fam_device *fam, struct fam_shelf *shelf)
{
	int ret = 0;

	mutex_lock(&fam->lock);
	if (fam->gone)
		ret = -ENODEV;
	else
		list_add(&shelf->link, &fam->shelves);
	mutex_unlock(&fam->lock);
	return ret;
}

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
	/* FUSE takes nothing but regular files as backing files. */
	inode->i_mode = S_IFREG | 0600;
	inode->i_op = &fam_shelf_iops;
	inode->i_fop = &fam_shelf_fops;
	simple_inode_init_ts(inode);
	ret = fam_shelf_add(fam, fam_shelf(inode));
	if (ret) {
		iget_failed(inode);
		return ERR_PTR(ret);
	}
	unlock_new_inode(inode);
	return inode;
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

static struct inode *fam_shelf_find(struct fam_device *fam, u64 id)
{
	struct inode *inode = ilookup(fam->mnt->mnt_sb, id);

	return inode ? inode : ERR_PTR(-ENOENT);
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
	struct vfsmount *mnt = NULL;
	int fd;

	/* The device may go meanwhile, but not its file system. */
	mutex_lock(&fam->lock);
	if (!fam->gone)
		mnt = mntget(fam->mnt);
	mutex_unlock(&fam->lock);
	if (!mnt)
		return -ENODEV;
	fd = fam_shelf_install(fam, id, existing);
	mntput(mnt);
	return fd;
}

static void fam_shelf_kill(struct fam_shelf *shelf)
{
	struct address_space *mapping = shelf->inode.i_mapping;
	struct fam_set none = {};
	u32 *old;

	filemap_invalidate_lock(mapping);
	shelf->dead = true;
	none.size = i_size_read(&shelf->inode);
	old = fam_shelf_replace(shelf, NULL, &none);
	filemap_invalidate_unlock(mapping);
	kvfree(old);
}

/**
 * fam_shelves_revoke() - Empty all shelves, for good
 * @fam:	Device that is going away
 */
void fam_shelves_revoke(struct fam_device *fam)
{
	struct fam_shelf *shelf;

	mutex_lock(&fam->lock);
	fam->gone = true;
	list_for_each_entry(shelf, &fam->shelves, link) fam_shelf_kill(shelf);
	mutex_unlock(&fam->lock);
}

static void fam_shelf_init_once(void *p)
{
	struct fam_shelf *shelf = p;

	inode_init_once(&shelf->inode);
}

int __init fam_shelves_init(void)
{
	fam_shelf_cache = kmem_cache_create("fam_shelf",
					    sizeof(struct fam_shelf), 0,
					    SLAB_RECLAIM_ACCOUNT | SLAB_ACCOUNT,
					    fam_shelf_init_once);
	return fam_shelf_cache ? 0 : -ENOMEM;
}

void fam_shelves_exit(void)
{
	rcu_barrier(); /* inodes are freed after a grace period */
	kmem_cache_destroy(fam_shelf_cache);
}
