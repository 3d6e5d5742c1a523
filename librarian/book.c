/* SPDX-License-Identifier: MIT */

/* book.c - Books go FREE, INUSE, ZOMBIE, FREE, and no other way */

#include "book.h"

#include <errno.h>
#include <stdlib.h>

#include "cleanup.h"
#include "librarian.h"
#include "policy.h"

static int book_take(struct librarian *lib, int64_t shelf_id, uint64_t seq,
		     uint64_t id)
{
	int r;

	r = db_run(lib->db, SQL_BOOK_TAKE, sql_int((int64_t)id));
	if (r < 0)
		return r;
	if (db_changes(lib->db) != 1)
		return -EUCLEAN;
	return db_run(lib->db, SQL_BOOK_PUT, sql_int(shelf_id),
		      sql_int((int64_t)seq), sql_int((int64_t)id));
}

/* Not enough for this policy, or for anybody. */
static int too_few(const struct librarian *lib)
{
	return zero_needed(lib) && !lib->zeroed_all ? BOOK_NEEDS_ZEROING :
						      -ENOSPC;
}

int book_append(struct librarian *lib, int64_t shelf_id, uint64_t have,
		uint64_t n, uint32_t node_id)
{
	struct pool_counts *counts = &lib->pool.counts;
	CLEANUP_FREE uint64_t *ids = NULL;
	const struct policy *policy;
	struct policy_call call;
	int r;

	if (n > (uint64_t)(counts->n[BOOK_FREE] + counts->n[BOOK_ZOMBIE]))
		return -ENOSPC;
	if (n > (uint64_t)counts->n[BOOK_FREE])
		return too_few(lib);
	ids = reallocarray(NULL, (size_t)n, sizeof(*ids));
	if (!ids)
		return -ENOMEM;
	call = (struct policy_call){ .lib = lib,
				     .shelf_id = shelf_id,
				     .node_id = node_id,
				     .wanted = (size_t)n,
				     .ids = ids };
	r = policy_of_shelf(lib, shelf_id, &policy);
	if (r == 0)
		r = policy->choose(&call, policy);
	if (r < 0)
		return r;
	if (call.n < call.wanted)
		return too_few(lib);
	for (size_t i = 0; i < call.n; i++) {
		r = book_take(lib, shelf_id, have + i + 1, ids[i]);
		if (r < 0)
			return r;
		counts->free_in[pool_ig_of(&lib->pool, ids[i])]--;
	}
	counts->n[BOOK_FREE] -= (int64_t)n;
	counts->n[BOOK_INUSE] += (int64_t)n;
	return 0;
}

int book_cut(struct librarian *lib, int64_t shelf_id, uint64_t keep,
	     uint64_t have)
{
	struct pool_counts *counts = &lib->pool.counts;
	int64_t n = (int64_t)(have - keep);
	int r;

	r = db_run(lib->db, SQL_BOOKS_ZOMBIFY, sql_int(shelf_id),
		   sql_int((int64_t)keep));
	if (r < 0)
		return r;
	if (db_changes(lib->db) != n)
		return -EUCLEAN;
	r = db_run(lib->db, SQL_BOOKS_CUT, sql_int(shelf_id),
		   sql_int((int64_t)keep));
	if (r < 0)
		return r;
	if (db_changes(lib->db) != n)
		return -EUCLEAN;
	counts->n[BOOK_INUSE] -= n;
	counts->n[BOOK_ZOMBIE] += n;
	return 0;
}
