/* SPDX-License-Identifier: MIT */

/* settle.c - Beginning and end, and new connections
 *
 * Theory of operation. After a new connection, the Librarian may be another
 * process, and answers may be lost, among them such as told a handle. So what
 * it has of us is compared with what we have: handles that nobody here knows
 * are closed, shelves whose handles it does not have are opened again. The list
 * of handles is asked for first, then all held shelves are brought up to date:
 * among the handles are those that stand for books which were cut off while we
 * were not connected. Closing them says that we have let go of those books.
 *
 * It runs on the thread of events, not while any other waits for the
 * connection: those may have the locks of shelves.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "ask.h"
#include "cache.h"
#include "cleanup.h"
#include "events.h"
#include "hold.h"
#include "log.h"
#include "thread.h"

/* Until a file that is being created has its handle */
#define RETRY_MS 100

void lfs_init(struct lfs *lfs)
{
	*lfs = (struct lfs){ .fam.fd = -1 };
	shelf_table_init(&lfs->table);
	ghosts_init(&lfs->ghosts);
	revoked_init(&lfs->revoked);
	(void)pthread_mutex_init(&lfs->lazy_lock, NULL);
	(void)pthread_rwlock_init(&lfs->creating, NULL);
}

void lfs_deinit(struct lfs *lfs)
{
	shelf_table_deinit(&lfs->table);
}

/* ---- handles --------------------------------------------------------------- */

struct handles {
	struct open_info *opens;
	size_t n;
};

static int list_handles(struct lfs *lfs, struct handles *ret_h)
{
	CLEANUP_REPLY struct reply reply = { 0 };
	int r;

	r = client_ask(lfs->client, NULL, request_list_open(), &reply);
	if (r == 0)
		r = lfs_check(open_infos_parse(reply.value, lfs->node_id,
					       &ret_h->opens, &ret_h->n),
			      "our handles");
	return r;
}

static bool has_handle(const struct handles *h, uint64_t handle)
{
	for (size_t i = 0; i < h->n; i++)
		if (h->opens[i].handle == handle)
			return true;
	return false;
}

/* First the new handle, then the old one, if it counts after all. */
static int reopen(struct lfs *lfs, struct shelf *s)
{
	CLEANUP_SHELF_INFO struct shelf_info info = { 0 };
	uint64_t old = s->handle;
	int r;

	r = lfs_ask_shelf(lfs, NULL, request_open(s->id), &info);
	if (r < 0)
		return r;
	if (!info.handle || !info.has_books)
		return -EIO;
	s->handle = info.handle;
	r = hold_set_list(lfs, s, info.size, &info.books, info.n_books);
	if (r == 0)
		(void)hold_close_handle(lfs, s->id, old);
	return r;
}

static int bring_up_to_date(struct lfs *lfs, const struct handles *h,
			    uint64_t id)
{
	struct shelf *s = shelf_get(&lfs->table, id);
	int r = 0;

	if (!s)
		return 0;
	shelf_lock(s);
	if (s->handle) {
		r = has_handle(h, s->handle) ? hold_refresh(lfs, s) :
					       reopen(lfs, s);
		if (r == -ENOENT) {
			hold_take_away(lfs, s);
			r = 0;
		}
	}
	shelf_unlock(s);
	shelf_put(&lfs->table, s);
	return r;
}

static int bring_all_up_to_date(struct lfs *lfs, const struct handles *h)
{
	CLEANUP_FREE uint64_t *ids = NULL;
	size_t n = 0;
	int r = shelf_table_ids(&lfs->table, &ids, &n);

	for (size_t i = 0; r == 0 && i < n; i++)
		r = bring_up_to_date(lfs, h, ids[i]);
	return r;
}

/* Whoever is opening the shelf has its lock; whoever creates it, is waited for
 * by the caller.
 */
static void close_unknown(struct lfs *lfs, const struct open_info *o)
{
	struct shelf *s = shelf_get(&lfs->table, o->shelf_id);
	bool known = false;

	if (s) {
		shelf_lock(s);
		known = s->handle == o->handle;
		shelf_unlock(s);
		shelf_put(&lfs->table, s);
	}
	if (!known)
		(void)hold_close_handle(lfs, o->shelf_id, o->handle);
}

static int settle(struct lfs *lfs)
{
	struct handles h = { 0 };
	int r;

	if (pthread_rwlock_trywrlock(&lfs->creating) != 0)
		return -EAGAIN;
	r = list_handles(lfs, &h);
	(void)pthread_rwlock_unlock(&lfs->creating);
	if (r == 0)
		r = bring_all_up_to_date(lfs, &h);
	for (size_t i = 0; r == 0 && i < h.n; i++)
		close_unknown(lfs, &h.opens[i]);
	free(h.opens);
	/* Who waits for a lock was to be told by the connection before. */
	if (r == 0)
		lfs->hooks.unlocked(lfs->hooks.arg, 0);
	return r;
}

void hold_unsettle(struct lfs *lfs)
{
	__atomic_store_n(&lfs->unsettled, true, __ATOMIC_RELEASE);
	if (lfs->events)
		events_poke(lfs->events);
}

/* A Librarian that writes elsewhere would leave what we look at as it is. */
static bool writes_our_board(struct lfs *lfs)
{
	struct client_hello h = client_get_hello(lfs->client);

	return h.board_size && h.board_offset == lfs->board_offset;
}

void lfs_restore(void *arg)
{
	struct lfs *lfs = arg;

	if (lfs->client)
		cache_reset(lfs->cache, writes_our_board(lfs));
	hold_unsettle(lfs);
}

/* ---- what is due ------------------------------------------------------------ */

static uint64_t take_due(struct lfs *lfs)
{
	uint64_t id;

	(void)pthread_mutex_lock(&lfs->lazy_lock);
	id = lazy_take_due(&lfs->lazy, thread_now_ms());
	(void)pthread_mutex_unlock(&lfs->lazy_lock);
	return id;
}

static int64_t next_due(struct lfs *lfs)
{
	int64_t ms;

	(void)pthread_mutex_lock(&lfs->lazy_lock);
	ms = lazy_wait_ms(&lfs->lazy, thread_now_ms());
	(void)pthread_mutex_unlock(&lfs->lazy_lock);
	return ms;
}

int64_t lfs_due(void *arg)
{
	struct lfs *lfs = arg;
	uint64_t id;
	int r = 0;

	if (__atomic_exchange_n(&lfs->unsettled, false, __ATOMIC_ACQ_REL))
		r = settle(lfs);
	if (r < 0) {
		if (r != -EAGAIN)
			log_warn_errno(r, "cannot compare our handles with the "
					  "Librarian's");
		__atomic_store_n(&lfs->unsettled, true, __ATOMIC_RELEASE);
		return RETRY_MS;
	}
	while ((id = take_due(lfs)))
		hold_end(lfs, id);
	return next_due(lfs);
}

/* ---- beginning -------------------------------------------------------------- */

/* A handle of a predecessor, of a shelf that is still mapped. */
static int adopt(struct lfs *lfs, const struct open_info *o, struct shelf *s)
{
	CLEANUP_SHELF_INFO struct shelf_info info = { 0 };
	int r;

	r = lfs_ask_shelf(lfs, NULL, request_get(o->shelf_id, true), &info);
	if (r < 0)
		return r;
	info.handle = o->handle;
	r = hold_begin(lfs, s, &info);
	if (r < 0)
		return r;
	log_info("adopted shelf %llu, which is still mapped",
		 (unsigned long long)s->id);
	(void)hold_idle(lfs, s);
	return 0;
}

static int adopt_or_close(struct lfs *lfs, const struct open_info *o)
{
	struct shelf *s = shelf_get_or_add(&lfs->table, o->shelf_id);
	int r;

	if (!s)
		return -ENOMEM;
	shelf_lock(s);
	r = s->handle ? /* of two, one is enough */
		    hold_close_handle(lfs, o->shelf_id, o->handle) :
		    adopt(lfs, o, s);
	shelf_unlock(s);
	shelf_put(&lfs->table, s);
	return r;
}

/* Return: 1 if the handle counts for something; 0 if it is to be closed */
static int keep_or_empty(struct lfs *lfs, const struct open_info *o)
{
	struct fam_state st = { 0 };
	CLEANUP_FD int fd = -1;
	int r;

	r = fam_dev_shelf(&lfs->fam, o->shelf_id, true, &fd);
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	r = fam_shelf_state(fd, false, &st);
	if (r == 0 && st.mapped) {
		r = adopt_or_close(lfs, o);
		return r < 0 ? r : 1;
	}
	if (r == 0) /* a file of the dead FUSE may still be open */
		r = fam_shelf_set(fd, st.size, lfs->book_shift, NULL, 0);
	return r;
}

/*
 * All shelves first, then the handles that are of no use: among them are those
 * of books that were cut off while nobody was here.
 */
static int adopt_all(struct lfs *lfs)
{
	struct handles h = { 0 };
	int r = list_handles(lfs, &h);

	for (size_t i = 0; r >= 0 && i < h.n; i++) {
		r = keep_or_empty(lfs, &h.opens[i]);
		if (r > 0)
			h.opens[i].handle = 0;
	}
	for (size_t i = 0; r >= 0 && i < h.n; i++)
		if (h.opens[i].handle)
			r = hold_close_handle(lfs, h.opens[i].shelf_id,
					      h.opens[i].handle);
	free(h.opens);
	return r < 0 ? r : 0;
}

static int check_memory(struct lfs *lfs, struct err *e)
{
	struct fs_stats stats;
	int r;

	r = lfs_stats(lfs, NULL, &stats);
	if (r < 0)
		return err_set(e, r,
			       "the Librarian does not say how large "
			       "the memory is: %s",
			       strerror(-r));
	lfs->book_size = stats.book_size;
	lfs->book_shift = (unsigned)__builtin_ctzll(stats.book_size);
	lfs->max_book = lfs->fam.size >> lfs->book_shift;
	if (stats.books_total > lfs->max_book)
		return err_set(e, -EINVAL,
			       "the Librarian has %llu books of %llu bytes, "
			       "but the node's memory device only %llu bytes; "
			       "start the node with the memory that the "
			       "Librarian was registered for",
			       (unsigned long long)stats.books_total,
			       (unsigned long long)stats.book_size,
			       (unsigned long long)lfs->fam.size);
	return 0;
}

static int find_root(struct lfs *lfs)
{
	CLEANUP_SHELF_INFO struct shelf_info info = { 0 };
	int r;

	r = lfs_ask_shelf(lfs, NULL, request_root(), &info);
	if (r < 0)
		return r;
	lfs->root_id = info.id;
	return S_ISDIR(info.mode) ? 0 : -ENOTDIR;
}

int lfs_start(struct lfs *lfs, uint32_t node_id, struct err *e)
{
	int r = check_memory(lfs, e);

	if (r < 0)
		return r;
	lfs->node_id = node_id;
	r = find_root(lfs);
	if (r != 0)
		return err_set(e, r, "the Librarian has no root directory: %s",
			       strerror(-r));
	r = adopt_all(lfs);
	if (r == 0)
		r = lfs_tell(lfs, NULL, request_unlock_all());
	if (r == -ENOSYS)
		r = 0;
	if (r < 0)
		return err_set(e, r,
			       "cannot settle the handles that were left open: "
			       "%s",
			       strerror(-r));
	return 0;
}

void lfs_stop(struct lfs *lfs)
{
	CLEANUP_FREE uint64_t *ids = NULL;
	size_t n = 0;

	if (shelf_table_ids(&lfs->table, &ids, &n) < 0)
		return;
	for (size_t i = 0; i < n; i++)
		hold_end(lfs, ids[i]);
}
