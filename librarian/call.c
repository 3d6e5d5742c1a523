/* SPDX-License-Identifier: MIT */

/* call.c - Parameters and results of commands */

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "cleanup.h"
#include "commands.h"
#include "json.h"
#include "librarian.h"
#include "parse.h"
#include "shelf.h"

/* Whole numbers below are exact in a double. */
#define REAL_MAX 9007199254740992.0

int call_fail(struct call *c, int error, const char *why)
{
	c->why = why;
	return error;
}

int call_text(struct call *c, const char *key, const char **ret_text)
{
	const json_t *v = json_object_get(c->args, key);

	if (!json_is_string(v))
		return call_fail(c, -EINVAL, "a text is missing");
	if (strlen(json_string_value(v)) != json_string_length(v))
		return call_fail(c, -EINVAL, "a text contains NUL");
	*ret_text = json_string_value(v);
	return 0;
}

bool call_to_number(const json_t *j, int64_t *ret_v)
{
	uint64_t v;

	if (json_is_integer(j)) {
		*ret_v = json_integer_value(j);
		return true;
	}
	/* Python's clients may send 12.0 where they mean 12. */
	if (json_is_real(j) && json_real_value(j) > -REAL_MAX &&
	    json_real_value(j) < REAL_MAX) {
		*ret_v = (int64_t)json_real_value(j);
		return true;
	}
	/* Their command line sends every word as a text. */
	if (json_is_string(j) &&
	    strlen(json_string_value(j)) == json_string_length(j) &&
	    parse_u64(json_string_value(j), 0, INT64_MAX, &v) == 0) {
		*ret_v = (int64_t)v;
		return true;
	}
	return false;
}

int call_number(struct call *c, const char *key, int64_t min, int64_t max,
		int64_t absent, int64_t *ret_v)
{
	const json_t *j = json_object_get(c->args, key);
	bool given = j && !json_is_null(j);
	int64_t v = absent;

	if (given && !call_to_number(j, &v))
		return call_fail(c, -EINVAL, "not a number");
	if (v < min || v > max)
		return call_fail(c, -EINVAL,
				 given ? "a number out of range" :
					 "a number is missing");
	*ret_v = v;
	return 0;
}

int call_flag(struct call *c, const char *key, bool *ret_v)
{
	bool v = false;
	int r;

	r = json_get_bool(c->args, key, &v);
	if (r < 0 && r != -ENOENT)
		return call_fail(c, -EINVAL, "neither true nor false");
	*ret_v = v;
	return 0;
}

int call_shelf(struct call *c, struct shelf *ret_s)
{
	const char *path;
	struct shelf s;
	int64_t id;
	int r;

	r = call_number(c, "id", 0, INT64_MAX, 0, &id);
	if (r < 0)
		return r;
	if (id && !json_object_get(c->args, "path")) {
		r = shelf_by_id(c->lib, id, &s);
	} else {
		r = call_text(c, "path", &path);
		if (r == 0)
			r = shelf_walk(c->lib, path, &s);
		if (r == 0 && id && s.id != id)
			r = call_fail(c, -ESTALE, "that path is another's");
	}
	if (r == -ENOENT)
		return call_fail(c, r, "no such shelf");
	if (r == 0)
		*ret_s = s;
	return r;
}

int call_place(struct call *c, const char *key, struct shelf_place *ret_place)
{
	const char *path;
	int r;

	r = call_text(c, key, &path);
	return r < 0 ? r : shelf_walk_parent(c->lib, path, ret_place);
}

int call_new_place(struct call *c, struct shelf_place *ret_place)
{
	int r;

	r = call_place(c, "path", ret_place);
	if (r == 0 && shelf_name_is_unlinked(ret_place->name))
		return call_fail(c, -EPERM, "such names are not for use");
	return r;
}

int call_mode(struct call *c, uint32_t type, uint32_t other, uint32_t *ret_mode)
{
	int64_t mode;
	uint32_t sent;
	int r;

	r = call_number(c, "mode", 0, S_IFMT | 07777,
			type == S_IFDIR ? 0777 : 0666, &mode);
	if (r < 0)
		return r;
	sent = (uint32_t)mode & S_IFMT;
	if (sent && sent != type && sent != other)
		return call_fail(c, -EINVAL, "not with this type of file");
	*ret_mode = (sent ? sent : type) | ((uint32_t)mode & 07777);
	return 0;
}

int call_return(struct call *c, json_t *value)
{
	if (!value)
		return -ENOMEM;
	json_decref(c->value);
	c->value = value;
	return 0;
}

json_t *shelf_to_json(const struct shelf *s, int64_t handle)
{
	CLEANUP_JSON json_t *o = json_pack(
		"{s:I, s:s, s:I, s:i, s:I, s:I, s:I, s:I, s:I, s:I, s:n, s:[]}",
		"id", (json_int_t)s->id, "name", s->name, "parent_id",
		(json_int_t)s->parent_id, "mode", (int)s->mode, "size_bytes",
		(json_int_t)s->size_bytes, "book_count",
		(json_int_t)s->book_count, "link_count",
		(json_int_t)s->link_count, "creator_id",
		(json_int_t)s->creator_id, "ctime", (json_int_t)s->ctime,
		"mtime", (json_int_t)s->mtime, "open_handle", "bos");

	if (o && handle &&
	    json_object_set_new(o, "open_handle", json_integer(handle)) < 0)
		return NULL;
	return take_ptr(&o);
}

json_t *row_to_json(sqlite3_stmt *row, const char *const *keys, size_t n)
{
	CLEANUP_JSON json_t *o = json_object();

	for (size_t i = 0; o && i < n; i++)
		if (json_object_set_new(o, keys[i],
					json_integer(sqlite3_column_int64(
						row, (int)i))) < 0)
			return NULL;
	return take_ptr(&o);
}

int call_return_rows(struct call *c, sqlite3_stmt *rows,
		     const char *const *keys, size_t n)
{
	CLEANUP_JSON json_t *list = json_array();
	int r;

	while ((r = db_next(c->lib->db, rows)) > 0) {
		if (json_array_append_new(list, row_to_json(rows, keys, n)) <
		    0) {
			db_end(rows);
			return -ENOMEM;
		}
	}
	return r < 0 ? r : call_return(c, take_ptr(&list));
}

json_t *shelf_books_to_json(struct librarian *lib, int64_t shelf_id)
{
	CLEANUP_JSON json_t *a = json_array();
	sqlite3_stmt *rows;
	int r;

	if (!a ||
	    db_query(lib->db, SQL_IDS_OF_SHELF, &rows, sql_int(shelf_id)) < 0)
		return NULL;
	while ((r = db_next(lib->db, rows)) > 0) {
		uint64_t id = (uint64_t)sqlite3_column_int64(rows, 0);
		uint64_t flat = pool_flat(&lib->pool, id);

		if (json_array_append_new(a, json_integer((json_int_t)flat)) <
		    0) {
			db_end(rows);
			return NULL;
		}
	}
	return r < 0 ? NULL : take_ptr(&a);
}

int call_return_shelf(struct call *c, const struct shelf *s, int64_t handle,
		      json_t *more)
{
	CLEANUP_JSON json_t *extra = more;
	CLEANUP_JSON json_t *o = shelf_to_json(s, handle);
	bool want_books;
	int r;

	if (!o || (extra && json_object_update(o, extra) < 0))
		return -ENOMEM;
	r = call_flag(c, "want_books", &want_books);
	if (r < 0)
		return r;
	if (want_books &&
	    json_object_set_new(o, "books",
				shelf_books_to_json(c->lib, s->id)) < 0)
		return -ENOMEM;
	return call_return(c, take_ptr(&o));
}
