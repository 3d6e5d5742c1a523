/* SPDX-License-Identifier: MIT */

/* policy.c - Which free books a growing shelf gets
 *
 * Theory of operation
 *
 * Most policies are a list of stages: from a set of groups, seen from the node
 * that asks, take what is there, in order or at random; then go on with the
 * next stage if that was not enough. The others have a function.
 *
 * Every choice is an indexed search that ends after the books it wants: no
 * policy looks at all free books. The pool knows how many are free in each
 * group, so a random choice among several groups is first one of how many come
 * from which (as if all their books lay in one urn), and then, in each group, a
 * cut into its shuffled deck (schema.c).
 */

#include "policy.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

#include "cleanup.h"
#include "interleave.h"
#include "librarian.h"

int policy_take_rows(struct policy_call *c, sqlite3_stmt *rows)
{
	int r = 0;

	while (c->n < c->wanted && (r = db_next(c->lib->db, rows)) > 0)
		c->ids[c->n++] = (uint64_t)sqlite3_column_int64(rows, 0);
	if (r > 0 || c->n == c->wanted)
		db_end(rows);
	return r < 0 ? r : 0;
}

/* ---- groups, as the node sees them ---------------------------------------- */

enum {
	HERE = 1 << 0,	    /* the node has a part in them */
	ENCLOSURE = 1 << 1, /* other nodes of its enclosure */
	BEYOND = 1 << 2,    /* all other nodes */
	ANYWHERE = HERE | ENCLOSURE | BEYOND,
};

static unsigned distance(const struct policy_call *c, unsigned ig)
{
	const struct pool *p = &c->lib->pool;

	if (!pool_has_node(p, c->node_id))
		return BEYOND;
	if (p->igs[ig].node[c->node_id])
		return HERE;
	return p->igs[ig].enclosures & pool_enclosure(p, c->node_id) ?
		       ENCLOSURE :
		       BEYOND;
}

/* ---- in order ------------------------------------------------------------- */

static int take_ascending(struct policy_call *c, unsigned ig)
{
	sqlite3_stmt *rows;
	int r;

	r = db_query(c->lib->db, SQL_FREE_IN, &rows,
		     sql_int(pool_group(&c->lib->pool, ig)),
		     sql_int((int64_t)(c->wanted - c->n)));
	return r < 0 ? r : policy_take_rows(c, rows);
}

static int take_here(struct policy_call *c)
{
	int r = 0;

	for (unsigned ig = 0; ig <= LZA_IG_MAX && r == 0; ig++)
		if (c->n < c->wanted && distance(c, ig) == HERE)
			r = take_ascending(c, ig);
	return r;
}

/* ---- at random ------------------------------------------------------------ */

struct urn {
	uint32_t left[LZA_IG_MAX + 1];	/* free books by group */
	uint32_t drawn[LZA_IG_MAX + 1]; /* so many of them are wanted */
	uint64_t total;			/* of left */
	uint64_t seed;
};

static uint64_t next_random(struct urn *u)
{
	u->seed ^= u->seed << 13;
	u->seed ^= u->seed >> 7;
	u->seed ^= u->seed << 17;
	return u->seed;
}

static int urn_fill(const struct policy_call *c, unsigned from, struct urn *u)
{
	*u = (struct urn){ 0 };
	if (getrandom(&u->seed, sizeof(u->seed), 0) != sizeof(u->seed))
		return -EIO;
	u->seed |= 1; /* it would stay 0 */
	for (unsigned ig = 0; ig <= LZA_IG_MAX; ig++) {
		if (!(distance(c, ig) & from))
			continue;
		u->left[ig] = c->lib->pool.counts.free_in[ig];
		u->total += u->left[ig];
	}
	return 0;
}

static void urn_draw(struct urn *u, size_t n)
{
	for (; n && u->total; n--) {
		uint64_t at = next_random(u) % u->total--;
		unsigned ig = 0;

		while (at >= u->left[ig])
			at -= u->left[ig++];
		u->left[ig]--;
		u->drawn[ig]++;
	}
}

/* The next @n of a group's deck from @cut on; it goes on at its beginning. */
static int take_deck(struct policy_call *c, unsigned ig, int64_t cut, size_t n)
{
	static const enum sql parts[] = { SQL_DRAW_FROM, SQL_DRAW_BELOW };
	struct policy_call part = *c;
	int r = 0;

	part.wanted = c->n + n;
	for (size_t i = 0; i < ARRAY_SIZE(parts) && part.n < part.wanted; i++) {
		sqlite3_stmt *rows;

		r = db_query(c->lib->db, parts[i], &rows,
			     sql_int(pool_group(&c->lib->pool, ig)),
			     sql_int(cut),
			     sql_int((int64_t)(part.wanted - part.n)));
		if (r == 0)
			r = policy_take_rows(&part, rows);
		if (r < 0)
			return r;
	}
	c->n = part.n;
	return 0;
}

static void shuffle(uint64_t *ids, size_t n, struct urn *u)
{
	for (; n > 1; n--) {
		size_t i = (size_t)(next_random(u) % n);
		uint64_t id = ids[i];

		ids[i] = ids[n - 1];
		ids[n - 1] = id;
	}
}

static int take_random(struct policy_call *c, unsigned from)
{
	size_t first = c->n;
	struct urn u;
	int r;

	r = urn_fill(c, from, &u);
	if (r < 0)
		return r;
	urn_draw(&u, c->wanted - c->n);
	for (unsigned ig = 0; ig <= LZA_IG_MAX && r == 0; ig++)
		if (u.drawn[ig])
			r = take_deck(c, ig, (int64_t)next_random(&u),
				      u.drawn[ig]);
	shuffle(c->ids + first, c->n - first, &u);
	return r;
}

/* ---- policies ------------------------------------------------------------- */

static int choose_stages(struct policy_call *c, const struct policy *p)
{
	int r = 0;

	/* Whoever goes by distance must be somewhere. */
	if (p->stages[0] != ANYWHERE &&
	    !pool_has_node(&c->lib->pool, c->node_id))
		return -EPERM;
	for (size_t i = 0; i < POLICY_STAGES && r == 0; i++) {
		if (!p->stages[i] || c->n == c->wanted)
			break;
		if (p->stages[i] == HERE)
			r = take_here(c);
		else
			r = take_random(c, p->stages[i]);
	}
	return r;
}

static int choose_all(struct policy_call *c, enum sql which)
{
	sqlite3_stmt *rows;
	int r;

	r = db_query(c->lib->db, which, &rows, sql_int((int64_t)c->wanted));
	return r < 0 ? r : policy_take_rows(c, rows);
}

static int choose_ascending(struct policy_call *c, const struct policy *p)
{
	(void)p;
	return choose_all(c, SQL_FREE_UP);
}

static int choose_descending(struct policy_call *c, const struct policy *p)
{
	(void)p;
	return choose_all(c, SQL_FREE_DOWN);
}

static int choose_request(struct policy_call *c, const struct policy *p)
{
	(void)p;
	return interleave_choose(c);
}

/* In the order of the list that clients read; the first is the default. */
static const struct policy policies[] = {
	{ "RandomBooks", choose_stages, { ANYWHERE }, true },
	{ "LocalNode", choose_stages, { HERE }, true },
	{ "LocalEnc", choose_stages, { HERE | ENCLOSURE }, true },
	{ "NonLocal_Enc", choose_stages, { ENCLOSURE }, true },
	{ "Nearest", choose_stages, { HERE, ENCLOSURE, BEYOND }, true },
	{ "NearestRemote", choose_stages, { ENCLOSURE, BEYOND }, true },
	{ "NearestEnc", choose_stages, { ENCLOSURE, BEYOND }, true },
	{ "NearestRack", choose_stages, { BEYOND }, true },
	{ "LZAascending", choose_ascending, { 0 }, true },
	{ "LZAdescending", choose_descending, { 0 }, true },
	{ "RequestIG", choose_request, { 0 }, false },
};

const struct policy *policy_at(size_t i)
{
	return i < ARRAY_SIZE(policies) ? &policies[i] : NULL;
}

const struct policy *policy_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(policies); i++)
		if (!strcmp(policies[i].name, name))
			return &policies[i];
	return NULL;
}

int policy_default(struct librarian *lib, const struct policy **ret_policy)
{
	CLEANUP_FREE char *name = NULL;
	const struct policy *p;
	int r;

	r = db_get_text(lib->db, SQL_GET_POLICY, &name, NULL);
	if (r < 0)
		return r;
	p = policy_find(name);
	/* One of a later version, say: not worth refusing all new shelves. */
	*ret_policy = p ? p : &policies[0];
	return 0;
}

int policy_of_shelf(struct librarian *lib, int64_t shelf_id,
		    const struct policy **ret_policy)
{
	CLEANUP_FREE char *name = NULL;
	const struct policy *p;
	int r;

	r = db_get_text(lib->db, SQL_SHELF_POLICY, &name, NULL,
			sql_int(shelf_id));
	if (r < 0)
		return r;
	p = policy_find(name);
	if (!p)
		return policy_default(lib, ret_policy);
	*ret_policy = p;
	return 0;
}
