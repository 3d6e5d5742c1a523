/* SPDX-License-Identifier: MIT */

/* commands_xattr.c - Extended attributes
 *
 * Attributes user.LFS.* are ours and mean something: special[] says what each
 * does. All others in user.* are stored as the client sends them: a text in
 * which each character stands for a byte, as tm-librarian's clients have it.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "commands.h"
#include "json.h"
#include "librarian.h"
#include "policy.h"
#include "schema.h"
#include "shelf.h"

#define XATTR_USER "user."
#define XATTR_LFS "user.LFS."
#define XATTR_VALUE_MAX 65536 /* the kernel's own limit */

/* ---- user.LFS.* ----------------------------------------------------------- */

struct special {
	const char *name;
	bool of_root; /* listed at the root instead of at files */
	bool of_file;
	/* NULL: stored like others */
	int (*get)(struct call *c, const struct shelf *s, json_t **ret_v);
	/* NULL: read only */
	int (*set)(struct call *c, const struct shelf *s, const char *value);
};

static int find_policy(struct call *c, const char *name)
{
	return policy_find(name) ? 0 : call_fail(c, -ENOTSUP, "no such policy");
}

static int get_policy(struct call *c, const struct shelf *s, json_t **ret_v)
{
	const struct policy *p;
	int r;

	r = policy_of_shelf(c->lib, s->id, &p);
	if (r == 0)
		*ret_v = json_string(p->name);
	return r;
}

static int set_policy(struct call *c, const struct shelf *s, const char *value)
{
	int r;

	r = find_policy(c, value);
	if (r < 0)
		return r;
	return db_run(c->lib->db, SQL_XATTR_SET, sql_int(s->id),
		      sql_text(POLICY_XATTR), sql_text(value));
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

static int set_default(struct call *c, const struct shelf *s, const char *value)
{
	int r;

	(void)s;
	r = find_policy(c, value);
	return r < 0 ? r : db_run(c->lib->db, SQL_SET_POLICY, sql_text(value));
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

/* @igs has room for all books of the shelf. */
static int list_igs(struct db *db, const struct shelf *s, char *igs)
{
	sqlite3_stmt *rows;
	uint64_t n = 0;
	int r;

	r = db_query(db, SQL_IDS_OF_SHELF, &rows, sql_int(s->id));
	if (r < 0)
		return r;
	while ((r = db_next(db, rows)) > 0) {
		uint64_t id = (uint64_t)sqlite3_column_int64(rows, 0);

		if (n == s->book_count) {
			db_end(rows);
			return -EUCLEAN;
		}
		igs[n++] = (char)lza_ig(id);
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
	r = list_igs(c->lib->db, s, igs);
	if (r == 0)
		*ret_v = json_stringn(igs, s->book_count);
	free(igs);
	return r;
}

static const struct special special[] = {
	{ POLICY_XATTR, false, true, get_policy, set_policy },
	{ "user.LFS.AllocationPolicyDefault", true, false, get_default,
	  set_default },
	{ "user.LFS.AllocationPolicyList", true, true, get_list, NULL },
	{ "user.LFS.Interleave", false, true, get_interleave, NULL },
};

static const struct special *find_special(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(special); i++)
		if (!strcmp(special[i].name, name))
			return &special[i];
	return NULL;
}

/* ---- commands ------------------------------------------------------------- */

struct xattr {
	struct shelf shelf;
	const char *name;
	const struct special *special; /* NULL: an ordinary one */
};

static int call_xattr(struct call *c, struct xattr *x)
{
	int r;

	r = call_shelf(c, &x->shelf);
	if (r == 0)
		r = call_text(c, "xattr", &x->name);
	if (r < 0)
		return r;
	if (strncmp(x->name, XATTR_USER, strlen(XATTR_USER)) != 0 ||
	    !x->name[strlen(XATTR_USER)])
		return call_fail(c, -EINVAL, "attributes begin with 'user.'");
	if (strlen(x->name) > LIBRARIAN_NAME_MAX)
		return -ENAMETOOLONG;
	x->special = find_special(x->name);
	if (!x->special && !strncmp(x->name, XATTR_LFS, strlen(XATTR_LFS)))
		return call_fail(c, -ENOTSUP, "no such attribute of LFS");
	/* Only the default policy is the root's alone. */
	if (x->special && !x->special->of_file && x->shelf.id != SCHEMA_ROOT)
		return -ENOTSUP;
	if (x->special && !x->special->of_root && x->shelf.id == SCHEMA_ROOT)
		return -ENOTSUP;
	return 0;
}

int cmd_get_xattr(struct call *c)
{
	CLEANUP_FREE char *text = NULL;
	json_t *value = NULL;
	struct xattr x;
	size_t len;
	int r;

	r = call_xattr(c, &x);
	if (r < 0)
		return r;
	if (x.special) {
		r = x.special->get(c, &x.shelf, &value);
	} else {
		r = db_get_text(c->lib->db, SQL_XATTR_GET, &text, &len,
				sql_int(x.shelf.id), sql_text(x.name));
		if (r == -ENOENT)
			return call_fail(c, -ENODATA, NULL);
		if (r == 0)
			value = json_stringn(text, len);
	}
	return r < 0 ? r : call_return(c, json_pack("{s:o}", "value", value));
}

int cmd_set_xattr(struct call *c)
{
	const json_t *value = json_object_get(c->args, "value");
	struct xattr x;
	int r;

	r = call_xattr(c, &x);
	if (r < 0)
		return r;
	if (!json_is_string(value))
		return call_fail(c, -EINVAL, "value is not a text");
	if (json_string_length(value) > XATTR_VALUE_MAX)
		return -E2BIG;
	if (x.special) {
		if (!x.special->set)
			return call_fail(c, -ENOTSUP, "read only");
		return x.special->set(c, &x.shelf, json_string_value(value));
	}
	return db_run(c->lib->db, SQL_XATTR_SET, sql_int(x.shelf.id),
		      sql_text(x.name),
		      sql_bytes(json_string_value(value),
				json_string_length(value)));
}

static int append_name(json_t *list, const char *name)
{
	return json_array_append_new(list, json_string(name)) < 0 ? -ENOMEM : 0;
}

/* The special ones, whether stored or not, then all others. */
static int list_names(struct call *c, const struct shelf *s, json_t *list)
{
	bool root = s->id == SCHEMA_ROOT;
	sqlite3_stmt *rows;
	int r = 0;

	for (size_t i = 0; i < ARRAY_SIZE(special) && r == 0; i++)
		if (root ? special[i].of_root : special[i].of_file)
			r = append_name(list, special[i].name);
	if (r == 0)
		r = db_query(c->lib->db, SQL_XATTR_LIST, &rows, sql_int(s->id));
	if (r < 0)
		return r;
	while ((r = db_next(c->lib->db, rows)) > 0) {
		const char *name = (const char *)sqlite3_column_text(rows, 0);

		if (!name)
			r = -ENOMEM;
		else if (!find_special(name))
			r = append_name(list, name);
		if (r < 0) {
			db_end(rows);
			return r;
		}
	}
	return r;
}

int cmd_list_xattrs(struct call *c)
{
	CLEANUP_JSON json_t *list = json_array();
	struct shelf s;
	int r;

	r = call_shelf(c, &s);
	if (r < 0)
		return r;
	if (!list)
		return -ENOMEM;
	r = list_names(c, &s, list);
	if (r < 0)
		return r;
	return call_return(c, json_pack("{s:O}", "value", list));
}

int cmd_remove_xattr(struct call *c)
{
	struct xattr x;
	int r;

	r = call_xattr(c, &x);
	if (r < 0)
		return r;
	if (x.special)
		return call_fail(c, -EINVAL, "attributes of LFS stay");
	r = db_run(c->lib->db, SQL_XATTR_DELETE, sql_int(x.shelf.id),
		   sql_text(x.name));
	if (r == 0 && !db_changes(c->lib->db))
		return -ENODATA;
	return r;
}
