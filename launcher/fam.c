/* SPDX-License-Identifier: MIT */

/* fam.c - The file that is the shared memory */

#include "fam.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "cleanup.h"
#include "parse.h"
#include "topology.h"

static bool is_possible(uint64_t size)
{
	return is_power_of_2(size) && size >= TOPOLOGY_FAM_MIN &&
	       size <= TOPOLOGY_FAM_MAX;
}

int fam_parse_size(const char *text, uint64_t *ret_size)
{
	uint64_t size;

	if (parse_size(text, &size) < 0 || !is_possible(size))
		return -EINVAL;
	*ret_size = size;
	return 0;
}

static int check_existing(const char *path, const struct stat *st,
			  uint64_t want, struct err *e)
{
	char has[FORMAT_SIZE_MAX], asked[FORMAT_SIZE_MAX];
	uint64_t size = (uint64_t)st->st_size;

	(void)format_size(size, has, sizeof(has));
	if (!is_possible(size))
		return err_set(e, -EINVAL,
			       "shared memory file '%s' has %s bytes, which is "
			       "not a power of two from 1G to 512G: remove it "
			       "or choose another with FAME_FAM",
			       path, has);
	if (!want || want == size)
		return 0;
	return err_set(e, -EEXIST,
		       "shared memory file '%s' has %s, not %s: start without "
		       "--fam to use it as it is, or remove it, and its "
		       "contents with it",
		       path, has, format_size(want, asked, sizeof(asked)));
}

/* Space that is promised and not there ends in SIGBUS, in the middle of work
 * and for all nodes. Small /dev/shm are the usual case in containers.
 */
static int check_space(int fd, const char *path, const struct stat *st,
		       uint64_t size, struct err *e)
{
	char need[FORMAT_SIZE_MAX];
	uint64_t have, used = (uint64_t)st->st_blocks * 512;
	struct statvfs vfs;

	if (fstatvfs(fd, &vfs) < 0)
		return err_set(e, -errno, "cannot look at '%s': %s", path,
			       strerror(errno));
	have = (uint64_t)vfs.f_bavail * vfs.f_frsize;
	if (used >= size || have >= size - used)
		return 0;
	return err_set(e, -ENOSPC,
		       "shared memory file '%s' needs %s and its file system "
		       "has %llu MiB free: make room, choose a smaller --fam, "
		       "or another place with FAME_FAM",
		       path, format_size(size, need, sizeof(need)),
		       (unsigned long long)(have >> 20));
}

static const char *type_name(mode_t mode)
{
	return S_ISDIR(mode)  ? "a directory" :
	       S_ISCHR(mode)  ? "a character device" :
	       S_ISBLK(mode)  ? "a block device" :
	       S_ISFIFO(mode) ? "a FIFO" :
				"a socket";
}

/* Says what is there if it is no regular file; opening it could block. */
static int check_type(const char *path, struct err *e)
{
	struct stat st;

	if (stat(path, &st) < 0 || S_ISREG(st.st_mode))
		return 0;
	return err_set(e, -EINVAL,
		       "shared memory file '%s' is %s: FAME_FAM must name a "
		       "regular file",
		       path, type_name(st.st_mode));
}

int fam_look(const char *path, uint64_t want, struct err *e)
{
	struct stat st;
	int r = check_type(path, e);

	if (r < 0 || stat(path, &st) < 0 || !st.st_size)
		return r;
	return check_existing(path, &st, want, e);
}

/* What others own they may map, and change below us. */
static int check_use(int fd, const char *path, const struct stat *st,
		     struct err *e)
{
	if (st->st_uid != geteuid())
		return err_set(e, -EPERM,
			       "shared memory file '%s' belongs to user %u: "
			       "choose another with FAME_FAM",
			       path, (unsigned)st->st_uid);
	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		return err_set(e, -EBUSY,
			       "shared memory file '%s' is used by another "
			       "cluster: end that, or choose another with "
			       "FAME_FAM",
			       path);
	return 0;
}

static int prepare(int fd, const char *path, uint64_t want, uint64_t otherwise,
		   uint64_t *ret_size, struct err *e)
{
	uint64_t size;
	struct stat st;
	int r;

	if (fstat(fd, &st) < 0)
		return err_set(e, -errno, "cannot look at '%s': %s", path,
			       strerror(errno));
	r = check_use(fd, path, &st, e);
	if (r < 0)
		return r;
	size = want ? want : otherwise;
	if (st.st_size) {
		r = check_existing(path, &st, want, e);
		if (r < 0)
			return r;
		size = (uint64_t)st.st_size;
	}
	r = check_space(fd, path, &st, size, e);
	if (r < 0)
		return r;
	if (!st.st_size && ftruncate(fd, (off_t)size) < 0)
		return err_set(e, -errno,
			       "cannot give '%s' its size: %s; choose another "
			       "place with FAME_FAM",
			       path, strerror(errno));
	*ret_size = size;
	return 0;
}

int fam_open(const char *path, uint64_t want, uint64_t otherwise, int *ret_fd,
	     uint64_t *ret_size, bool *ret_made, struct err *e)
{
	CLEANUP_FD int fd = -1;
	bool made;
	int r;

	r = check_type(path, e);
	if (r < 0)
		return r;
	fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	made = fd >= 0;
	if (fd < 0 && errno == EEXIST)
		fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return err_set(e, -errno,
			       "cannot open shared memory file '%s': %s; "
			       "correct it or choose another with FAME_FAM",
			       path, strerror(errno));
	r = prepare(fd, path, want, otherwise, ret_size, e);
	if (r < 0) {
		if (made)
			(void)unlink(path);
		return r;
	}
	*ret_made = made;
	*ret_fd = take_fd(&fd);
	return 0;
}
