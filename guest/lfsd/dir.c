/* SPDX-License-Identifier: MIT */

/* dir.c - An open directory */

#include "dir.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cleanup.h"
#include "lfs.h"

#define PAGE_ENTRIES 1000

static int add(struct dir *d, uint64_t id, uint32_t mode, char **name)
{
	if (d->n == d->room) {
		size_t room = d->room ? d->room * 2 : 64;
		struct dir_entry *more =
			reallocarray(d->entries, room, sizeof(*more));

		if (!more)
			return -ENOMEM;
		d->entries = more;
		d->room = room;
	}
	d->entries[d->n++] = (struct dir_entry){ id, mode, take_ptr(name) };
	return 0;
}

static int add_dot(struct dir *d, uint64_t id, const char *name)
{
	CLEANUP_FREE char *copy = strdup(name);

	return copy ? add(d, id, S_IFDIR, &copy) : -ENOMEM;
}

static int add_dots(struct dir *d)
{
	int r = add_dot(d, d->id, ".");

	return r < 0 ? r : add_dot(d, d->parent_id, "..");
}

static int read_page(struct dir *d, struct lfs *lfs, const struct caller *who)
{
	const char *after = d->n > 2 ? d->entries[d->n - 1].name : "";
	CLEANUP_LISTING struct listing l = { 0 };
	int r = lfs_list(lfs, who, d->id, after, PAGE_ENTRIES, &l);

	for (size_t i = 0; r == 0 && i < l.n; i++)
		r = add(d, l.infos[i].id, l.infos[i].mode, &l.infos[i].name);
	if (r == 0)
		d->complete = !l.more || !l.n;
	return r;
}

int dir_get(struct dir *d, struct lfs *lfs, const struct caller *who,
	    size_t pos, const struct dir_entry **ret_entry)
{
	int r = d->n < 2 ? add_dots(d) : 0;

	while (r == 0 && pos >= d->n && !d->complete)
		r = read_page(d, lfs, who);
	if (r == 0)
		*ret_entry = pos < d->n ? &d->entries[pos] : NULL;
	return r;
}

void dir_rewind(struct dir *d)
{
	for (size_t i = 0; i < d->n; i++)
		free(d->entries[i].name);
	d->n = 0;
	d->complete = false;
}

int dir_open(struct lfs *lfs, const struct caller *who, uint64_t id,
	     struct dir **ret_dir)
{
	CLEANUP_SHELF_INFO struct shelf_info info = { 0 };
	struct dir *d;
	int r = lfs_getattr(lfs, who, id, &info);

	if (r < 0)
		return r;
	d = calloc(1, sizeof(*d));
	if (!d)
		return -ENOMEM;
	d->id = id;
	d->parent_id = info.parent_id ? info.parent_id : id;
	*ret_dir = d;
	return 0;
}

struct dir *dir_close(struct dir *d)
{
	if (d) {
		dir_rewind(d);
		free(d->entries);
		free(d);
	}
	return NULL;
}
