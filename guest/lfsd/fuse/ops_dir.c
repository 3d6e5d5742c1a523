/* SPDX-License-Identifier: MIT */

/* ops_dir.c - FUSE requests on open directories
 *
 * readdirplus gives attributes of those entries only of which they are known
 * for certain; that is nearly all, for they came with the names.
 */

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "../cache.h"
#include "../dir.h"
#include "cleanup.h"
#include "ops.h"

static struct dir *dir_of(const struct fuse_file_info *fi)
{
	return (struct dir *)(uintptr_t)fi->fh;
}

void op_opendir(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	const struct caller who = ops_caller(req);
	struct dir *d;
	int r;

	r = dir_open(ops_lfs(req), &who, ops_id(req, ino), &d);
	if (r < 0) {
		ops_reply(req, r);
		return;
	}
	fi->fh = (uintptr_t)d;
	if (fuse_reply_open(req, fi) < 0)
		(void)dir_close(d);
}

void op_releasedir(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	(void)ino;
	(void)dir_close(dir_of(fi));
	ops_reply(req, 0);
}

/* Both: what an entry takes, which is put there if it fits */
typedef size_t (*add_fn)(fuse_req_t req, char *buf, size_t room,
			 const struct dir_entry *e, off_t next);

static size_t add_plain(fuse_req_t req, char *buf, size_t room,
			const struct dir_entry *e, off_t next)
{
	const struct stat st = { .st_ino = e->id, .st_mode = e->mode };

	return fuse_add_direntry(req, buf, room, e->name, &st, next);
}

static bool is_dot(const char *name)
{
	return !strcmp(name, ".") || !strcmp(name, "..");
}

static size_t add_plus(fuse_req_t req, char *buf, size_t room,
		       const struct dir_entry *e, off_t next)
{
	struct fuse_entry_param p = {
		.attr = { .st_ino = e->id, .st_mode = e->mode },
	};
	struct lfs *lfs = ops_lfs(req);
	struct shelf_info info;

	if (!is_dot(e->name) && cache_get_shelf(lfs->cache, e->id, &info))
		p = ops_entry(lfs, &info);
	return fuse_add_direntry_plus(req, buf, room, e->name, &p, next);
}

/* As many entries as fit, from number @pos on */
static int fill(fuse_req_t req, struct dir *d, size_t pos, char *buf,
		size_t size, size_t *len, add_fn add)
{
	const struct caller who = ops_caller(req);

	for (;; pos++) {
		const struct dir_entry *e;
		size_t need;
		int r = dir_get(d, ops_lfs(req), &who, pos, &e);

		if (r < 0)
			return *len ? 0 : r;
		if (!e)
			return 0;
		need = add(req, buf + *len, size - *len, e, (off_t)pos + 1);
		if (need > size - *len)
			return 0;
		*len += need;
	}
}

static void read_dir(fuse_req_t req, struct dir *d, size_t size, off_t off,
		     add_fn add)
{
	CLEANUP_FREE char *buf = malloc(size);
	size_t len = 0;
	int r = -ENOMEM;

	if (off == 0)
		dir_rewind(d);
	if (buf)
		r = fill(req, d, (size_t)off, buf, size, &len, add);
	if (r < 0)
		ops_reply(req, r);
	else
		(void)fuse_reply_buf(req, buf, len);
}

void op_readdir(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off,
		struct fuse_file_info *fi)
{
	(void)ino;
	read_dir(req, dir_of(fi), size, off, add_plain);
}

void op_readdirplus(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off,
		    struct fuse_file_info *fi)
{
	(void)ino;
	read_dir(req, dir_of(fi), size, off, add_plus);
}
