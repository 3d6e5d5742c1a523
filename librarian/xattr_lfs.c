/* SPDX-License-Identifier: MIT */

/* xattr_lfs.c - Attributes user.LFS.*: how books are chosen, and where they are
 */

#include "xattr_lfs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cleanup.h"
#include "commands.h"
#include "interleave.h"
#include "librarian.h"
#include "policy.h"
#include "schema.h"
#include "shelf.h"

/* ---- policies ------------------------------------------------------------- */

static int get_policy(struct call *c, const struct shelf *s, json_t **ret_v)
{
	const struct policy *p;
	int r;

	r = policy_of_shelf(c->lib, s->id, &p);
	if (r == 0)
		*ret_v = json_string(p->name);
	return r;
}

static int set_policy(struct call *c, const struct shelf *s, const char *value,
		      size_t len)
{
	(void)len;
	if (!policy_find(value))
		return call_fail(c, -ENOTSUP, "no such policy");
	return db_run(c->lib->db, SQL_SHELF_SET_POLICY, sql_int(s->id),
		      sql_text(value));
}

static int get_default(struct call *c, const struct shelf *s, json_t **ret_v)
{
	const struct policy *p;
	int r;

	(void)s;
	r = policy_default(c->lib, &p);
	if (r == 0)
		*ret_v = json_string(p->name);
	return r;
}

static int set_default(struct call *c, const struct shelf *s, const char *value,
		       size_t len)
{
	const struct policy *p = policy_find(value);

	(void)s;
	(void)len;
	if (!p)
		return call_fail(c, -ENOTSUP, "no such policy");
	if (!p->of_all)
		return call_fail(c, -ENOTSUP, "not as the default");
	return db_run(c->lib->db, SQL_SET_POLICY, sql_text(value));
}

static int get_list(struct call *c, const struct shelf *s, json_t **ret_v)
{
	char text[512] = "";
	const struct policy *p;

	(void)c;
	(void)s;
	for (size_t i = 0; (p = policy_at(i)); i++) {
		if (i)
			(void)strncat(text, ",",
				      sizeof(text) - strlen(text) - 1);
		(void)strncat(text, p->name, sizeof(text) - strlen(text) - 1);
	}
	*ret_v = json_string(text);
	return 0;
}

/* ---- interleaving --------------------------------------------------------- */

/* @igs has room for all books of the shelf. */
static int list_igs(struct librarian *lib, const struct shelf *s, char *igs)
{
	sqlite3_stmt *rows;
	uint64_t n = 0;
	int r;

	r = db_query(lib->db, SQL_IDS_OF_SHELF, &rows, sql_int(s->id));
	if (r < 0)
		return r;
	while ((r = db_next(lib->db, rows)) > 0) {
		uint64_t id = (uint64_t)sqlite3_column_int64(rows, 0);

		if (n == s->book_count) {
			db_end(rows);
			return -EUCLEAN;
		}
		igs[n++] = (char)pool_ig_of(&lib->pool, id);
	}
	return r < 0 ? r : n == s->book_count ? 0 : -EUCLEAN;
}

/* One character for each book: its interleave group. */
static int get_interleave(struct call *c, const struct shelf *s, json_t **ret_v)
{
	char *igs = malloc(s->book_count + 1);
	int r;

	if (!igs)
		return -ENOMEM;
	r = list_igs(c->lib, s, igs);
	if (r == 0)
		*ret_v = json_stringn(igs, s->book_count);
	free(igs);
	return r;
}

/* What is stored, or nothing. */
static int get_stored(struct call *c, const struct shelf *s, const char *name,
		      json_t **ret_v)
{
	CLEANUP_FREE char *text = NULL;
	size_t len = 0;
	int r;

	r = db_get_text(c->lib->db, SQL_XATTR_GET, &text, &len, sql_int(s->id),
			sql_text(name));
	if (r < 0 && r != -ENOENT)
		return r;
	*ret_v = json_stringn(text ? text : "", len);
	return 0;
}

static int get_request(struct call *c, const struct shelf *s, json_t **ret_v)
{
	return get_stored(c, s, INTERLEAVE_XATTR, ret_v);
}

static int get_position(struct call *c, const struct shelf *s, json_t **ret_v)
{
	return get_stored(c, s, INTERLEAVE_POS_XATTR, ret_v);
}

static int set_request(struct call *c, const struct shelf *s, const char *value,
		       size_t len)
{
	int r;

	r = interleave_set(c->lib, s->id, value, len);
	return r == -ENOTSUP ? call_fail(c, r, "no such group") : r;
}

/* ---- the table ------------------------------------------------------------ */

enum {
	ROOT = 1 << 0,
	FILES = 1 << 1,
	OTHERS = 1 << 2, /* directories, symbolic links */
};

static const struct xattr_lfs attributes[] = {
	{ POLICY_XATTR, FILES, get_policy, set_policy },
	{ XATTR_LFS "AllocationPolicyDefault", ROOT, get_default, set_default },
	{ XATTR_LFS "AllocationPolicyList", ROOT | FILES, get_list, NULL },
	{ XATTR_LFS "Interleave", FILES, get_interleave, NULL },
	{ INTERLEAVE_XATTR, FILES, get_request, set_request },
	{ INTERLEAVE_POS_XATTR, FILES, get_position, NULL },
};

const struct xattr_lfs *xattr_lfs_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(attributes); i++)
		if (!strcmp(attributes[i].name, name))
			return &attributes[i];
	return NULL;
}

const struct xattr_lfs *xattr_lfs_at(size_t i)
{
	return i < ARRAY_SIZE(attributes) ? &attributes[i] : NULL;
}

bool xattr_lfs_is_of(const struct xattr_lfs *x, const struct shelf *s)
{
	unsigned kind = S_ISDIR(s->mode) || S_ISLNK(s->mode) ? OTHERS : FILES;

	if (s->id == SCHEMA_ROOT)
		kind = ROOT;
	return x->of & kind;
}
