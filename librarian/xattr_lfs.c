/* SPDX-License-Identifier: MIT */

/* xattr_lfs.c - Attributes user.LFS.*: how books are chosen, and where they are
 */

#include "xattr_lfs.h"

#include <errno.h>
#include <stdio.h>
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

/* What Linux gives to an attribute */
#define XATTR_TEXT_MAX (64U << 10)

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

/* ---- places ---------------------------------------------------------------- */

/* Runs of books that follow each other in the FAM: "0-5,17". */
static void put_run(FILE *f, uint64_t first, uint64_t n)
{
	if (ftell(f) > 0)
		(void)fputc(',', f);
	(void)fprintf(f, "%llu", (unsigned long long)first);
	if (n > 1)
		(void)fprintf(f, "-%llu", (unsigned long long)(first + n - 1));
}

static int put_books(struct librarian *lib, const struct shelf *s, FILE *f)
{
	uint64_t first = 0, n = 0;
	sqlite3_stmt *rows;
	int r;

	r = db_query(lib->db, SQL_IDS_OF_SHELF, &rows, sql_int(s->id));
	if (r < 0)
		return r;
	while ((r = db_next(lib->db, rows)) > 0) {
		uint64_t id = (uint64_t)sqlite3_column_int64(rows, 0);
		uint64_t at = pool_flat(&lib->pool, id);

		if (n && at == first + n) {
			n++;
			continue;
		}
		if (n)
			put_run(f, first, n);
		first = at;
		n = 1;
	}
	if (n)
		put_run(f, first, n);
	return r;
}

/* Where in the FAM its books are, in the order of the file. */
static int get_books(struct call *c, const struct shelf *s, json_t **ret_v)
{
	CLEANUP_FREE char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);
	int r;

	if (!f)
		return -ENOMEM;
	r = put_books(c->lib, s, f);
	if (fclose(f) != 0)
		return -ENOMEM;
	if (r == 0 && len > XATTR_TEXT_MAX)
		return call_fail(c, -E2BIG, "more than an attribute holds");
	if (r == 0)
		*ret_v = json_stringn(text, len);
	return r;
}

/* How many books each group has, in their order in the FAM: "0:128,1:128". */
static int get_groups(struct call *c, const struct shelf *s, json_t **ret_v)
{
	const struct pool *p = &c->lib->pool;
	CLEANUP_FREE char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	(void)s;
	if (!f)
		return -ENOMEM;
	for (unsigned ig = 0; p->mode == BII_LZA && ig <= LZA_IG_MAX; ig++)
		if (p->igs[ig].books)
			(void)fprintf(f, "%s%u:%u", ftell(f) > 0 ? "," : "", ig,
				      p->igs[ig].books);
	if (fclose(f) != 0)
		return -ENOMEM;
	if (p->mode != BII_LZA)
		return call_fail(c, -ENOTSUP, "books have physical addresses");
	*ret_v = json_stringn(text, len);
	return 0;
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
	{ XATTR_LFS "Books", FILES, get_books, NULL },
	{ XATTR_LFS "Groups", ROOT | FILES, get_groups, NULL },
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
