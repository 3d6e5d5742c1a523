/* SPDX-License-Identifier: MIT */

/* lmp_shelf.c - Directories and shelves as monitoring clients get them */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "cleanup.h"
#include "json.h"
#include "lmp_view.h"
#include "policy.h"
#include "shelf.h"
#include "utf8.h"

/* There are no owners of shelves; tm-librarian's clients expect these. */
#define OWNER 42

static const char *type_of(uint32_t mode)
{
	return S_ISDIR(mode) ? "directory" : S_ISLNK(mode) ? "link" : "file";
}

/* "0777" */
static const char *mode_text(uint32_t mode, char *buf, size_t size)
{
	(void)snprintf(buf, size, "%04o", mode & 07777);
	return buf;
}

/* The name of a file's policy; others have none. */
static int policy_name(struct lmp_view *v, const struct shelf *s, char **ret)
{
	return db_get_text(v->reader.db, SQL_SHELF_POLICY, ret, NULL,
			   sql_int(s->id));
}

struct listing {
	struct lmp_view *v;
	json_t *entries;
};

static int list_entry(const struct shelf *s, void *arg)
{
	const struct listing *l = arg;
	CLEANUP_FREE char *policy = NULL;
	CLEANUP_FREE char *name = utf8_show(s->name);
	char mode[8];
	int r;

	if (!name)
		return -ENOMEM;
	if (shelf_name_is_unlinked(s->name))
		return 0;
	r = policy_name(l->v, s, &policy);
	if (r < 0)
		return r;
	return json_array_append_new(
		       l->entries,
		       json_pack("{s:s, s:s, s:i, s:i, s:s, s:I, s:I, s:s}",
				 "name", name, "type", type_of(s->mode),
				 "owner", OWNER, "group", OWNER, "mode",
				 mode_text(s->mode, mode, sizeof(mode)), "size",
				 (json_int_t)s->size_bytes, "id",
				 (json_int_t)s->id, "policy", policy)) < 0 ?
		       -ENOMEM :
		       0;
}

static int view_directory(struct lmp_view *v, const struct shelf *s,
			  json_t **ret_value)
{
	CLEANUP_JSON json_t *entries = json_array();
	struct listing l = { v, entries };
	char mode[8];
	int r;

	if (!entries)
		return -ENOMEM;
	r = shelf_each(&v->reader, s->id, list_entry, &l);
	if (r < 0)
		return r;
	*ret_value = json_pack("{s:i, s:i, s:s, s:O}", "owner", OWNER, "group",
			       OWNER, "mode",
			       mode_text(s->mode, mode, sizeof(mode)),
			       "entries", entries);
	return *ret_value ? 0 : -ENOMEM;
}

/* The first column of all rows, as numbers or texts; what comes twice in
 * sequence is there once.
 */
static int column(struct lmp_view *v, enum sql id, int64_t shelf,
		  json_t **ret_value)
{
	CLEANUP_JSON json_t *list = json_array();
	sqlite3_stmt *rows;
	int r;

	r = db_query(v->reader.db, id, &rows, sql_int(shelf));
	if (r < 0)
		return r;
	while ((r = db_next(v->reader.db, rows)) > 0) {
		json_t *o =
			sqlite3_column_type(rows, 0) == SQLITE_INTEGER ?
				json_integer(sqlite3_column_int64(rows, 0)) :
				json_string((const char *)sqlite3_column_text(
					rows, 0));

		if (json_equal(o, json_array_get(list,
						 json_array_size(list) - 1))) {
			json_decref(o);
			continue;
		}
		if (json_array_append_new(list, o) < 0) {
			db_end(rows);
			return -ENOMEM;
		}
	}
	if (r == 0)
		*ret_value = take_ptr(&list);
	return r;
}

static int view_file(struct lmp_view *v, const struct shelf *s,
		     json_t **ret_value)
{
	CLEANUP_JSON json_t *active = NULL, *books = NULL;
	CLEANUP_FREE char *policy = NULL;
	char mode[8];
	int r;

	r = policy_name(v, s, &policy);
	if (r == 0)
		r = column(v, SQL_LMP_HOLDERS, s->id, &active);
	if (r == 0)
		r = column(v, SQL_IDS_OF_SHELF, s->id, &books);
	if (r < 0)
		return r;
	*ret_value = json_pack("{s:i, s:i, s:s, s:I, s:I, s:s, s:O, s:O}",
			       "owner", OWNER, "group", OWNER, "mode",
			       mode_text(s->mode, mode, sizeof(mode)), "size",
			       (json_int_t)s->size_bytes, "booksize",
			       (json_int_t)v->lib->pool.book_size, "policy",
			       policy, "active", active, "books", books);
	return *ret_value ? 0 : -ENOMEM;
}

int lmp_view_shelf(struct lmp_view *v, const char *path, json_t **ret_value)
{
	struct shelf s;
	int r;

	r = shelf_walk(&v->reader, path, &s);
	if (r == -ENOTDIR || r == -ENAMETOOLONG || r == -EINVAL)
		r = -ENOENT;
	if (r < 0)
		return r;
	return S_ISDIR(s.mode) ? view_directory(v, &s, ret_value) :
				 view_file(v, &s, ret_value);
}
