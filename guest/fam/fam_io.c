// SPDX-License-Identifier: GPL-2.0 OR MIT

/* fam_io.c - read(2) and write(2) of shelves
 *
 * The user's buffer may be a mapping of the same shelf, so it must not be
 * faulted in under the shelf's lock. It is faulted in beforehand and copied
 * with page faults switched off; if it got lost in between, once more.
 */

#include <linux/fs.h>
#include <linux/pagemap.h>
#include <linux/sched/signal.h>
#include <linux/sizes.h>
#include <linux/uio.h>

#include "fam.h"

/* How much is copied between two looks at signals and the scheduler */
#define FAM_CHUNK SZ_64K

static bool fam_fault_in(struct iov_iter *iter, size_t n, bool write)
{
	size_t missing = write ? fault_in_iov_iter_readable(iter, n) :
				 fault_in_iov_iter_writeable(iter, n);

	return missing < n;
}

/*
 * Copies within one book. Return: bytes; 0 if the buffer has to be faulted in
 * again; -ENXIO at the end of the file; -EIO if the shelf was taken away
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

	pagefault_disable();
	n = write ? copy_from_iter(mem, n, iter) : copy_to_iter(mem, n, iter);
	pagefault_enable();
	return n;
}

static ssize_t fam_transfer(struct kiocb *iocb, struct iov_iter *iter,
			    bool write)
{
	struct inode *inode = file_inode(iocb->ki_filp);
	ssize_t total = 0;
	ssize_t n = 0;

	while (iov_iter_count(iter)) {
		size_t chunk = min_t(size_t, iov_iter_count(iter), FAM_CHUNK);

		if (!fam_fault_in(iter, chunk, write)) {
			n = -EFAULT;
			break;
		}
		filemap_invalidate_lock_shared(inode->i_mapping);
		n = fam_copy(inode, iocb->ki_pos, iter, chunk, write);
		filemap_invalidate_unlock_shared(inode->i_mapping);
		if (n < 0)
			break;
		iocb->ki_pos += n;
		total += n;
		if (fatal_signal_pending(current)) {
			n = -EINTR;
			break;
		}
		cond_resched();
	}
	return total ?: n;
}

/**
 * fam_read_iter() - Read from a shelf
 * @iocb:	Request
 * @to:		Buffer
 */
ssize_t fam_read_iter(struct kiocb *iocb, struct iov_iter *to)
{
	ssize_t n = fam_transfer(iocb, to, false);

	return n == -ENXIO ? 0 : n; /* the end of the file */
}

/**
 * fam_write_iter() - Write to a shelf, up to its end
 * @iocb:	Request
 * @from:	Buffer
 *
 * A shelf grows by SET only: beyond its end there is no space.
 */
ssize_t fam_write_iter(struct kiocb *iocb, struct iov_iter *from)
{
	ssize_t n = generic_write_checks(iocb, from);

	if (n <= 0)
		return n;
	n = fam_transfer(iocb, from, true);
	if (n > 0)
		atomic64_set(&fam_shelf(file_inode(iocb->ki_filp))->written,
			     ktime_get_coarse_real_ns());
	return n == -ENXIO ? -ENOSPC : n;
}
