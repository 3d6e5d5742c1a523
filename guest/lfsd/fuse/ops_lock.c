/* SPDX-License-Identifier: MIT */

/* ops_lock.c - FUSE requests on locks
 *
 * A request that has to wait gets no answer until it has the lock or is
 * interrupted; it is tried again whenever the Librarian says that this may
 * help. Meanwhile it is in a list. While it is tried, only the thread that does
 * so may take it out of the list; others leave a note.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/file.h>

#include "ops.h"

/**
 * struct waiter - A request that waits
 * @busy:		It is being tried
 * @again:		Try it once more: what was told came too early or too late
 * @interrupted:	Do not wait any longer
 */
struct waiter {
	struct waiter *next;
	fuse_req_t req;
	struct shelf *shelf;
	struct lock lock;
	bool busy;
	bool again;
	bool interrupted;
};

static void take_out(struct waiters *list, const struct waiter *w)
{
	struct waiter **p = &list->first;

	while (*p != w)
		p = &(*p)->next;
	*p = w->next;
}

/* Whether it goes on waiting; else it is out of the list. */
static bool waits_on(struct waiters *list, struct waiter *w, int r)
{
	bool waits = r == -EAGAIN && !w->interrupted;

	if (waits)
		w->busy = false;
	else
		take_out(list, w);
	return waits;
}

/* One that is busy. */
static void try_lock(struct ops_data *d, struct waiter *w)
{
	const struct caller who = ops_caller(w->req);
	bool again, waits = false;
	int r;

	do {
		r = lfs_lock(d->lfs, &who, w->shelf, &w->lock, true);
		(void)pthread_mutex_lock(&d->waiters.lock);
		again = r == -EAGAIN && w->again && !w->interrupted;
		w->again = false;
		if (!again)
			waits = waits_on(&d->waiters, w, r);
		(void)pthread_mutex_unlock(&d->waiters.lock);
	} while (again);
	if (waits)
		return;
	ops_reply(w->req, r == -EAGAIN ? -EINTR : r);
	free(w);
}

static void on_interrupt(fuse_req_t req, void *arg)
{
	struct ops_data *d = arg;
	struct waiter *w;
	bool over;

	(void)pthread_mutex_lock(&d->waiters.lock);
	for (w = d->waiters.first; w && w->req != req;)
		w = w->next;
	over = w && !w->busy;
	if (over)
		take_out(&d->waiters, w);
	else if (w)
		w->interrupted = true;
	(void)pthread_mutex_unlock(&d->waiters.lock);
	if (over) {
		ops_reply(req, -EINTR);
		free(w);
	}
}

static void wait_for_lock(fuse_req_t req, struct shelf *s, const struct lock *l)
{
	struct ops_data *d = fuse_req_userdata(req);
	struct waiter *w = calloc(1, sizeof(*w));

	if (!w) {
		ops_reply(req, -ENOLCK);
		return;
	}
	*w = (struct waiter){ .req = req, .shelf = s, .lock = *l, .busy = true };
	(void)pthread_mutex_lock(&d->waiters.lock);
	w->next = d->waiters.first;
	d->waiters.first = w;
	(void)pthread_mutex_unlock(&d->waiters.lock);
	fuse_req_interrupt_func(req, on_interrupt, d);
	try_lock(d, w);
}

/* Marks all that are to be tried, and returns one of them. */
static struct waiter *next_due(struct waiters *list, uint64_t shelf_id,
			       bool mark)
{
	struct waiter *due = NULL;

	(void)pthread_mutex_lock(&list->lock);
	for (struct waiter *w = list->first; w; w = w->next) {
		if (mark && (!shelf_id || w->lock.shelf_id == shelf_id))
			w->again = true;
		if (w->again && !w->busy)
			due = w;
	}
	if (due) {
		due->busy = true;
		due->again = false;
	}
	(void)pthread_mutex_unlock(&list->lock);
	return due;
}

void ops_unlocked(void *arg, uint64_t shelf_id)
{
	struct ops_data *d = arg;
	struct waiter *w = next_due(&d->waiters, shelf_id, true);

	for (; w; w = next_due(&d->waiters, 0, false))
		try_lock(d, w);
}

/* ---- requests --------------------------------------------------------------- */

static void set_lock(fuse_req_t req, struct shelf *s, const struct lock *l,
		     bool wait)
{
	const struct caller who = ops_caller(req);

	if (wait && l->type != LOCK_TYPE_UNLOCK)
		wait_for_lock(req, s, l);
	else
		ops_reply(req, lfs_lock(ops_lfs(req), &who, s, l, false));
}

static struct lock lock_of(const struct shelf *s,
			   const struct fuse_file_info *fi,
			   const struct flock *f)
{
	return (struct lock){
		.shelf_id = s->id,
		.kind = LOCK_KIND_POSIX,
		.type = f->l_type == F_RDLCK ? LOCK_TYPE_READ :
			f->l_type == F_WRLCK ? LOCK_TYPE_WRITE :
					       LOCK_TYPE_UNLOCK,
		.owner = fi->lock_owner,
		.start = (uint64_t)f->l_start,
		.end = f->l_len ? (uint64_t)(f->l_start + f->l_len - 1) :
				  INT64_MAX,
		.pid = (uint32_t)f->l_pid,
	};
}

void op_getlk(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi,
	      struct flock *lock)
{
	const struct caller who = ops_caller(req);
	const struct lock l = lock_of(ops_shelf(fi), fi, lock);
	struct lfs *lfs = ops_lfs(req);
	struct lock_info info;
	struct flock f = { .l_type = F_UNLCK };
	int r;

	(void)ino;
	r = lfs_test_lock(lfs, &who, &l, &info);
	if (r < 0) {
		ops_reply(req, r);
		return;
	}
	if (info.taken) {
		f.l_type = info.write ? F_WRLCK : F_RDLCK;
		f.l_whence = SEEK_SET;
		f.l_start = (off_t)info.start;
		if (info.end != INT64_MAX)
			f.l_len = (off_t)(info.end - info.start + 1);
		/* Processes of other nodes have no number here. */
		if (info.node_id == lfs->node_id)
			f.l_pid = (pid_t)info.pid;
	}
	(void)fuse_reply_lock(req, &f);
}

void op_setlk(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi,
	      struct flock *lock, int sleep)
{
	struct shelf *s = ops_shelf(fi);
	const struct lock l = lock_of(s, fi, lock);

	(void)ino;
	if (l.type != LOCK_TYPE_UNLOCK &&
	    open_file_add_owner(ops_file(fi), l.owner) < 0)
		ops_reply(req, -ENOLCK);
	else
		set_lock(req, s, &l, sleep);
}

void op_flock(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi, int op)
{
	struct shelf *s = ops_shelf(fi);
	struct lock l = {
		.shelf_id = s->id,
		.kind = LOCK_KIND_FLOCK,
		.owner = fi->lock_owner,
		.end = INT64_MAX,
		.pid = (uint32_t)ops_caller(req).pid,
	};

	(void)ino;
	switch (op & ~LOCK_NB) {
	case LOCK_SH:
		l.type = LOCK_TYPE_READ;
		break;
	case LOCK_EX:
		l.type = LOCK_TYPE_WRITE;
		break;
	case LOCK_UN:
		l.type = LOCK_TYPE_UNLOCK;
		break;
	default:
		ops_reply(req, -EINVAL);
		return;
	}
	set_lock(req, s, &l, !(op & LOCK_NB));
}
