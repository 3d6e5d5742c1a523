/* SPDX-License-Identifier: MIT */

/* lock_wait.c - Who waits for locks */

#include "lock_wait.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "librarian.h"
#include "log.h"

/* Owners that wait for each other in a row, at most so many of them. */
#define CHAIN_MAX 64

struct lock_wait {
	TAILQ_ENTRY(lock_wait) link;
	struct lock want;
};

void lock_wait_init(struct lock_waits *w)
{
	*w = (struct lock_waits){ 0 };
	TAILQ_INIT(&w->list);
}

static void drop(struct lock_waits *w, struct lock_wait *wait)
{
	TAILQ_REMOVE(&w->list, wait, link);
	w->n--;
	free(wait);
}

void lock_wait_deinit(struct lock_waits *w)
{
	struct lock_wait *wait;

	while ((wait = TAILQ_FIRST(&w->list)))
		drop(w, wait);
}

/* ---- who ------------------------------------------------------------------ */

static bool is_same(const struct lock *a, const struct lock *b)
{
	return a->shelf_id == b->shelf_id && a->kind == b->kind &&
	       lock_same_owner(a, b);
}

void lock_wait_forget(struct librarian *lib, const struct lock *want)
{
	struct lock_wait *wait;

	TAILQ_FOREACH(wait, &lib->lock_waits.list, link)
	if (is_same(&wait->want, want)) {
		drop(&lib->lock_waits, wait);
		return;
	}
}

void lock_wait_forget_node(struct librarian *lib, uint32_t node_id,
			   const char *owner)
{
	struct lock_wait *wait, *next;

	for (wait = TAILQ_FIRST(&lib->lock_waits.list); wait; wait = next) {
		next = TAILQ_NEXT(wait, link);
		if (wait->want.node_id == node_id &&
		    (!owner || !strcmp(wait->want.owner, owner)))
			drop(&lib->lock_waits, wait);
	}
}

/* What an owner waits for; with threads it may be several, and one is enough. */
static const struct lock *waited_for(const struct librarian *lib,
				     const struct lock *by)
{
	const struct lock_wait *wait;

	TAILQ_FOREACH(wait, &lib->lock_waits.list, link)
	if (wait->want.kind == LOCK_POSIX && lock_same_owner(&wait->want, by))
		return &wait->want;
	return NULL;
}

/* From one owner to the next that it waits for, as long as there is one. */
static int check_circle(struct librarian *lib, const struct lock *want)
{
	const struct lock *at = want;
	struct lock holder;

	for (int i = 0; at && i < CHAIN_MAX; i++) {
		int r = lock_find(lib, at, &holder);

		if (r < 0)
			return r == -ENOENT ? 0 : r;
		if (lock_same_owner(&holder, want))
			return -EDEADLK;
		at = waited_for(lib, &holder);
	}
	return 0;
}

static unsigned waits_of(const struct lock_waits *w, uint32_t node_id)
{
	const struct lock_wait *wait;
	unsigned n = 0;

	TAILQ_FOREACH(wait, &w->list, link)
	n += wait->want.node_id == node_id;
	return n;
}

int lock_wait_add(struct librarian *lib, const struct lock *want)
{
	struct lock_waits *w = &lib->lock_waits;
	struct lock_wait *wait;
	int r = 0;

	if (want->kind == LOCK_POSIX)
		r = check_circle(lib, want);
	if (r < 0)
		return r;
	if (w->n >= LOCK_WAITS_MAX ||
	    waits_of(w, want->node_id) >= LOCK_WAITS_PER_NODE)
		return -ENOLCK;
	wait = malloc(sizeof(*wait));
	if (!wait)
		return -ENOMEM;
	wait->want = *want;
	TAILQ_INSERT_TAIL(&w->list, wait, link);
	w->n++;
	return 0;
}

/* ---- telling -------------------------------------------------------------- */

void lock_wait_release(struct librarian *lib, const struct lock *was)
{
	struct lock_waits *w = &lib->lock_waits;

	if (was && w->n_released < LOCK_RELEASED_MAX)
		w->released[w->n_released++] = *was;
	else
		w->n_released = LOCK_RELEASED_MAX + 1;
}

static bool concerns(const struct lock_waits *w, const struct lock *want)
{
	if (w->n_released > LOCK_RELEASED_MAX)
		return true;
	for (size_t i = 0; i < w->n_released; i++) {
		const struct lock *was = &w->released[i];

		if (was->shelf_id == want->shelf_id &&
		    was->kind == want->kind && was->first <= want->last &&
		    want->first <= was->last)
			return true;
	}
	return false;
}

static int tell(struct librarian *lib, const struct lock *want)
{
	CLEANUP_JSON json_t *event = json_pack("{s:s, s:I}", "event",
					       "unlocked", "shelf_id",
					       (json_int_t)want->shelf_id);
	struct session *s;
	int r = 0;

	TAILQ_FOREACH(s, &lib->sessions, link)
	if (r == 0 && s->node_id == want->node_id && s->events && !s->closing)
		r = outbox_put(&lib->outbox, s, event, true);
	return r;
}

void lock_wait_tell(struct librarian *lib)
{
	struct lock_waits *w = &lib->lock_waits;
	struct lock_wait *wait, *next;
	int r = 0;

	if (!w->n_released)
		return;
	for (wait = TAILQ_FIRST(&w->list); wait && r == 0; wait = next) {
		next = TAILQ_NEXT(wait, link);
		if (!concerns(w, &wait->want))
			continue;
		r = tell(lib, &wait->want);
		if (r == 0)
			drop(w, wait);
	}
	if (r < 0)
		log_err_errno(r, "cannot tell who waits for a lock");
	w->n_released = 0;
}
