/* SPDX-License-Identifier: MIT */

/* upcall.c - What fam.ko asks at the end of a shelf */

#include <errno.h>
#include <sys/random.h>

#include "ask.h"
#include "attr.h"
#include "cache.h"
#include "cleanup.h"
#include "hold.h"
#include "jget.h"

/* A shelf that is held, referred to and locked: for leave(). */
static struct shelf *enter(struct lfs *lfs, uint64_t id)
{
	struct shelf *s = shelf_get(&lfs->table, id);

	if (!s)
		return NULL;
	shelf_lock(s);
	if (s->handle)
		return s;
	shelf_unlock(s);
	shelf_put(&lfs->table, s);
	return NULL;
}

static void leave(struct lfs *lfs, struct shelf *s)
{
	shelf_unlock(s);
	shelf_put(&lfs->table, s);
}

int lfs_grow(struct lfs *lfs, uint64_t id, uint64_t size)
{
	CLEANUP_SHELF_INFO struct shelf_info info = { 0 };
	struct shelf *s;
	int r = 0;

	if (size > INT64_MAX)
		return -EFBIG;
	s = enter(lfs, id);
	if (!s)
		return -EIO;
	if (size > s->size) /* else another one's write did it */
		r = lfs_ask_shelf(lfs, NULL,
				  request_resize(id, size, RESIZE_AT_LEAST),
				  &info);
	if (r == 0 && size > s->size) {
		attr_note_mtime(s);
		r = hold_update(lfs, s, &info);
	}
	leave(lfs, s);
	return r;
}

/* That nobody has used, not even a daemon before this one; 0 = without */
static uint64_t new_token(void)
{
	uint64_t token;

	if (getrandom(&token, sizeof(token), 0) != (ssize_t)sizeof(token))
		return 0;
	return token & INT64_MAX;
}

int64_t lfs_append(struct lfs *lfs, uint64_t id, uint64_t len)
{
	CLEANUP_SHELF_INFO struct shelf_info info = { 0 };
	CLEANUP_REPLY struct reply reply = { 0 };
	struct shelf *s = enter(lfs, id);
	uint64_t off = 0;
	int r;

	if (!s)
		return -EIO;
	r = lfs_ask(lfs, NULL, request_append(id, len, s->handle, new_token()),
		    &info, &reply);
	if (r == 0 && jget_u64(reply.value, "offset", 0, INT64_MAX, &off) < 0)
		r = lfs_check(-EPROTO, "an offset");
	if (r == 0) {
		attr_note_mtime(s);
		r = hold_update(lfs, s, &info);
	}
	leave(lfs, s);
	return r < 0 ? r : (int64_t)off;
}

int lfs_extend(struct lfs *lfs, uint64_t id)
{
	struct shelf_info info = { 0 };
	struct shelf *s = enter(lfs, id);
	int r = 0;

	if (!s)
		return 0; /* it has no books to find */
	if (!cache_get_shelf(lfs->cache, id, &info) || info.size != s->size ||
	    info.n_books != s->n_books)
		r = hold_refresh(lfs, s);
	leave(lfs, s);
	return r == -ENOENT ? 0 : r;
}
