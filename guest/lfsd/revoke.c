/* SPDX-License-Identifier: MIT */

/* revoke.c - What the Librarian tells unasked */

#include <errno.h>

#include "ask.h"
#include "cleanup.h"
#include "event.h"
#include "hold.h"
#include "log.h"
#include "names.h"

static int let_go_of(struct lfs *lfs, struct event *e)
{
	struct shelf *s = shelf_get(&lfs->table, e->shelf_id);
	int r = 0;

	if (!s)
		return 0;
	shelf_lock(s);
	if (s->handle && e->gone)
		hold_take_away(lfs, s);
	else if (s->handle)
		r = hold_set_list(lfs, s, e->size, &e->books, e->n_books);
	if (e->gone && s->handle) /* fam.ko has refused */
		r = -EIO;
	shelf_unlock(s);
	shelf_put(&lfs->table, s);
	return r;
}

/* What is not acknowledged stays nobody's. */
static void on_revoke(struct lfs *lfs, struct event *e)
{
	int r = let_go_of(lfs, e);

	if (r == 0)
		r = lfs_tell(lfs, NULL,
			     request_ack(e->shelf_id, e->generation));
	if (r < 0)
		log_warn_errno(r, "books of shelf %llu are not given back",
			       (unsigned long long)e->shelf_id);
}

void lfs_event(void *arg, const struct jvalue *message)
{
	CLEANUP_EVENT struct event e = { 0 };
	struct lfs *lfs = arg;
	int r;

	r = lfs_check(event_parse(message, lfs->max_book, &e), "an event");
	if (r < 0)
		return;
	switch (e.kind) {
	case EVENT_REVOKE:
		on_revoke(lfs, &e);
		break;
	case EVENT_REVOKED:
		revoked_note(&lfs->revoked, e.generation);
		break;
	case EVENT_WANTED:
		names_unwanted(lfs, e.shelf_id);
		break;
	case EVENT_UNLOCKED:
		lfs->hooks.unlocked(lfs->hooks.arg, e.shelf_id);
		break;
	case EVENT_UNKNOWN:
		break;
	}
}
