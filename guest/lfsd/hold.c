/* SPDX-License-Identifier: MIT */

/* hold.c - Shelves that this node holds: handles, books, and their end */

#include "hold.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ask.h"
#include "cleanup.h"
#include "events.h"
#include "log.h"
#include "thread.h"

uint32_t hold_books_for(const struct lfs *lfs, uint64_t size)
{
	uint64_t n = (size >> lfs->book_shift) +
		     ((size & (lfs->book_size - 1)) != 0);

	return n > UINT32_MAX ? UINT32_MAX : (uint32_t)n;
}

int hold_close_handle(struct lfs *lfs, uint64_t id, uint64_t handle)
{
	CLEANUP_REPLY struct reply reply = { 0 };
	int r;

	r = client_ask(lfs->client, NULL, request_close(id, handle), &reply);
	return r == -EBADF && reply.resent ? 0 : r;
}

/* ---- while it is held ----------------------------------------------------- */

/* @s follows only if fam.ko does. */
int hold_set(struct lfs *lfs, struct shelf *s, uint64_t size, uint32_t n,
	     const uint32_t *books)
{
	int r = fam_shelf_set(s->fd, size, lfs->book_shift, books, n);

	if (r < 0) {
		log_err_errno(r, "fam.ko refuses the books of shelf %llu",
			      (unsigned long long)s->id);
		return r;
	}
	s->size = size;
	s->n_books = n;
	return 0;
}

int hold_set_list(struct lfs *lfs, struct shelf *s, uint64_t size,
		  uint32_t **books, uint32_t n)
{
	int r;

	if (size == s->size && n == s->n_books &&
	    (n == 0 || (s->books && !memcmp(s->books, *books, n * sizeof(n)))))
		return 0;
	r = hold_set(lfs, s, size, n, *books);
	if (r < 0)
		return r;
	free(s->books);
	s->books = take_ptr(books);
	return 0;
}

int hold_refresh(struct lfs *lfs, struct shelf *s)
{
	CLEANUP_SHELF_INFO struct shelf_info info = { 0 };
	int r;

	r = lfs_ask_shelf(lfs, NULL, request_get(s->id, true), &info);
	if (r == 0 && !info.has_books)
		r = -EIO;
	if (r == 0)
		r = hold_set_list(lfs, s, info.size, &info.books, info.n_books);
	return r;
}

int hold_update(struct lfs *lfs, struct shelf *s, struct shelf_info *info)
{
	if (info->size == s->size && info->n_books == s->n_books)
		return 0;
	if (!info->has_books)
		return hold_refresh(lfs, s);
	return hold_set_list(lfs, s, info->size, &info->books, info->n_books);
}

int hold_begin(struct lfs *lfs, struct shelf *s, struct shelf_info *info)
{
	int r;

	if (!info->has_books || !info->handle)
		return -EIO;
	r = fam_dev_shelf(&lfs->fam, s->id, false, &s->fd);
	if (r < 0)
		return r;
	r = hold_set(lfs, s, info->size, info->n_books, info->books);
	if (r < 0) {
		close_fd(&s->fd);
		return r;
	}
	free(s->books);
	s->books = take_ptr(&info->books);
	s->handle = info->handle;
	s->wanted = info->links == 0;
	s->mtime_ns = 0;
	s->told_ns = 0;
	shelf_ref(&lfs->table, s);
	return 0;
}

int hold_back(struct lfs *lfs, struct shelf *s)
{
	int r;

	if (s->backing)
		return 0;
	r = lfs->hooks.backing_open(lfs->hooks.arg, s->fd);
	if (r < 0)
		return r;
	s->backing = r;
	return 0;
}

int hold_take(struct lfs *lfs, const struct caller *who, struct shelf *s)
{
	CLEANUP_SHELF_INFO struct shelf_info info = { 0 };
	CLEANUP_REPLY struct reply reply = { 0 };
	int r;

	r = lfs_ask(lfs, who, request_open(s->id), &info, &reply);
	if (r == 0 && info.id != s->id)
		r = -EIO;
	if (r == 0)
		r = hold_begin(lfs, s, &info);
	if (r < 0 && info.handle)
		(void)hold_close_handle(lfs, s->id, info.handle);
	/* The first attempt may have opened it, too. */
	if (reply.resent)
		hold_unsettle(lfs);
	return r;
}

/* ---- its end -------------------------------------------------------------- */

static void forget_books(struct shelf *s)
{
	free(s->books);
	s->books = NULL;
	s->n_books = 0;
}

static void stop_watching(struct lfs *lfs, struct shelf *s)
{
	if (s->watched)
		lfs->hooks.unwatch(lfs->hooks.arg, s);
	s->watched = false;
}

/* What FUSE and we have of it; then it is not held any more. */
static void detach(struct lfs *lfs, struct shelf *s)
{
	stop_watching(lfs, s);
	if (s->backing > 0)
		lfs->hooks.backing_close(lfs->hooks.arg, s->backing);
	s->backing = 0;
	forget_books(s);
	if (!s->opens) /* others may be using it: lfs_release() */
		close_fd(&s->fd);
	s->handle = 0;
	s->locked = false;
	shelf_put(&lfs->table, s); /* the caller has one more */
}

/* Nothing of it may be reachable when its handle goes.
 * Return: that handle; 0 = it stays held
 */
static uint64_t surrender(struct lfs *lfs, struct shelf *s)
{
	uint64_t handle = s->handle;
	int r;

	/* The size stays: files that are still open fail, and do not end. */
	r = hold_set(lfs, s, s->size, 0, NULL);
	if (r < 0 && r != -ENODEV) /* without the device, nothing is reached */
		return 0;	   /* better than reuse */
	detach(lfs, s);
	return handle;
}

static void let_go(struct lfs *lfs, struct shelf *s)
{
	uint64_t handle = surrender(lfs, s);
	int r;

	if (!handle)
		return;
	r = hold_close_handle(lfs, s->id, handle);
	if (r < 0)
		log_warn_errno(r, "cannot give back handle %llu of shelf %llu",
			       (unsigned long long)handle,
			       (unsigned long long)s->id);
}

void hold_take_away(struct lfs *lfs, struct shelf *s)
{
	log_err("the Librarian no longer has shelf %llu: taken away from its "
		"users",
		(unsigned long long)s->id);
	if (hold_set(lfs, s, s->size, 0, NULL) < 0)
		return;
	detach(lfs, s);
}

static bool is_mapped(const struct shelf *s)
{
	struct fam_state st = { .mapped = true };
	int r = fam_shelf_state(s->fd, false, &st);

	if (r < 0 && r != -ENODEV)
		log_err_errno(r,
			      "fam.ko does not tell whether shelf %llu is "
			      "mapped",
			      (unsigned long long)s->id);
	return r == -ENODEV ? false : st.mapped;
}

static void watch(struct lfs *lfs, struct shelf *s)
{
	if (lfs->hooks.watch(lfs->hooks.arg, s) < 0)
		log_err("no memory to watch shelf %llu: it stays held",
			(unsigned long long)s->id);
	else
		s->watched = true;
}

static uint64_t keep_lazily(struct lfs *lfs, const struct shelf *s)
{
	uint64_t other;
	bool first;

	(void)pthread_mutex_lock(&lfs->lazy_lock);
	first = lfs->lazy.n == 0;
	other = lazy_add(&lfs->lazy, s->id, thread_now_ms());
	(void)pthread_mutex_unlock(&lfs->lazy_lock);
	if (first && lfs->events)
		events_poke(lfs->events);
	return other;
}

uint64_t hold_idle(struct lfs *lfs, struct shelf *s)
{
	if (s->opens || !s->handle)
		return 0;
	if (is_mapped(s)) {
		watch(lfs, s);
		return 0;
	}
	stop_watching(lfs, s);
	if (!s->wanted)
		return keep_lazily(lfs, s);
	let_go(lfs, s);
	return 0;
}

uint64_t hold_surrender(struct lfs *lfs, uint64_t id)
{
	struct shelf *s = shelf_get(&lfs->table, id);
	uint64_t handle = 0;

	if (!s)
		return 0;
	shelf_lock(s);
	if (s->handle && !s->opens && !is_mapped(s))
		handle = surrender(lfs, s);
	shelf_unlock(s);
	shelf_put(&lfs->table, s);
	return handle;
}

void hold_end(struct lfs *lfs, uint64_t id)
{
	struct shelf *s = shelf_get(&lfs->table, id);

	if (!s)
		return;
	shelf_lock(s);
	if (s->handle && !s->opens && !is_mapped(s))
		let_go(lfs, s);
	shelf_unlock(s);
	shelf_put(&lfs->table, s);
}

void lfs_unmapped(struct lfs *lfs, uint64_t id)
{
	struct shelf *s = shelf_get(&lfs->table, id);
	uint64_t other = 0;

	if (!s)
		return;
	shelf_lock(s);
	stop_watching(lfs, s);
	other = hold_idle(lfs, s);
	shelf_unlock(s);
	shelf_put(&lfs->table, s);
	if (other)
		hold_end(lfs, other);
}
