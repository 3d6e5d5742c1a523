/* SPDX-License-Identifier: MIT */

/* fam_dev.c - The calls of fam.ko */

#include "fam_dev.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>

#include "../fam/fam_ioctl.h"
#include "cleanup.h"

int fam_dev_open(const char *path, struct fam_dev *ret_fam, struct err *e)
{
	CLEANUP_FD int fd = -1;
	struct fam_info info;

	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return err_set(e, -errno,
			       "'%s': %s; is fam.ko loaded, and does the node "
			       "have the memory device?",
			       path, strerror(errno));
	if (ioctl(fd, FAM_IOC_INFO, &info) < 0)
		return err_set(e, -errno, "'%s' is not fam.ko's device: %s",
			       path, strerror(errno));
	if (info.abi != FAM_ABI)
		return err_set(e, -EINVAL,
			       "fam.ko has interface %u, this lfsd needs %d; "
			       "build both from the same sources",
			       info.abi, FAM_ABI);
	ret_fam->base = info.base;
	ret_fam->size = info.size;
	ret_fam->fd = take_fd(&fd);
	return 0;
}

void fam_dev_close(struct fam_dev *fam)
{
	close_fd(&fam->fd);
}

int fam_dev_serve(const struct fam_dev *fam, int *ret_fd)
{
	int fd = ioctl(fam->fd, FAM_IOC_SERVE);

	if (fd < 0)
		return -errno;
	*ret_fd = fd;
	return 0;
}

int fam_dev_shelf(const struct fam_dev *fam, uint64_t id, bool existing,
		  int *ret_fd)
{
	const struct fam_shelf_open o = {
		.id = id,
		.flags = existing ? FAM_SHELF_EXISTING : 0,
	};
	int fd = ioctl(fam->fd, FAM_IOC_SHELF, &o);

	if (fd < 0)
		return -errno;
	*ret_fd = fd;
	return 0;
}

int fam_shelf_set(int fd, uint64_t size, unsigned shift, const uint32_t *books,
		  uint32_t n)
{
	const struct fam_set set = {
		.size = size,
		.books = (uintptr_t)books,
		.n_books = n,
		.book_shift = shift,
	};

	return ioctl(fd, FAM_IOC_SET, &set) < 0 ? -errno : 0;
}

int fam_shelf_state(int fd, bool clear, struct fam_state *ret_state)
{
	struct fam_stat st = { .flags = clear ? FAM_STAT_CLEAR : 0 };

	if (ioctl(fd, FAM_IOC_STAT, &st) < 0)
		return -errno;
	*ret_state = (struct fam_state){ st.size, st.mapped, st.mtime_ns };
	return 0;
}
