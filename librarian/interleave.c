/* SPDX-License-Identifier: MIT */

/* interleave.c - Books from groups in the order that the shelf's owner wants */

#include "interleave.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cleanup.h"
#include "librarian.h"
#include "parse.h"
#include "policy.h"

struct request_ig {
	char *igs;
	size_t n;
	size_t pos;
};

static void cleanup_request(struct request_ig *rq)
{
	free(rq->igs);
}

#define CLEANUP_REQUEST __attribute__((cleanup(cleanup_request)))

static int set_pos(struct librarian *lib, int64_t shelf_id, uint64_t pos)
{
	char text[24];

	(void)snprintf(text, sizeof(text), "%" PRIu64, pos);
	return db_run(lib->db, SQL_XATTR_SET, sql_int(shelf_id),
		      sql_text(INTERLEAVE_POS_XATTR), sql_text(text));
}

int interleave_set(struct librarian *lib, int64_t shelf_id, const char *igs,
		   size_t n)
{
	int r;

	for (size_t i = 0; i < n; i++) {
		unsigned char ig = (unsigned char)igs[i];

		if (ig > LZA_IG_MAX || !lib->pool.igs[ig].books)
			return -ENOTSUP;
	}
	r = db_run(lib->db, SQL_XATTR_SET, sql_int(shelf_id),
		   sql_text(INTERLEAVE_XATTR), sql_bytes(igs, n));
	return r < 0 ? r : set_pos(lib, shelf_id, 0);
}

/* A position that makes no sense is the beginning. */
static int load(struct policy_call *c, struct request_ig *rq)
{
	CLEANUP_FREE char *pos = NULL;
	uint64_t at = 0;
	int r;

	r = db_get_text(c->lib->db, SQL_XATTR_GET, &rq->igs, &rq->n,
			sql_int(c->shelf_id), sql_text(INTERLEAVE_XATTR));
	if (r == -ENOENT || (r == 0 && !rq->n))
		return -ERANGE;
	if (r == 0)
		r = db_get_text(c->lib->db, SQL_XATTR_GET, &pos, NULL,
				sql_int(c->shelf_id),
				sql_text(INTERLEAVE_POS_XATTR));
	if (r < 0 && r != -ENOENT)
		return r;
	if (pos && parse_u64(pos, 0, rq->n - 1, &at) == 0)
		rq->pos = (size_t)at;
	return 0;
}

/* The group of the i-th book. */
static unsigned ig_of(const struct request_ig *rq, size_t i)
{
	return (unsigned char)rq->igs[(rq->pos + i) % rq->n] & LZA_IG_MAX;
}

/* Puts books of one group where the request has it. */
static int fill(struct policy_call *c, const struct request_ig *rq, unsigned ig,
		uint32_t n)
{
	sqlite3_stmt *rows;
	size_t at = 0;
	int r;

	r = db_query(c->lib->db, SQL_FREE_IN, &rows,
		     sql_int(pool_group(&c->lib->pool, ig)), sql_int(n));
	if (r < 0)
		return r;
	while ((r = db_next(c->lib->db, rows)) > 0) {
		while (ig_of(rq, at) != ig)
			at++;
		c->ids[at++] = (uint64_t)sqlite3_column_int64(rows, 0);
		n--;
	}
	return r < 0 ? r : n ? -EUCLEAN : 0;
}

int interleave_choose(struct policy_call *c)
{
	CLEANUP_REQUEST struct request_ig rq = { 0 };
	uint32_t need[LZA_IG_MAX + 1] = { 0 };
	int r;

	r = load(c, &rq);
	if (r < 0)
		return r;
	for (size_t i = 0; i < c->wanted; i++)
		need[ig_of(&rq, i)]++;
	for (unsigned ig = 0; ig <= LZA_IG_MAX; ig++)
		if (need[ig] > c->lib->pool.counts.free_in[ig])
			return 0; /* one of them runs dry */
	for (unsigned ig = 0; ig <= LZA_IG_MAX && r == 0; ig++)
		if (need[ig])
			r = fill(c, &rq, ig, need[ig]);
	if (r < 0)
		return r;
	c->n = c->wanted;
	return set_pos(c->lib, c->shelf_id, (rq.pos + c->n) % rq.n);
}
