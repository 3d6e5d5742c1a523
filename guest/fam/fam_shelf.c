// SPDX-License-Identifier: GPL-2.0 OR MIT

/*
 * Shelves: lists of books
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
 * Growth needs no more than that: SET appends books and moves the end. Where an
 * operation meets the end it asks the daemon (fam_serve.c) and looks again.
 */

#include <linux/fs.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/pagemap.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <linux/splice.h>
#include <linux/uaccess.h>

#include "fam.h"

/* The least: a page. The most: far above any memory, but no overflow. */
#define FAM_SHIFT_MIN PAGE_SHIFT
#define FAM_SHIFT_MAX 40

/**
 * fam_shelf_offset() - Find a byte of a shelf in the memory
 * @shelf:	Shelf; its invalidate_lock is held
 * @pos:	Position in the file
 * @ret_left:	Set to the bytes up to the end of the book
 *
 * The end of the file is not looked at: mappings go up to the end of a page.
 *
 * Return: Offset in the memory, or -ENXIO if the shelf has no such book
 */
s64 fam_shelf_offset(const struct fam_shelf *shelf, u64 pos, u64 *ret_left)
{
	u64 size = 1ULL << shelf->book_shift;
	u64 book = pos >> shelf->book_shift;
	u64 in = pos & (size - 1);

	if (book >= shelf->n_books)
		return -ENXIO;
	*ret_left = size - in;
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

/*
 * Called for each open of FUSE. Without the flag O_DIRECT would fail. O_APPEND
 * comes with each write that FUSE passes on: here it would outlive its removal
 * by fcntl().
 */
static int fam_shelf_open(struct inode *inode, struct file *file)
{
	file->f_mode |= FMODE_CAN_ODIRECT;
	if (file->f_mode & FMODE_BACKING)
		file->f_flags &= ~O_APPEND;
	return 0;
}

/*
 * Memory needs no writing back. But who calls msync() may have stored, and the
 * time of that is to be known by then; fsync() of FUSE does not come here.
 */
static int fam_shelf_fsync(struct file *file, loff_t start, loff_t end,
			   int datasync)
{
	struct inode *inode = file_inode(file);

	if (mapping_writably_mapped(inode->i_mapping))
		atomic64_set(&fam_shelf(inode)->written,
			     ktime_get_coarse_real_ns());
	return 0;
}

const struct file_operations fam_shelf_fops = {
	.owner = THIS_MODULE,
	.open = fam_shelf_open,
	.llseek = generic_file_llseek,
	.read_iter = fam_read_iter,
	.write_iter = fam_write_iter,
	.splice_read = copy_splice_read,
	.splice_write = iter_file_splice_write,
	.mmap = fam_mmap,
	.get_unmapped_area = thp_get_unmapped_area,
	.fsync = fam_shelf_fsync,
	.poll = fam_shelf_poll,
	.unlocked_ioctl = fam_shelf_ioctl,
};

/**
 * fam_shelf_init_memory() - Make a shelf the one of all the memory
 * @shelf:	New, and not yet known to anybody
 * @size:	Of the memory; a BAR is a power of two, so that it is one book
 */
int fam_shelf_init_memory(struct fam_shelf *shelf, u64 size)
{
	shelf->books = kzalloc(sizeof(*shelf->books), GFP_KERNEL);
	if (!shelf->books)
		return -ENOMEM;
	shelf->n_books = 1;
	shelf->book_shift = ilog2(size);
	i_size_write(&shelf->inode, size);
	return 0;
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
	list_for_each_entry(shelf, &fam->shelves, link)
		fam_shelf_kill(shelf);
	mutex_unlock(&fam->lock);
}
