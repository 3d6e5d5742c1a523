/* SPDX-License-Identifier: MIT */

/* hold.c - Shelves that this node holds: handles, books, and their end */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cleanup.h"
#include "client.h"
#include "json.h"
#include "lfs.h"
#include "log.h"

static uint32_t books_for(const struct lfs *lfs, uint64_t size)
{
	uint64_t n = (size >> lfs->book_shift) +
		     ((size & (lfs->book_size - 1)) != 0);

	return n > UINT32_MAX ? UINT32_MAX : (uint32_t)n;
}

/*
 * fam.ko gets what @s is to be; @s follows only if that works. What a request
 * on its way cuts off stays out, whatever the Librarian says meanwhile.
 */
static int set(struct lfs *lfs, struct shelf *s, uint64_t size, uint32_t n,
	       const uint32_t *books)
{
	int r;

	if (size > s->cut) {
		size = s->cut;
		if (n > books_for(lfs, size))
			n = books_for(lfs, size);
	}
	r = fam_shelf_set(s->fd, size, lfs->book_shift, books, n);
	if (r < 0) {
		log_err_errno(r, "fam.ko refuses the books of shelf %llu",
			      (unsigned long long)s->id);
		return r;
	}
	s->size = size;
	s->n_books = n;
	return 0;
}

static int close_handle(struct lfs *lfs, uint64_t id, uint64_t handle)
{
	CLEANUP_JSON json_t *value = NULL;

	return client_call(lfs->client, NULL, request_close(id, handle),
			   &value);
}

/* ---- while it is held ----------------------------------------------------- */

int hold_update(struct lfs *lfs, struct shelf *s, struct shelf_info *info)
{
	CLEANUP_SHELF_INFO struct shelf_info whole = { 0 };
	int r;

	/* Books of a held shelf do not change, they only become more. */
	if (s->books && info->n_books == s->n_books) {
		if (info->size == s->size)
			return 0;
		return set(lfs, s, info->size, s->n_books, s->books);
	}
	if (!info->has_books) {
		r = lfs_get(lfs, NULL, NULL, s->id, true, &whole);
		if (r < 0)
			return r;
		if (!whole.has_books)
			return -EIO;
		info = &whole;
	}
	r = set(lfs, s, info->size, info->n_books, info->books);
	if (r < 0)
		return r;
	free(s->books);
	s->books = take_ptr(&info->books);
	return 0;
}

int hold_cut(struct lfs *lfs, struct shelf *s, uint64_t size)
{
	return set(lfs, s, size, books_for(lfs, size), s->books);
}

int hold_begin(struct lfs *lfs, struct shelf *s, struct shelf_info *info)
{
	int fd, r;

	if (!info->has_books || !info->handle)
		return -EIO;
	r = fam_dev_shelf(&lfs->fam, s->id, false, &fd);
	if (r < 0)
		return r;
	close_fd(&s->fd);
	s->fd = fd;
	free(s->books);
	s->books = NULL;
	r = hold_update(lfs, s, info);
	if (r < 0) {
		close_fd(&s->fd);
		return r;
	}
	s->handle = info->handle;
	return 0;
}

/* A reply of open_shelf */
static int open_handle(struct lfs *lfs, const struct caller *who, uint64_t id,
		       struct shelf_info *ret_info)
{
	CLEANUP_JSON json_t *value = NULL;
	int r;

	r = client_call(lfs->client, who, request_open(id), &value);
	if (r == 0)
		r = shelf_info_parse(value, lfs->max_book, ret_info);
	if (r == -EPROTO || (r == 0 && ret_info->id != id)) {
		log_err("the Librarian's description of shelf %llu is invalid",
			(unsigned long long)id);
		r = -EIO;
	}
	return r;
}

int hold_take(struct lfs *lfs, const struct caller *who, struct shelf *s)
{
	CLEANUP_SHELF_INFO struct shelf_info info = { 0 };
	int r;

	r = open_handle(lfs, who, s->id, &info);
	if (r < 0)
		return r;
	r = shelf_learn(&lfs->table, &info, &s);
	if (r == 0)
		r = hold_begin(lfs, s, &info);
	if (r < 0 && info.handle)
		(void)close_handle(lfs, s->id, info.handle);
	return r;
}

/* ---- its end -------------------------------------------------------------- */

static void stop_watching(struct lfs *lfs, struct shelf *s)
{
	if (s->watch)
		lfs->hooks.unwatch(lfs->hooks.arg, s);
}

/* Nothing of it may be reachable when its handle goes. */
static void let_go(struct lfs *lfs, struct shelf *s)
{
	uint64_t handle = s->handle;
	int r;

	stop_watching(lfs, s);
	/* The size stays: files that are still open fail, and do not end. */
	r = set(lfs, s, s->size, 0, NULL);
	if (r < 0 && r != -ENODEV) /* without the device, nothing is reached */
		return;		   /* it stays held: better than reuse */
	free(s->books);
	s->books = NULL;
	close_fd(&s->fd);
	s->handle = 0;
	r = close_handle(lfs, s->id, handle);
	if (r < 0)
		log_warn_errno(r, "cannot give back handle %llu of shelf %llu",
			       (unsigned long long)handle,
			       (unsigned long long)s->id);
}

static bool is_mapped(const struct shelf *s)
{
	struct fam_state st = { .mapped = true };
	int r = fam_shelf_state(s->fd, &st);

	if (r < 0)
		log_err_errno(r,
			      "fam.ko does not tell whether shelf %llu is "
			      "mapped; taken as mapped",
			      (unsigned long long)s->id);
	return st.mapped;
}

void hold_end(struct lfs *lfs, struct shelf *s)
{
	if (s->opens)
		return;
	if (s->handle && is_mapped(s)) {
		if (!s->watch && lfs->hooks.watch(lfs->hooks.arg, s) < 0)
			log_err("no memory to watch shelf %llu: it stays held",
				(unsigned long long)s->id);
		return;
	}
	if (s->handle)
		let_go(lfs, s);
	shelf_put(&lfs->table, s);
}

void lfs_unmapped(struct lfs *lfs, struct shelf *s)
{
	if (s->opens)
		stop_watching(lfs, s);
	else
		hold_end(lfs, s);
}

/* ---- other lives ----------------------------------------------------------- */

/* A handle of a predecessor, of a shelf that is still mapped. */
static int adopt(struct lfs *lfs, const struct open_info *o, int fd)
{
	CLEANUP_SHELF_INFO struct shelf_info info = { 0 };
	struct shelf *s;
	int r;

	r = lfs_get(lfs, NULL, NULL, o->shelf_id, true, &info);
	if (r == 0)
		r = shelf_learn(&lfs->table, &info, &s);
	if (r != 0) {
		(void)close(fd);
		return r;
	}
	if (s->handle) { /* of two, one is enough */
		(void)close(fd);
		return close_handle(lfs, s->id, o->handle);
	}
	s->fd = fd;
	s->handle = o->handle;
	r = hold_update(lfs, s, &info);
	if (r < 0)
		return r;
	log_info("adopted shelf %llu, which is still mapped",
		 (unsigned long long)s->id);
	hold_end(lfs, s);
	return 0;
}

static int settle(struct lfs *lfs, const struct open_info *o)
{
	struct fam_state st = { 0 };
	int fd, r;

	r = fam_dev_shelf(&lfs->fam, o->shelf_id, true, &fd);
	if (r == -ENOENT)
		return close_handle(lfs, o->shelf_id, o->handle);
	if (r < 0)
		return r;
	r = fam_shelf_state(fd, &st);
	if (r == 0 && st.mapped)
		return adopt(lfs, o, fd);
	if (r == 0) /* a file of the dead FUSE may still be open */
		r = fam_shelf_set(fd, st.size, lfs->book_shift, NULL, 0);
	(void)close(fd);
	return r < 0 ? r : close_handle(lfs, o->shelf_id, o->handle);
}

static int list_opens(struct lfs *lfs, struct open_info **ret_opens,
		      size_t *ret_n)
{
	CLEANUP_JSON json_t *value = NULL;
	int r;

	r = client_call(lfs->client, NULL, request_list_open(), &value);
	return r < 0 ? r :
		       open_infos_parse(value, lfs->node_id, ret_opens, ret_n);
}

static int adopt_all(struct lfs *lfs)
{
	CLEANUP_FREE struct open_info *opens = NULL;
	size_t n = 0;
	int r;

	r = list_opens(lfs, &opens, &n);
	if (r == -ENOSYS) {
		log_debug("the Librarian does not list handles");
		return 0;
	}
	for (size_t i = 0; r == 0 && i < n; i++)
		r = settle(lfs, &opens[i]);
	return r;
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

int lfs_start(struct lfs *lfs, uint32_t node_id, struct err *e)
{
	CLEANUP_SHELF_INFO struct shelf_info info = { 0 };
	struct shelf *root;
	int r;

	r = check_memory(lfs, e);
	if (r < 0)
		return r;
	r = lfs_get(lfs, NULL, "/", 0, false, &info);
	if (r == 0 && !S_ISDIR(info.mode))
		r = -ENOTDIR;
	if (r == 0)
		r = shelf_learn(&lfs->table, &info, &root);
	if (r != 0)
		return err_set(e, r, "the Librarian has no root directory: %s",
			       strerror(-r));
	root->lookups = 1; /* the mount itself */
	lfs->root_id = root->id;
	lfs->node_id = node_id;
	r = adopt_all(lfs);
	if (r < 0)
		return err_set(e, r,
			       "cannot settle the handles that were left open: "
			       "%s",
			       strerror(-r));
	return 0;
}

void lfs_stop(struct lfs *lfs)
{
	struct shelf *s, *next;

	for (s = shelf_next(&lfs->table, NULL); s; s = next) {
		next = shelf_next(&lfs->table, s);
		stop_watching(lfs, s);
		if (s->handle && !is_mapped(s))
			let_go(lfs, s);
	}
	shelf_table_deinit(&lfs->table);
}

/* The shelf is gone, or another took its place: no byte of it may be seen. */
static void take_away(struct lfs *lfs, struct shelf *s)
{
	log_err("the Librarian no longer has shelf %llu: taken away from its "
		"users",
		(unsigned long long)s->id);
	stop_watching(lfs, s);
	(void)set(lfs, s, s->size, 0, NULL);
	free(s->books);
	s->books = NULL;
	s->handle = 0;
}

/* First the new handle, then the old one: it is held all the time. */
static int renew(struct lfs *lfs, struct shelf *s)
{
	CLEANUP_SHELF_INFO struct shelf_info info = { 0 };
	uint64_t old = s->handle;
	int r;

	r = open_handle(lfs, NULL, s->id, &info);
	if (r == -ENOENT) {
		take_away(lfs, s);
		return 0;
	}
	if (r < 0)
		return r;
	if (!info.handle || !info.has_books)
		return -EIO;
	s->handle = info.handle;
	/* It may have been cut in between: trust nothing older. */
	free(s->books);
	s->books = NULL;
	r = hold_update(lfs, s, &info);
	if (r < 0)
		return r;
	r = close_handle(lfs, s->id, old);
	return r == -EBADF ? 0 : r;
}

/* Handles that were opened by requests whose answers were lost: nobody would
 * ever close them.
 */
static int drop_unknown(struct lfs *lfs)
{
	CLEANUP_FREE struct open_info *opens = NULL;
	size_t n = 0;
	int r;

	r = list_opens(lfs, &opens, &n);
	for (size_t i = 0; r == 0 && i < n; i++) {
		struct shelf *s = shelf_find(&lfs->table, opens[i].shelf_id);

		if (s && s->handle == opens[i].handle)
			continue;
		r = close_handle(lfs, opens[i].shelf_id, opens[i].handle);
	}
	return r == -ENOSYS ? 0 : r;
}

void lfs_restore(void *arg)
{
	struct lfs *lfs = arg;
	struct shelf *s = NULL;
	int r = 0;

	while (r != -ENOTCONN && (s = shelf_next(&lfs->table, s))) {
		r = s->handle ? renew(lfs, s) : 0;
		if (r < 0 && r != -ENOTCONN) {
			log_err_errno(r, "shelf %llu cannot be held again",
				      (unsigned long long)s->id);
			take_away(lfs, s);
		}
	}
	if (r == -ENOTCONN)
		return;
	r = drop_unknown(lfs);
	if (r < 0 && r != -ENOTCONN)
		log_warn_errno(r, "lost handles are not given back");
}
