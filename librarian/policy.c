/* SPDX-License-Identifier: MIT */

/* policy.c - Which free books a growing shelf gets
 *
 * Every choice is an indexed search that ends after the books it wants: no
 * policy looks at all free books.
 */

#include "policy.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

#include "cleanup.h"
#include "librarian.h"

/* Takes the ids of @rows until there are enough. */
static int take_rows(struct policy_call *c, sqlite3_stmt *rows)
{
	int r = 0;

	while (c->n < c->wanted && (r = db_next(c->lib->db, rows)) > 0)
		c->ids[c->n++] = (uint64_t)sqlite3_column_int64(rows, 0);
	if (r > 0 || c->n == c->wanted)
		db_end(rows);
	return r < 0 ? r : 0;
}

static int choose_draw(struct policy_call *c, enum sql which, int64_t cut)
{
	sqlite3_stmt *rows;
	int r;

	if (c->n == c->wanted)
		return 0;
	r = db_query(c->lib->db, which, &rows, sql_int(cut),
		     sql_int((int64_t)(c->wanted - c->n)));
	return r < 0 ? r : take_rows(c, rows);
}

/* The free books lie in a random order already (see schema.c). */
static int choose_random(struct policy_call *c)
{
	int64_t cut;
	int r;

	if (getrandom(&cut, sizeof(cut), 0) != sizeof(cut))
		return -EIO;
	r = choose_draw(c, SQL_DRAW_FROM, cut);
	return r < 0 ? r : choose_draw(c, SQL_DRAW_BELOW, cut);
}

static int choose_between(struct policy_call *c, uint64_t first, uint64_t last)
{
	sqlite3_stmt *rows;
	int r;

	r = db_query(c->lib->db, SQL_FREE_BETWEEN, &rows,
		     sql_int((int64_t)first), sql_int((int64_t)last),
		     sql_int((int64_t)(c->wanted - c->n)));
	return r < 0 ? r : take_rows(c, rows);
}

static int choose_local_node(struct policy_call *c)
{
	unsigned ig;

	if (!pool_has_node(&c->lib->pool, c->node_id))
		return -EPERM;
	ig = (unsigned)c->lib->pool.node_ig[c->node_id];
	return choose_between(c, lza_make(ig, 0),
			      lza_make(ig, LIBRARIAN_BOOKS_PER_IG_MAX - 1));
}

static int choose_ascending(struct policy_call *c)
{
	return choose_between(
		c, 0, lza_make(LZA_IG_MAX, LIBRARIAN_BOOKS_PER_IG_MAX - 1));
}

static const struct policy policies[] = {
	{ "RandomBooks", choose_random },
	{ "LocalNode", choose_local_node },
	{ "LZAascending", choose_ascending },
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

	r = db_get_text(lib->db, SQL_XATTR_GET, &name, NULL, sql_int(shelf_id),
			sql_text(POLICY_XATTR));
	if (r < 0 && r != -ENOENT)
		return r;
	p = name ? policy_find(name) : NULL;
	if (!p)
		return policy_default(lib, ret_policy);
	*ret_policy = p;
	return 0;
}
