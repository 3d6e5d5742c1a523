/* SPDX-License-Identifier: GPL-2.0 OR MIT */

/* fam_ioctl.h - The interface of fam.ko
 *
 * /dev/fam (root only) stands for the memory that all nodes share. It hands
 * out shelves: regular pseudo-files whose pages are books of that memory, in
 * the order of a list that the daemon sets. A shelf's descriptor can be the
 * backing file of a FUSE inode; from then on mmap of the FUSE file goes to the
 * memory, and the daemon has no part in it.
 *
 * A shelf exists as long as something holds it: a descriptor, an open FUSE
 * file with passthrough, or a mapping. FAM_IOC_SHELF with the same id finds
 * that very shelf, so that a restarted daemon can change and revoke what was
 * mapped before it started.
 *
 * A shelf's descriptor polls as readable while nothing maps the shelf.
 */
#ifndef FAM_IOCTL_H
#define FAM_IOCTL_H

#include <linux/ioctl.h>
#include <linux/types.h>

/* Raised when something here changes its meaning. */
#define FAM_ABI 1

/**
 * struct fam_info - The shared memory
 * @base:	Physical address
 * @size:	In bytes
 * @abi:	FAM_ABI of the module
 * @pad:	0
 */
struct fam_info {
	__u64 base;
	__u64 size;
	__u32 abi;
	__u32 pad;
};

/* Fail with ENOENT instead of making a new shelf. */
#define FAM_SHELF_EXISTING 1U

/**
 * struct fam_shelf_open - Which shelf
 * @id:		Any number but 0; chosen by the caller, stable
 * @flags:	0 or FAM_SHELF_EXISTING
 * @pad:	0
 */
struct fam_shelf_open {
	__u64 id;
	__u32 flags;
	__u32 pad;
};

/**
 * struct fam_set - Size and books of a shelf
 * @size:	Bytes up to the end of the file; at most all of the books, unless
 *		there are none
 * @books:	Address of @n_books numbers of 32 bits: where in the memory the
 *		shelf's books are, counted in books from the start
 * @n_books:	How many; 0 takes the shelf away: loads and stores get SIGBUS,
 *		reads and writes before @size EIO
 * @book_shift:	A book has 2^book_shift bytes; from 12 on
 *
 * Faults, reads and writes see either the old state or the new one. When the
 * ioctl returns, nothing on this node reaches a book that left the shelf:
 * mappings of it are gone (SIGBUS), reads and writes in flight are done.
 */
struct fam_set {
	__u64 size;
	__u64 books;
	__u32 n_books;
	__u32 book_shift;
};

/**
 * struct fam_stat - State of a shelf
 * @id:		As given to FAM_IOC_SHELF
 * @size: @n_books: @book_shift:	As set; all 0 in a new shelf
 * @mapped:	1 if a mapping of the shelf exists, else 0
 * @pad:	0
 */
struct fam_stat {
	__u64 id;
	__u64 size;
	__u32 n_books;
	__u32 book_shift;
	__u32 mapped;
	__u32 pad;
};

/* On /dev/fam. SHELF returns a new descriptor, close-on-exec. */
#define FAM_IOC_INFO _IOR('Y', 1, struct fam_info)
#define FAM_IOC_SHELF _IOW('Y', 2, struct fam_shelf_open)

/* On a shelf's descriptor. */
#define FAM_IOC_SET _IOW('Y', 3, struct fam_set)
#define FAM_IOC_STAT _IOR('Y', 4, struct fam_stat)

#endif
