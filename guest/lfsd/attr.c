/* SPDX-License-Identifier: MIT */

/* attr.c - Operations on attributes and sizes */

#include "attr.h"

#include <errno.h>
#include <sys/stat.h>
#include <time.h>

#include "ask.h"
#include "cleanup.h"
#include "hold.h"

/* As exact as the clock that file systems use in the node */
#define MTIME_GRAIN_NS 4000000

/* A write that long ago is told with its time, a younger one as of now. */
#define MTIME_AGE_NS 100000000

/* How long a cut waits for other nodes to see it. One that does not say so by
 * then is not well; its books are nobody's until it does.
 */
#define REVOKED_MS 2000

/* ---- the time of writes ---------------------------------------------------- */

static int64_t now_ns(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

void attr_note_mtime(struct shelf *s)
{
	s->told_ns = now_ns();
}

static void take_mtime(struct shelf *s)
{
	struct fam_state st;

	if (s->handle && fam_shelf_state(s->fd, true, &st) == 0 &&
	    st.mtime_ns > s->told_ns + MTIME_GRAIN_NS)
		s->mtime_ns = st.mtime_ns;
}

void attr_forget_mtime(struct shelf *s)
{
	take_mtime(s);
	s->mtime_ns = 0;
	s->told_ns = 0;
}

/*
 * The node's clock is not the Librarian's, which stamps everything else: what
 * both mean is how long ago it was. "Now" tells what the other clock says.
 */
static int tell_mtime(struct lfs *lfs, const struct caller *who, uint64_t id,
		      int64_t written)
{
	CLEANUP_SHELF_INFO struct shelf_info info = { 0 };
	struct attr_change c = { .what = ATTR_MTIME_NOW };
	const int64_t age = now_ns() - written;
	int r;

	r = lfs_ask_shelf(lfs, who, request_set_attr(id, &c), &info);
	if (r < 0 || age < MTIME_AGE_NS)
		return r;
	c.what = ATTR_MTIME;
	c.mtime_ns = info.mtime_ns - age;
	return lfs_tell(lfs, who, request_set_attr(id, &c));
}

int attr_tell_mtime(struct lfs *lfs, const struct caller *who, struct shelf *s)
{
	int r;

	take_mtime(s);
	if (!s->mtime_ns)
		return 0;
	r = tell_mtime(lfs, who, s->id, s->mtime_ns);
	if (r == 0 || r == -ENOENT)
		s->mtime_ns = 0;
	return r;
}

/* ---- attributes ------------------------------------------------------------ */

int lfs_getattr(struct lfs *lfs, const struct caller *who, uint64_t id,
		struct shelf_info *ret_info)
{
	struct shelf *s = shelf_get(&lfs->table, id);
	int r;

	if (s) {
		shelf_lock(s);
		(void)attr_tell_mtime(lfs, who, s);
		shelf_unlock(s);
		shelf_put(&lfs->table, s);
	}
	r = lfs_get(lfs, who, id, ret_info);
	if (r == -ENOENT)
		r = ghosts_get(&lfs->ghosts, id, ret_info) ? 0 : -ESTALE;
	return r;
}

int lfs_set_attr(struct lfs *lfs, const struct caller *who, uint64_t id,
		 const struct attr_change *c)
{
	CLEANUP_SHELF_INFO struct shelf_info info = { 0 };
	struct shelf *s = shelf_get(&lfs->table, id);
	int r;

	if (s) {
		shelf_lock(s);
		if (c->what & (ATTR_MTIME | ATTR_MTIME_NOW))
			attr_forget_mtime(s);
		else
			(void)attr_tell_mtime(lfs, who, s);
		shelf_unlock(s);
		shelf_put(&lfs->table, s);
	}
	r = lfs_ask_shelf(lfs, who, request_set_attr(id, c), &info);
	return r == -ENOENT ? -ESTALE : r;
}

int lfs_kill_rights(struct lfs *lfs, const struct caller *who, uint64_t id)
{
	CLEANUP_SHELF_INFO struct shelf_info info = { 0 };
	struct attr_change c = { .what = ATTR_MODE };
	int r = lfs_get(lfs, who, id, &info);

	if (r < 0 || S_ISDIR(info.mode))
		return r == -ENOENT ? -ESTALE : r;
	c.mode = info.mode & ~(uint32_t)S_ISUID;
	if (c.mode & S_IXGRP) /* else it is no right, but mandatory locking */
		c.mode &= ~(uint32_t)S_ISGID;
	if (c.mode == info.mode)
		return 0;
	c.mode &= 07777;
	return lfs_set_attr(lfs, who, id, &c);
}

/* ---- size ------------------------------------------------------------------ */

/* First here, then there: nobody maps what the Librarian gives away. */
static int cut(struct lfs *lfs, struct shelf *s, uint64_t size)
{
	uint32_t n = hold_books_for(lfs, size);

	if (!s->handle || size >= s->size)
		return 0;
	return hold_set(lfs, s, size, n < s->n_books ? n : s->n_books,
			s->books);
}

/* @ret_revocation: what other nodes have to do, 0 = nothing */
static int resize(struct lfs *lfs, const struct caller *who, struct shelf *s,
		  uint64_t size, uint64_t *ret_revocation)
{
	CLEANUP_SHELF_INFO struct shelf_info info = { 0 };
	int r = cut(lfs, s, size);

	if (r < 0)
		return r;
	r = lfs_ask_shelf(lfs, who, request_resize(s->id, size, RESIZE_TO),
			  &info);
	if (r == 0)
		*ret_revocation = info.revocation;
	if (!s->handle)
		return r;
	if (r == 0)
		r = hold_update(lfs, s, &info);
	else if (r != -EIO) /* else it stays cut until somebody needs it */
		(void)hold_refresh(lfs, s);
	if (r == 0)
		attr_forget_mtime(s);
	return r;
}

/* The Librarian sets the times if the size changes, a truncation always. */
static int touch(struct lfs *lfs, const struct caller *who, uint64_t id)
{
	static const struct attr_change c = { .what = ATTR_MTIME_NOW };

	return lfs_tell(lfs, who, request_set_attr(id, &c));
}

int lfs_truncate(struct lfs *lfs, const struct caller *who, uint64_t id,
		 uint64_t size)
{
	CLEANUP_SHELF_INFO struct shelf_info info = { 0 };
	uint64_t revocation = 0;
	struct shelf *s;
	int r;

	if (size > INT64_MAX)
		return -EFBIG;
	r = lfs_get(lfs, who, id, &info);
	if (r < 0)
		return r == -ENOENT ? -ESTALE : r;
	/* Also if it is not held: an open has to wait for the new books. */
	s = shelf_get_or_add(&lfs->table, id);
	if (!s)
		return -ENOMEM;
	shelf_lock(s);
	if (size != info.size)
		r = resize(lfs, who, s, size, &revocation);
	else
		attr_forget_mtime(s);
	if (r == 0 && size == info.size)
		r = touch(lfs, who, id);
	shelf_unlock(s);
	shelf_put(&lfs->table, s);
	/* Without a lock: another node may be waiting for us likewise. */
	if (revocation)
		revoked_wait(&lfs->revoked, revocation, REVOKED_MS);
	return r == -ENOENT ? -ESTALE : r;
}

int lfs_stats(struct lfs *lfs, const struct caller *who,
	      struct fs_stats *ret_stats)
{
	CLEANUP_REPLY struct reply reply = { 0 };
	int r;

	r = client_ask(lfs->client, who, request_stats(), &reply);
	if (r == 0)
		r = lfs_check(fs_stats_parse(reply.value, ret_stats),
			      "the memory");
	return r;
}
