// SPDX-License-Identifier: GPL-2.0 OR MIT

/*
 * read(2) and write(2) of shelves
 *
 * Theory of operation. The user's buffer may be a mapping of the same shelf, so
 * it must not be faulted in under the shelf's lock. What is there is copied with
 * page faults switched off, as much as possible under one hold of the lock;
 * where the copy gets stuck, the lock is dropped and the rest faulted in.
 *
 * Sizes are looked at without a lock first, to know whether the daemon has to
 * be asked; what is copied is within the size under the lock. The daemon is
 * asked once, but a write goes on asking if the shelf is cut off meanwhile.
 */

#include <linux/fs.h>
#include <linux/pagemap.h>
#include <linux/sched/signal.h>
#include <linux/sizes.h>
#include <linux/uio.h>

#include "fam.h"

/* How much is copied under one hold of the lock, which SET may wait for */
#define FAM_RUN SZ_1M

/* How often a write asks for growth that is undone before it gets there */
#define FAM_GROW_TRIES 8

static bool fam_fault_in(struct iov_iter *iter, size_t n, bool write)
{
	size_t missing = write ? fault_in_iov_iter_readable(iter, n) :
				 fault_in_iov_iter_writeable(iter, n);

	return missing < n;
}

/*
 * Copies within one book. Return: bytes, 0 if the buffer has to be faulted in;
 * -ENXIO at the end of the file; -EIO if the shelf was taken away
 */
static ssize_t fam_copy(struct inode *inode, u64 pos, struct iov_iter *iter,
			size_t n, bool write)
{
	u64 size = i_size_read(inode);
	void *mem;
	u64 left;
	s64 off;

	if (pos >= size)
		return -ENXIO;
	off = fam_shelf_offset(fam_shelf(inode), pos, &left);
	if (off < 0)
		return -EIO;
	n = min3((u64)n, left, size - pos);
	mem = fam_device(inode)->mem + off;
	return write ? copy_from_iter(mem, n, iter) :
		       copy_to_iter(mem, n, iter);
}

/* Book after book, until @max bytes are copied or it gets stuck. */
static ssize_t fam_copy_run(struct inode *inode, u64 pos, struct iov_iter *iter,
			    size_t max, bool write)
{
	size_t done = 0;
	ssize_t n;

	filemap_invalidate_lock_shared(inode->i_mapping);
	pagefault_disable();
	do {
		n = fam_copy(inode, pos + done, iter, max - done, write);
		if (n > 0)
			done += n;
	} while (n > 0 && done < max);
	pagefault_enable();
	filemap_invalidate_unlock_shared(inode->i_mapping);
	return done ? done : n;
}

/* Return: bytes; if there are none, why, as fam_copy() says it */
static ssize_t fam_transfer(struct kiocb *iocb, struct iov_iter *iter,
			    bool write)
{
	struct inode *inode = file_inode(iocb->ki_filp);
	ssize_t total = 0;
	ssize_t n = 0;

	while (iov_iter_count(iter)) {
		size_t run = min_t(size_t, iov_iter_count(iter), FAM_RUN);

		n = fam_copy_run(inode, iocb->ki_pos, iter, run, write);
		if (n < 0)
			break;
		iocb->ki_pos += n;
		total += n;
		if (n < run && i_size_read(inode) > iocb->ki_pos &&
		    !fam_fault_in(iter, run - n, write)) {
			n = -EFAULT;
			break;
		}
		if (fatal_signal_pending(current)) {
			n = -EINTR;
			break;
		}
		cond_resched();
	}
	return total ? total : n;
}

/**
 * fam_read_iter() - Read from a shelf
 * @iocb:	Request
 * @to:		Buffer
 */
ssize_t fam_read_iter(struct kiocb *iocb, struct iov_iter *to)
{
	struct inode *inode = file_inode(iocb->ki_filp);
	u64 pos = iocb->ki_pos;
	u64 len = iov_iter_count(to);
	ssize_t n;
	s64 ret;

	if (!len)
		return 0;
	if (pos + len > i_size_read(inode)) {
		if (iocb->ki_flags & IOCB_NOWAIT)
			return -EAGAIN;
		ret = fam_ask(inode, FAM_REQUEST_EXTENT, pos, len);
		if (ret)
			return ret;
	}
	n = fam_transfer(iocb, to, false);
	return n == -ENXIO ? 0 : n; /* the end of the file */
}

/* Sets the position of a write that goes to the end. */
static int fam_append(struct kiocb *iocb, u64 len)
{
	struct inode *inode = file_inode(iocb->ki_filp);
	s64 pos = fam_ask(inode, FAM_REQUEST_APPEND, iocb->ki_pos, len);

	if (pos < 0)
		return pos;
	iocb->ki_pos = pos;
	return 0;
}

static ssize_t fam_write(struct kiocb *iocb, struct iov_iter *from)
{
	struct inode *inode = file_inode(iocb->ki_filp);
	ssize_t total = 0;
	ssize_t n = -ENXIO;
	int tries;

	for (tries = 0; tries < FAM_GROW_TRIES && n == -ENXIO; tries++) {
		u64 len = iov_iter_count(from);

		if (iocb->ki_pos + len > i_size_read(inode)) {
			n = fam_ask(inode, FAM_REQUEST_GROW, iocb->ki_pos, len);
			/* What fits before the end is written. */
			if (n && (n != -ENOSPC ||
				  iocb->ki_pos >= i_size_read(inode)))
				break;
		}
		n = fam_transfer(iocb, from, true);
		if (n > 0)
			total += n;
	}
	if (total)
		return total;
	return n == -ENXIO ? -ENOSPC : n;
}

/**
 * fam_write_iter() - Write to a shelf
 * @iocb:	Request
 * @from:	Buffer
 *
 * A shelf grows by SET only: the daemon is asked first.
 */
ssize_t fam_write_iter(struct kiocb *iocb, struct iov_iter *from)
{
	struct inode *inode = file_inode(iocb->ki_filp);
	ssize_t n = generic_write_checks(iocb, from);
	int ret = 0;

	if (n <= 0)
		return n;
	if ((iocb->ki_flags & IOCB_NOWAIT) &&
	    ((iocb->ki_flags & IOCB_APPEND) ||
	     iocb->ki_pos + n > i_size_read(inode)))
		return -EAGAIN;
	if (iocb->ki_flags & IOCB_APPEND)
		ret = fam_append(iocb, n);
	if (ret)
		return ret;
	n = fam_write(iocb, from);
	if (n > 0)
		atomic64_set(&fam_shelf(inode)->written,
			     ktime_get_coarse_real_ns());
	return n;
}
