/* SPDX-License-Identifier: MIT */

/* commands_xattr.c - Extended attributes
 *
 * Attributes user.LFS.* are ours and mean something, see xattr_lfs.h. All others
 * are stored as they come, see xattr_value.h: those in user.*, and for clients
 * of protocol 2 in the other name spaces of files as well, whose rules the
 * nodes' kernels know.
 */

#include <errno.h>
#include <string.h>

#include "base64.h"
#include "cleanup.h"
#include "commands.h"
#include "jread.h"
#include "json.h"
#include "librarian.h"
#include "shelf.h"
#include "xattr_lfs.h"
#include "xattr_value.h"

struct xattr {
	struct shelf shelf;
	const char *name;
	const struct xattr_lfs *special; /* NULL: an ordinary one */
};

static bool is_in(const char *name, const char *space)
{
	size_t len = strlen(space);

	return !strncmp(name, space, len) && name[len];
}

/* tm-librarian's clients know of nothing but user.*. */
static bool may_see(const struct call *c, const char *name)
{
	return is_in(name, "user.") ||
	       (call_is_posix(c) &&
		(is_in(name, "trusted.") || is_in(name, "security.")));
}

static int check_space(struct call *c, const char *name)
{
	if (may_see(c, name))
		return 0;
	if (call_is_posix(c))
		return call_fail(c, -EOPNOTSUPP, "no such attributes here");
	return call_fail(c, -EINVAL, "attributes begin with 'user.'");
}

static int call_xattr(struct call *c, struct xattr *x)
{
	int r;

	r = call_shelf(c, &x->shelf);
	if (r == 0)
		r = call_text(c, "xattr", &x->name);
	if (r == 0)
		r = check_space(c, x->name);
	if (r < 0)
		return r;
	if (strlen(x->name) > LIBRARIAN_NAME_MAX)
		return -ENAMETOOLONG;
	x->special = xattr_lfs_find(x->name);
	if (!x->special && !strncmp(x->name, XATTR_LFS, strlen(XATTR_LFS)))
		return call_fail(c, -ENOTSUP, "no such attribute of LFS");
	if (x->special && !xattr_lfs_is_of(x->special, &x->shelf))
		return call_fail(c, -ENOTSUP, "not an attribute of this");
	return 0;
}

/* ---- getting -------------------------------------------------------------- */

static int get_stored(struct call *c, const struct xattr *x, json_t **ret_value)
{
	CLEANUP_FREE char *text = NULL;
	size_t len;
	int r;

	r = db_get_text(c->lib->db, SQL_XATTR_GET, &text, &len,
			sql_int(x->shelf.id), sql_text(x->name));
	if (r == -ENOENT)
		return call_fail(c, -ENODATA, NULL);
	if (r == 0)
		*ret_value = json_stringn(text, len);
	return r;
}

/* The bytes that a text stands for, as base64. */
static json_t *coded_value(const json_t *value)
{
	size_t len = json_string_length(value);
	CLEANUP_FREE char *bytes = malloc(len + 1);
	CLEANUP_FREE char *coded = malloc(BASE64_LEN(len) + 1);

	if (!bytes || !coded)
		return NULL;
	memcpy(bytes, json_string_value(value), len);
	len = xattr_value_bytes(bytes, len);
	base64_encode(bytes, len, coded);
	return json_string(coded);
}

int cmd_get_xattr(struct call *c)
{
	CLEANUP_JSON json_t *value = NULL;
	struct xattr x;
	bool coded;
	int r;

	r = call_flag(c, "b64", &coded);
	if (r == 0)
		r = call_xattr(c, &x);
	if (r == 0)
		r = x.special ? x.special->get(c, &x.shelf, &value) :
				get_stored(c, &x, &value);
	if (r < 0)
		return r;
	if (coded)
		return call_return(c, json_pack("{s:o}", "value_b64",
						coded_value(value)));
	return call_return(c, json_pack("{s:O}", "value", value));
}

/* ---- setting -------------------------------------------------------------- */

/* Bytes come as base64, or as a text in which each character is one. */
static int decode_value(struct call *c, const struct jvalue *coded,
			char **ret_text, size_t *ret_len)
{
	CLEANUP_FREE char *bytes = NULL;
	size_t n = 0;

	if (coded->type != JVALUE_TEXT)
		return call_fail(c, -EINVAL, "value is not a text");
	if (coded->n > BASE64_LEN(XATTR_VALUE_MAX))
		return -E2BIG;
	bytes = malloc((size_t)coded->n + 1);
	if (!bytes)
		return -ENOMEM;
	if (base64_decode(coded->text, coded->n, bytes, &n) < 0)
		return call_fail(c, -EINVAL, "not base64");
	if (n > XATTR_VALUE_MAX)
		return -E2BIG;
	return xattr_value_text(bytes, n, ret_text, ret_len);
}

static int call_value(struct call *c, char **ret_text, size_t *ret_len)
{
	const struct jvalue *coded = jvalue_get(c->args, "value_b64");
	const struct jvalue *value = jvalue_get(c->args, "value");

	if (coded)
		return decode_value(c, coded, ret_text, ret_len);
	if (!jvalue_is(value, JVALUE_TEXT))
		return call_fail(c, -EINVAL, "value is not a text");
	if (value->n > XATTR_VALUE_MAX)
		return -E2BIG;
	*ret_len = value->n;
	*ret_text = malloc(*ret_len + 1);
	if (!*ret_text)
		return -ENOMEM;
	memcpy(*ret_text, value->text, *ret_len + 1);
	return 0;
}

/* Whether it may be there already, or has to be. */
static int check_flags(struct call *c, const struct xattr *x)
{
	const char *flags = "";
	int64_t there = 1;
	int r = 0;

	if (!jvalue_get(c->args, "flags"))
		return 0;
	r = call_text(c, "flags", &flags);
	if (r == 0 && !x->special)
		r = db_get(c->lib->db, SQL_XATTR_IS_THERE, &there,
			   sql_int(x->shelf.id), sql_text(x->name));
	if (r < 0)
		return r;
	if (!strcmp(flags, "create"))
		return there ? -EEXIST : 0;
	if (!strcmp(flags, "replace"))
		return there ? 0 : -ENODATA;
	return call_fail(c, -EINVAL, "flags are 'create' or 'replace'");
}

static int set_value(struct call *c, struct xattr *x, const char *text,
		     size_t len)
{
	int r;

	if (x->special && !x->special->set)
		return call_fail(c, -ENOTSUP, "read only");
	if (x->special)
		r = x->special->set(c, &x->shelf, text, len);
	else
		r = db_run(c->lib->db, SQL_XATTR_SET, sql_int(x->shelf.id),
			   sql_text(x->name), sql_bytes(text, len));
	return r < 0 ? r : shelf_changed(c->lib, &x->shelf);
}

int cmd_set_xattr(struct call *c)
{
	CLEANUP_FREE char *text = NULL;
	struct xattr x;
	size_t len = 0;
	int r;

	r = call_xattr(c, &x);
	if (r == 0)
		r = call_value(c, &text, &len);
	if (r == 0)
		r = check_flags(c, &x);
	return r < 0 ? r : set_value(c, &x, text, len);
}

/* ---- listing -------------------------------------------------------------- */

static int append_name(json_t *list, const char *name)
{
	return json_array_append_new(list, json_string(name)) < 0 ? -ENOMEM : 0;
}

/* The special ones, whether stored or not, then all others. */
static int list_names(struct call *c, const struct shelf *s, json_t *list)
{
	const struct xattr_lfs *x;
	sqlite3_stmt *rows;
	int r = 0;

	for (size_t i = 0; r == 0 && (x = xattr_lfs_at(i)); i++)
		if (xattr_lfs_is_of(x, s))
			r = append_name(list, x->name);
	if (r == 0)
		r = db_query(c->lib->db, SQL_XATTR_LIST, &rows, sql_int(s->id));
	if (r < 0)
		return r;
	while ((r = db_next(c->lib->db, rows)) > 0) {
		const char *name = (const char *)sqlite3_column_text(rows, 0);

		if (!name)
			r = -ENOMEM;
		else if (!xattr_lfs_find(name) && may_see(c, name))
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
	return r < 0 ? r : shelf_changed(c->lib, &x.shelf);
}
