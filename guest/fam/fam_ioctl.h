/* SPDX-License-Identifier: GPL-2.0 OR MIT */

/*
 * The interface of fam.ko
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
 *
 * /dev/fam itself can be mapped: the offset is one in the memory.
 *
 * Where a shelf ends, another node may have made it grow, and a write may go
 * on. So the module asks the daemon, by the descriptor that FAM_IOC_SERVE
 * gives: see struct fam_request.
 */
#ifndef FAM_IOCTL_H
#define FAM_IOCTL_H

#include <linux/ioctl.h>
#include <linux/types.h>

/* Raised when something here changes its meaning. */
#define FAM_ABI 2

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

/* Forget the time of the last write, once it is told. */
#define FAM_STAT_CLEAR 1U

/**
 * struct fam_stat - State of a shelf
 * @id:		As given to FAM_IOC_SHELF
 * @size: @n_books: @book_shift:	As set; all 0 in a new shelf
 * @mapped:	1 if a mapping of the shelf exists, else 0
 * @flags:	Given: 0 or FAM_STAT_CLEAR
 * @mtime_ns:	When write(2) last changed it on this node, in nanoseconds since
 *		the epoch, or msync(2) was called while it was mapped for
 *		stores; 0 = not since FAM_STAT_CLEAR
 */
struct fam_stat {
	__u64 id;
	__u64 size;
	__u32 n_books;
	__u32 book_shift;
	__u32 mapped;
	__u32 flags;
	__s64 mtime_ns;
};

/**
 * enum fam_request_kind - What the module wants of the daemon
 * @FAM_REQUEST_GROW:	A write(2) of @len bytes at @pos ends behind the end of
 *			the shelf. Make it at least @pos + @len bytes, SET it,
 *			answer 0.
 * @FAM_REQUEST_APPEND:	A write(2) of @len bytes goes to the end, wherever that
 *			is: @pos is where this node believes it. Reserve the
 *			place, SET the shelf, answer with the offset.
 * @FAM_REQUEST_EXTENT:	A read(2) of @len bytes at @pos, or a fault (@len is
 *			a page), reaches the end. If the shelf is longer by
 *			now, SET it; answer 0. What asked then looks once more.
 */
enum fam_request_kind {
	FAM_REQUEST_GROW = 1,
	FAM_REQUEST_APPEND = 2,
	FAM_REQUEST_EXTENT = 3,
};

/**
 * struct fam_request - A request, as read(2) from FAM_IOC_SERVE's descriptor
 * @seq:	For the answer
 * @id:		Shelf
 * @kind:	enum fam_request_kind
 * @pad:	0
 * @pos:	Where, in bytes
 * @len:	How much; above 0
 *
 * A read gives as many whole requests as there are and fit, at least one; it
 * waits for the first unless O_NONBLOCK is set. The descriptor polls as
 * readable when there is one.
 *
 * The descriptor's last close is the death of the daemon. What was not
 * answered goes to the next one that serves, so a request may be seen twice.
 * Who asks waits: as long as a daemon serves, until the answer or SIGKILL;
 * without a daemon, 30 seconds. Before the first one, nobody asks: the end of a
 * shelf is its end.
 */
struct fam_request {
	__u64 seq;
	__u64 id;
	__u32 kind;
	__u32 pad;
	__u64 pos;
	__u64 len;
};

/**
 * struct fam_answer - An answer, or several, as written to the descriptor
 * @seq:	Of the request. One that nobody waits for any more, as after
 *		SIGKILL, is dropped.
 * @result:	As the kind says; or a negative errno for the application (a
 *		fault: SIGBUS)
 *
 * An answer that cannot be is refused with EINVAL; its request stays open.
 */
struct fam_answer {
	__u64 seq;
	__s64 result;
};

/* On /dev/fam. SHELF and SERVE return a new descriptor, close-on-exec. Only one
 * of SERVE can be there, the next gets EBUSY.
 */
#define FAM_IOC_INFO _IOR('Y', 1, struct fam_info)
#define FAM_IOC_SHELF _IOW('Y', 2, struct fam_shelf_open)
#define FAM_IOC_SERVE _IO('Y', 5)

/* On a shelf's descriptor. */
#define FAM_IOC_SET _IOW('Y', 3, struct fam_set)
#define FAM_IOC_STAT _IOWR('Y', 4, struct fam_stat)

#endif
