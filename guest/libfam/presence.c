/* SPDX-License-Identifier: MIT */

/* presence.c - Who is there: locks on bytes of a file
 *
 * A record lock ends with its process, and on a shelf with its node. It belongs
 * to the process whatever its threads do, and FUSE tells its daemon of the end;
 * of that of an "open file description lock" it does not.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "fam_robust.h"
#include "file_lock.h"

struct fam_presence {
	int fd;
	uint32_t node, id;
};

static struct flock byte_lock(uint32_t node, uint32_t id)
{
	return (struct flock){
		.l_type = F_WRLCK,
		.l_whence = SEEK_SET,
		.l_start = (off_t)node * (FAM_ROBUST_ID_MAX + 1) + id,
		.l_len = 1,
	};
}

static int join(struct fam_presence *p)
{
	struct flock l = byte_lock(p->node, p->id);

	if (fcntl(p->fd, F_SETLK, &l) < 0)
		return errno == EAGAIN || errno == EACCES ? -EEXIST : -errno;
	return file_lock_is_local(p->fd) ? -ENOTSUP : 0;
}

int fam_presence_join(const char *path, uint32_t node, uint32_t id,
		      struct fam_presence **ret)
{
	struct fam_presence *p;
	int r;

	if (!node || node > FAM_ROBUST_NODE_MAX || !id ||
	    id > FAM_ROBUST_ID_MAX)
		return -EINVAL;
	p = calloc(1, sizeof(*p));
	if (!p)
		return -ENOMEM;
	p->node = node;
	p->id = id;
	p->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	r = p->fd < 0 ? -errno : join(p);
	if (r < 0) {
		fam_presence_leave(p);
		return r;
	}
	*ret = p;
	return 0;
}

void fam_presence_leave(struct fam_presence *p)
{
	if (!p)
		return;
	if (p->fd >= 0)
		(void)close(p->fd);
	free(p);
}

bool fam_presence_alive(uint32_t node, uint32_t id, void *presence)
{
	const struct fam_presence *p = presence;
	struct flock l = byte_lock(node, id);

	/* Of its own locks a process is not told. */
	if (node == p->node && id == p->id)
		return true;
	/* Whoever cannot be asked about is not dead for certain. */
	return fcntl(p->fd, F_GETLK, &l) < 0 || l.l_type != F_UNLCK;
}
