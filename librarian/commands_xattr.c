/* SPDX-License-Identifier: MIT */

/* commands_xattr.c - Extended attributes
 *
 * Attributes user.LFS.* are ours and mean something, see xattr_lfs.h. All others in user.* are stored as the client sends them: a text in
 * which each character stands for a byte, as tm-librarian's clients have it.
 */

#include <errno.h>
#include <string.h>

#include "cleanup.h"
#include "commands.h"
#include "json.h"
#include "librarian.h"
#include "shelf.h"
#include "xattr_lfs.h"

#define XATTR_USER "user."
#define XATTR_VALUE_MAX 65536 /* the kernel's own limit */

struct xattr {
	struct shelf shelf;
	const char *name;
	const struct xattr_lfs *special; /* NULL: an ordinary one */
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
	x->special = xattr_lfs_find(x->name);
	if (!x->special && !strncmp(x->name, XATTR_LFS, strlen(XATTR_LFS)))
		return call_fail(c, -ENOTSUP, "no such attribute of LFS");
	if (x->special && !xattr_lfs_is_of(x->special, &x->shelf))
		return call_fail(c, -ENOTSUP, "not an attribute of this");
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
	board_count_shelf(c->lib, x.shelf.id);
	if (x.special) {
		if (!x.special->set)
			return call_fail(c, -ENOTSUP, "read only");
		return x.special->set(c, &x.shelf, json_string_value(value),
				      json_string_length(value));
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
		else if (!xattr_lfs_find(name))
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
	board_count_shelf(c->lib, x.shelf.id);
	r = db_run(c->lib->db, SQL_XATTR_DELETE, sql_int(x.shelf.id),
		   sql_text(x.name));
	if (r == 0 && !db_changes(c->lib->db))
		return -ENODATA;
	return r;
}
