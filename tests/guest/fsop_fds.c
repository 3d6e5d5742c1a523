/* SPDX-License-Identifier: MIT */

/* fsop_fds.c - Operations on descriptors, but for their bytes */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

#include "cleanup.h"
#include "fsop.h"

/* open D NAME FLAGS [MODE] */
FSOP(open)
{
	return fsop_keep_fd(f, a[0].slot,
			    open(a[1].s, (int)a[2].n | O_CLOEXEC,
				 (mode_t)a[3].n));
}

/* openat D d NAME FLAGS [MODE] */
FSOP(openat)
{
	return fsop_keep_fd(f, a[0].slot,
			    openat((int)a[1].n, a[2].s, (int)a[3].n | O_CLOEXEC,
				   (mode_t)a[4].n));
}

FSOP(close)
{
	int fd = f->fd[a[0].slot];

	f->fd[a[0].slot] = -1;
	return fsop_result(close(fd));
}

/* dup D d */
FSOP(dup)
{
	return fsop_keep_fd(f, a[0].slot,
			    fcntl((int)a[1].n, F_DUPFD_CLOEXEC, 3));
}

/* Status flags after these are set; no others than O_APPEND, O_NONBLOCK. */
FSOP(setfl)
{
	return fsop_result(fcntl((int)a[0].n, F_SETFL, (int)a[1].n));
}

FSOP(ftruncate)
{
	return fsop_result(ftruncate((int)a[0].n, a[1].n));
}

FSOP(fchmod)
{
	return fsop_result(fchmod((int)a[0].n, (mode_t)a[1].n));
}

FSOP(fchown)
{
	return fsop_result(fchown((int)a[0].n, (uid_t)a[1].n, (gid_t)a[2].n));
}

FSOP(fsync)
{
	return fsop_result(fsync((int)a[0].n));
}

FSOP(fdatasync)
{
	return fsop_result(fdatasync((int)a[0].n));
}

FSOP(syncfs)
{
	return fsop_result(syncfs((int)a[0].n));
}

FSOP(lseek)
{
	return fsop_result(lseek((int)a[0].n, a[1].n, (int)a[2].n));
}

/* fallocate d MODE OFFSET LENGTH */
FSOP(fallocate)
{
	return fsop_result(fallocate((int)a[0].n, (int)a[1].n, a[2].n, a[3].n));
}

const struct fsop_def fsop_fds[] = {
	{ "open", "Dsn?n", op_open },
	{ "openat", "Ddsn?n", op_openat },
	{ "close", "d", op_close },
	{ "dup", "Dd", op_dup },
	{ "setfl", "dn", op_setfl },
	{ "ftruncate", "dn", op_ftruncate },
	{ "fchmod", "dn", op_fchmod },
	{ "fchown", "dnn", op_fchown },
	{ "fsync", "d", op_fsync },
	{ "fdatasync", "d", op_fdatasync },
	{ "syncfs", "d", op_syncfs },
	{ "lseek", "dnn", op_lseek },
	{ "fallocate", "dnnn", op_fallocate },
	{ 0 },
};
