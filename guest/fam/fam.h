/* SPDX-License-Identifier: GPL-2.0 OR MIT */

/* fam.h - What the files of fam.ko share */
#ifndef FAM_H
#define FAM_H

#include <linux/fs.h>
#include <linux/kref.h>
#include <linux/miscdevice.h>
#include <linux/mutex.h>
#include <linux/types.h>
#include <linux/wait.h>

#include "fam_ioctl.h"

struct vfsmount;

/**
 * struct fam_device - The shared memory: BAR 2 of an ivshmem-plain device
 * @kref:	Held by the driver, by open files of /dev/fam and by the
 *		super block of the shelves
 * @base:	Physical address of the BAR
 * @size:	Its size
 * @mem:	The same, mapped write-back. The mapping also reserves the
 *		memory type: without it user mappings would be uncached.
 * @mnt:	Holds the shelves; never visible in a name space
 * @misc:	/dev/fam
 * @lock:	Guards @shelves and @gone
 * @shelves:	All struct fam_shelf
 * @gone:	The device was taken away; no new shelves
 */
struct fam_device {
	struct kref kref;
	phys_addr_t base;
	u64 size;
	void *mem;
	struct vfsmount *mnt;
	struct miscdevice misc;
	struct mutex lock;
	struct list_head shelves;
	bool gone;
};

/**
 * struct fam_shelf - A shelf is an inode with a list of books
 * @books:	Book numbers in the order of the file
 * @n_books:	How many
 * @book_shift:	log2 of the size of a book
 * @dead:	The device is gone: the list stays empty
 * @written:	Time of the last write(2) that was not yet told, or 0
 * @unmapped:	Woken when a mapping ends
 * @link:	In fam_device.shelves
 * @inode:	Its i_ino is the shelf's id
 *
 * @books, @n_books, @book_shift, @dead and the size of @inode are guarded by
 * the invalidate_lock of the inode's mapping.
 */
struct fam_shelf {
	u32 *books;
	u32 n_books;
	u32 book_shift;
	bool dead;
	atomic64_t written;
	wait_queue_head_t unmapped;
	struct list_head link;
	struct inode inode;
};

static inline struct fam_shelf *fam_shelf(struct inode *inode)
{
	return container_of(inode, struct fam_shelf, inode);
}

static inline struct fam_device *fam_device(const struct inode *inode)
{
	return inode->i_sb->s_fs_info;
}

/* fam_main.c */
void fam_device_put(struct fam_device *fam);

/* fam_shelf.c */
int fam_shelves_init(void);
void fam_shelves_exit(void);
int fam_shelves_mount(struct fam_device *fam);
int fam_shelf_open_fd(struct fam_device *fam, u64 id, bool existing);
void fam_shelves_revoke(struct fam_device *fam);
s64 fam_shelf_offset(struct fam_shelf *shelf, u64 pos, u64 *left);

/* fam_io.c */
ssize_t fam_read_iter(struct kiocb *iocb, struct iov_iter *to);
ssize_t fam_write_iter(struct kiocb *iocb, struct iov_iter *from);

/* fam_map.c */
int fam_mmap(struct file *file, struct vm_area_struct *vma);

#endif
