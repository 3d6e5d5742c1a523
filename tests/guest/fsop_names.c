/* SPDX-License-Identifier: MIT */

/* fsop_names.c - Operations on names */

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <unistd.h>

#include "cleanup.h"
#include "fsop.h"

/* A new empty file. */
FSOP(create)
{
	CLEANUP_FD int fd = open(a[0].s,
				 O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC,
				 (mode_t)a[1].n);

	return fd < 0 ? -errno : 0;
}

FSOP(mkdir)
{
	return fsop_result(mkdir(a[0].s, (mode_t)a[1].n));
}

FSOP(mkfifo)
{
	return fsop_result(mkfifo(a[0].s, (mode_t)a[1].n));
}

/* mknod NAME MODE MAJOR MINOR */
FSOP(mknod)
{
	dev_t dev = makedev((unsigned)a[2].n, (unsigned)a[3].n);

	return fsop_result(mknod(a[0].s, (mode_t)a[1].n, dev));
}

/* A name for a socket. */
FSOP(bind)
{
	CLEANUP_FD int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_un sa = { .sun_family = AF_UNIX };

	if (strlen(a[0].s) >= sizeof(sa.sun_path))
		return -ENAMETOOLONG;
	(void)strcpy(sa.sun_path, a[0].s);
	return fsop_result(bind(fd, (struct sockaddr *)&sa, sizeof(sa)));
}

FSOP(symlink)
{
	return fsop_result(symlink(a[0].s, a[1].s));
}

FSOP(readlink)
{
	char buf[PATH_MAX];
	ssize_t n = readlink(a[0].s, buf, sizeof(buf));

	if (n < 0)
		return -errno;
	fsop_print_text(out, buf, n);
	return 0;
}

FSOP(link)
{
	return fsop_result(link(a[0].s, a[1].s));
}

FSOP(linkat)
{
	return fsop_result(
		linkat(AT_FDCWD, a[0].s, AT_FDCWD, a[1].s, (int)a[2].n));
}

/* A name for an open file, as for one without any. */
FSOP(linkfd)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", (int)a[0].n);
	return fsop_result(
		linkat(AT_FDCWD, path, AT_FDCWD, a[1].s, AT_SYMLINK_FOLLOW));
}

FSOP(unlink)
{
	return fsop_result(unlink(a[0].s));
}

FSOP(rmdir)
{
	return fsop_result(rmdir(a[0].s));
}

FSOP(rename)
{
	return fsop_result(rename(a[0].s, a[1].s));
}

FSOP(rename2)
{
	return fsop_result(renameat2(AT_FDCWD, a[0].s, AT_FDCWD, a[1].s,
				     (unsigned)a[2].n));
}

FSOP(chmod)
{
	return fsop_result(chmod(a[0].s, (mode_t)a[1].n));
}

FSOP(chown)
{
	return fsop_result(chown(a[0].s, (uid_t)a[1].n, (gid_t)a[2].n));
}

FSOP(lchown)
{
	return fsop_result(lchown(a[0].s, (uid_t)a[1].n, (gid_t)a[2].n));
}

FSOP(truncate)
{
	return fsop_result(truncate(a[0].s, a[1].n));
}

FSOP(access)
{
	return fsop_result(
		faccessat(AT_FDCWD, a[0].s, (int)a[1].n, AT_EACCESS));
}

FSOP(umask)
{
	(void)umask((mode_t)a[0].n);
	return 0;
}

/* For all lines that follow. */
FSOP(chdir)
{
	int fd;

	if (chdir(a[0].s) < 0)
		return -errno;
	fd = open(".", O_PATH | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	close_fd(&f->cwd);
	f->cwd = fd;
	return 0;
}

/* Everything is closed, and we are at the top again. */
FSOP(reset)
{
	fsop_reset(f);
	return 0;
}

/* make TYPE NAME: a thing of that type */
FSOP(make)
{
	static const struct {
		const char *type;
		mode_t mode;
	} types[] = {
		{ "file", S_IFREG },	{ "fifo", S_IFIFO },
		{ "block", S_IFBLK },	{ "char", S_IFCHR },
		{ "socket", S_IFSOCK },
	};
	const char *type = a[0].s, *name = a[1].s;

	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if (!strcmp(type, types[i].type))
			return fsop_result(mknod(name, types[i].mode | 0644,
						 makedev(1, 3)));
	if (!strcmp(type, "dir"))
		return fsop_result(mkdir(name, 0755));
	if (!strcmp(type, "symlink"))
		return fsop_result(symlink("target", name));
	return -ENOSYS;
}

/* unmake NAME: whatever it is */
FSOP(unmake)
{
	return fsop_result(remove(a[0].s));
}

const struct fsop_def fsop_names[] = {
	{ "create", "sn", op_create },
	{ "mkdir", "sn", op_mkdir },
	{ "mkfifo", "sn", op_mkfifo },
	{ "mknod", "snnn", op_mknod },
	{ "bind", "s", op_bind },
	{ "symlink", "ss", op_symlink },
	{ "readlink", "s", op_readlink },
	{ "link", "ss", op_link },
	{ "linkat", "ssn", op_linkat },
	{ "linkfd", "ds", op_linkfd },
	{ "unlink", "s", op_unlink },
	{ "rmdir", "s", op_rmdir },
	{ "rename", "ss", op_rename },
	{ "rename2", "ssn", op_rename2 },
	{ "chmod", "sn", op_chmod },
	{ "chown", "snn", op_chown },
	{ "lchown", "snn", op_lchown },
	{ "truncate", "sn", op_truncate },
	{ "access", "sn", op_access },
	{ "umask", "n", op_umask },
	{ "chdir", "s", op_chdir },
	{ "reset", "", op_reset },
	{ "make", "ss", op_make },
	{ "unmake", "s", op_unmake },
	{ 0 },
};
