/* SPDX-License-Identifier: MIT */

/* batch.c - Group commit: requests that wait together share a transaction
 *
 * All requests of one turn of the loop run in one transaction, each in a
 * savepoint of its own, so that one that fails takes nothing with it; one that
 * is alone needs none, for the transaction is its savepoint. A commit
 * costs a sync of the disk; while it runs, the next requests arrive and will
 * share the next one. Readers in the same turn see what is not durable yet,
 * therefore they are answered after the commit, too.
 *
 * A request that needs books which are still to be zeroed ends the transaction
 * early: zeroing has one of its own (zero.c says why). Then it is run again.
 */

#include "batch.h"

#include <errno.h>
#include <stdbool.h>

#include "librarian.h"
#include "log.h"
#include "session.h"

/* Whoever was answered, or would have been, is told this instead. */
static void fail_all(struct request *rqs, size_t n, int error)
{
	for (size_t i = 0; i < n; i++)
		if (rqs[i].reply.len ||
		    (rqs[i].session && !rqs[i].session->closing))
			dispatch_fail(&rqs[i], error, NULL);
}

/* Runs requests up to the first that needs zeroing; returns how many are done
 * with. When SQLite has given the transaction up, no other one is run: it
 * would have one of its own.
 */
static size_t run_some(struct librarian *lib, struct request *rqs, size_t n,
		       bool writes)
{
	for (size_t i = 0; i < n; i++) {
		struct request *rq = &rqs[i];

		if (writes && !db_in_transaction(lib->db))
			return n;
		if (!rq->session || rq->session->closing)
			continue;
		if (dispatch_run(lib, rq, n == 1) == DISPATCH_NEEDS_ZEROING)
			return i;
		/* It was good for the one that waited for it. */
		lib->zeroed_all = false;
	}
	return n;
}

static int roll_back(struct librarian *lib)
{
	return db_in_transaction(lib->db) ? db_run(lib->db, SQL_ROLLBACK) : 0;
}

/* A disk that is full may have ended the transaction already. */
static int commit(struct librarian *lib)
{
	uint64_t start = metrics_now_us();
	int r;

	r = db_in_transaction(lib->db) ? db_run(lib->db, SQL_COMMIT) :
					 db_error(lib->db);
	metrics_commit(&lib->metrics, metrics_now_us() - start, r == 0);
	return r;
}

/* Runs a part that shares a commit; returns its length. */
static size_t run_part(struct librarian *lib, struct request *rqs, size_t n)
{
	const struct undo before = librarian_mark(lib);
	size_t ran = n;
	int r;

	r = db_run(lib->db, SQL_BEGIN);
	if (r == 0) {
		ran = run_some(lib, rqs, n, true);
		r = n == 1 && (!ran || rqs->failed) ? roll_back(lib) :
						      commit(lib);
	}
	if (r == 0) {
		zero_keep_promises(&lib->zero);
		lock_wait_tell(lib);
		return ran;
	}
	log_err_errno(r, "cannot commit %zu requests: %s", ran,
		      db_message(lib->db));
	(void)roll_back(lib);
	librarian_undo(lib, &before);
	fail_all(rqs, ran, r == -ENOSPC ? r : -EIO);
	return ran;
}

static bool any_writes(struct request *rqs, size_t n)
{
	bool any = false;

	for (size_t i = 0; i < n; i++)
		if (dispatch_writes(&rqs[i]) && rqs[i].session)
			any = true;
	return any;
}

bool batch_run(struct librarian *lib, struct request *rqs, size_t n)
{
	metrics_batch(&lib->metrics, n);
	if (!any_writes(rqs, n)) {
		db_read(lib->db);
		(void)run_some(lib, rqs, n, false);
		return false;
	}
	while (n) {
		size_t ran = run_part(lib, rqs, n);
		int r;

		rqs += ran;
		n -= ran;
		if (!n)
			break;
		r = zero_all(lib);
		if (r < 0)
			log_err_errno(r, "cannot zero books in the FAM: %s",
				      db_message(lib->db));
		lib->zeroed_all = true;
	}
	lib->zeroed_all = false;
	return true;
}
