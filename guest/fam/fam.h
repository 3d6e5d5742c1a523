/* SPDX-License-Identifier: GPL-2.0 OR MIT */

/* What the files of fam.ko share */
#ifndef FAM_H
#define FAM_H

#include <linux/fs.h>
#include <linux/kref.h>
#include <linux/miscdevice.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/wait.h>

#include "fam_ioctl.h"

struct vfsmount;

/* The shelf that is all of the memory: what a mapping of /dev/fam maps. */
#define FAM_ID_MEMORY 0

/**
 * struct fam_upcalls - Requests to the daemon that serves
 * @lock:	Guards the rest
 * @waiting:	struct fam_upcall that no daemon has read yet
 * @taken:	Those that this daemon has read, and not answered
 * @readable:	Woken when @waiting gets one
 * @seq:	Of the last request
 * @served:	A daemon is there
 * @was_served:	There was one, sometime
 * @closed:	The device is gone, there are no answers any more
 * @left:	When the last daemon went, in jiffies
 */
struct fam_upcalls {
	spinlock_t lock; /* of the rest */
	struct list_head waiting;
	struct list_head taken;
	wait_queue_head_t readable;
	u64 seq;
	bool served;
	bool was_served;
	bool closed;
	unsigned long left;
};

/**
 * struct fam_device - The shared memory: BAR 2 of an ivshmem-plain device
 * @kref:	Held by the driver, by open files of /dev/fam, by descriptors of
 *		FAM_IOC_SERVE and by shelves
 * @base:	Physical address of the BAR
 * @size:	Its size
 * @mem:	The same, mapped write-back. The mapping also reserves the
 *		memory type: without it user mappings would be uncached.
 * @misc:	/dev/fam
 * @mnt:	The shelves' file system, which is mounted, invisibly, as long as
 *		there are shelves: see simple_pin_fs()
 * @mnt_users:	Of @mnt
 * @lock:	Guards @shelves and @gone
 * @shelves:	All struct fam_shelf
 * @gone:	The device was taken away; no new shelves
 * @upcalls:	Questions to the daemon
 */
struct fam_device {
	struct kref kref;
	phys_addr_t base;
	u64 size;
	void *mem;
	struct miscdevice misc;
	struct vfsmount *mnt;
	int mnt_users;
	struct mutex lock; /* of shelves and gone */
	struct list_head shelves;
	bool gone;
	struct fam_upcalls upcalls;
};

/**
 * struct fam_shelf - A shelf is an inode with a list of books
 * @fam:	Device; NULL in the root directory of the file system
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
	struct fam_device *fam;
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

static inline struct fam_device *fam_device(struct inode *inode)
{
	return fam_shelf(inode)->fam;
}

/* fam_main.c */
void fam_device_get(struct fam_device *fam);
void fam_device_put(struct fam_device *fam);

/* fam_ctl.c */
void fam_ctl_init(struct fam_device *fam, struct device *parent);

/* fam_fs.c */
int fam_fs_init(void);
void fam_fs_exit(void);
struct inode *fam_memory_get(struct fam_device *fam);
void fam_memory_put(struct fam_device *fam, struct inode *inode);
int fam_shelf_open_fd(struct fam_device *fam, u64 id, bool existing);

/* fam_shelf.c */
extern const struct file_operations fam_shelf_fops;
int fam_shelf_init_memory(struct fam_shelf *shelf, u64 size);
void fam_shelves_revoke(struct fam_device *fam);
s64 fam_shelf_offset(const struct fam_shelf *shelf, u64 pos, u64 *ret_left);

/* fam_io.c */
ssize_t fam_read_iter(struct kiocb *iocb, struct iov_iter *to);
ssize_t fam_write_iter(struct kiocb *iocb, struct iov_iter *from);

/* fam_map.c */
int fam_mmap(struct file *file, struct vm_area_struct *vma);

/* fam_serve.c */
void fam_upcalls_init(struct fam_upcalls *up);
void fam_upcalls_close(struct fam_upcalls *up);
int fam_serve_open_fd(struct fam_device *fam);
s64 fam_ask(struct inode *inode, enum fam_request_kind kind, u64 pos, u64 len);

#endif
