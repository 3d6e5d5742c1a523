/* SPDX-License-Identifier: MIT */

/* librarian.c - The Librarian's state: what every request works on */

#include "librarian.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lease.h"
#include "pending.h"
#include "shelf.h"

/* When every node is down, nobody holds anything. Handles may also have gone
 * with the nodes of another topology.
 */
static int settle_holders(struct librarian *lib, bool all_down)
{
	int r;

	r = db_run(lib->db, SQL_BEGIN);
	if (r == 0 && all_down)
		r = db_run(lib->db, SQL_OPENS_DELETE);
	if (r == 0 && all_down)
		r = db_run(lib->db, SQL_LOCKS_DELETE);
	if (r == 0)
		r = shelf_destroy_unheld(lib);
	if (r == 0)
		r = db_run(lib->db, SQL_COMMIT);
	if (r < 0 && db_in_transaction(lib->db))
		(void)db_run(lib->db, SQL_ROLLBACK);
	return r;
}

static int load(struct librarian *lib, const struct librarian_conf *conf,
		struct err *e)
{
	int r;

	r = db_open(conf->db_path, DB_EXISTING, &lib->db, e);
	if (r == 0)
		r = pool_load(lib->db, &lib->pool, e);
	if (r < 0)
		return r;
	r = numbers_load(lib->db, &lib->numbers);
	if (r < 0)
		return err_set(e, r, "cannot read the database '%s': %s",
			       conf->db_path, db_message(lib->db));
	/* Before any book leaves its shelf. */
	r = zero_start(lib, conf->fam_fd, e);
	if (r == 0)
		r = board_start(lib, conf->fam_fd, e);
	if (r < 0)
		return r;
	r = settle_holders(lib, conf->hosted);
	if (r < 0)
		return err_set(e, r, "cannot write the database '%s': %s",
			       conf->db_path, strerror(-r));
	return pending_start(lib, e);
}

int librarian_init(struct librarian *lib, const struct librarian_conf *conf,
		   struct err *e)
{
	int r;

	*lib = (struct librarian){ .writer = true,
				   .auth.mode = conf->auth,
				   .started = lease_now(),
				   .lease = conf->lease };
	lib->zero.fam_fd = -1;
	TAILQ_INIT(&lib->sessions);
	lock_wait_init(&lib->lock_waits);
	r = load(lib, conf, e);
	if (r < 0)
		librarian_deinit(lib);
	return r;
}

void librarian_deinit(struct librarian *lib)
{
	outbox_deinit(&lib->outbox);
	lock_wait_deinit(&lib->lock_waits);
	zero_deinit(&lib->zero);
	board_deinit(&lib->board);
	lib->db = db_close(lib->db);
}

struct undo librarian_mark(const struct librarian *lib)
{
	return (struct undo){ .counts = lib->pool.counts,
			      .numbers = lib->numbers,
			      .touched = lib->touched,
			      .promises = lib->zero.n_tails,
			      .messages = lib->outbox.n,
			      .released = lib->lock_waits.n_released };
}

void librarian_undo(struct librarian *lib, const struct undo *to)
{
	lib->pool.counts = to->counts;
	lib->numbers = to->numbers;
	lib->touched = to->touched;
	lib->zero.n_tails = to->promises;
	outbox_cut(&lib->outbox, to->messages);
	lib->lock_waits.n_released = to->released;
}

void librarian_close_sessions(struct librarian *lib, uint32_t node_id)
{
	struct session *s;

	lib->sessions_closed = true;
	TAILQ_FOREACH(s, &lib->sessions, link)
	if (s->node_id == node_id && !s->admin)
		s->closing = true;
}
