/* SPDX-License-Identifier: MIT */

/* call.c - Parameters and results of commands */

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "cleanup.h"
#include "commands.h"
#include "json.h"
#include "jwrite.h"
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

static void put_int(struct jwrite *w, const char *key, int64_t v)
{
	jwrite_key(w, key);
	jwrite_int(w, v);
}

/* Its members; the object is open. */
static void write_shelf(struct jwrite *w, const struct shelf *s, int64_t handle)
{
	put_int(w, "id", s->id);
	jwrite_key(w, "name");
	jwrite_text(w, s->name, strlen(s->name));
	put_int(w, "parent_id", s->parent_id);
	put_int(w, "mode", s->mode);
	put_int(w, "size_bytes", (int64_t)s->size_bytes);
	put_int(w, "book_count", (int64_t)s->book_count);
	put_int(w, "link_count", s->link_count);
	put_int(w, "creator_id", s->creator_id);
	put_int(w, "ctime", s->ctime);
	put_int(w, "mtime", s->mtime);
	jwrite_key(w, "open_handle");
	if (handle)
		jwrite_int(w, handle);
	else
		jwrite_null(w);
	jwrite_key(w, "bos");
	jwrite_open(w, '[');
	jwrite_close(w, ']');
}

void shelf_write(struct jwrite *w, const struct shelf *s, int64_t handle)
{
	jwrite_open(w, '{');
	write_shelf(w, s, handle);
	jwrite_close(w, '}');
}

/* The places of its books in the FAM, in order. */
static int write_books(struct call *c, int64_t shelf_id)
{
	sqlite3_stmt *rows;
	int r;

	r = db_query(c->lib->db, SQL_IDS_OF_SHELF, &rows, sql_int(shelf_id));
	if (r < 0)
		return r;
	jwrite_key(c->out, "books");
	jwrite_open(c->out, '[');
	while ((r = db_next(c->lib->db, rows)) > 0)
		jwrite_int(c->out,
			   (int64_t)pool_flat(
				   &c->lib->pool,
				   (uint64_t)sqlite3_column_int64(rows, 0)));
	jwrite_close(c->out, ']');
	return r;
}

int call_return_shelf(struct call *c, const struct shelf *s, int64_t handle,
		      json_t *more)
{
	CLEANUP_JSON json_t *extra = more;
	bool want_books;
	int r;

	r = call_flag(c, "want_books", &want_books);
	if (r < 0)
		return r;
	jwrite_open(c->out, '{');
	write_shelf(c->out, s, handle);
	if (extra)
		jwrite_members(c->out, extra);
	if (want_books)
		r = write_books(c, s->id);
	jwrite_close(c->out, '}');
	return r;
}

/* ---- rows ----------------------------------------------------------------- */

static void write_column(struct jwrite *w, sqlite3_stmt *row, int i)
{
	switch (sqlite3_column_type(row, i)) {
	case SQLITE_NULL:
		jwrite_null(w);
		break;
	case SQLITE_TEXT:
		jwrite_text(w, (const char *)sqlite3_column_text(row, i),
			    (size_t)sqlite3_column_bytes(row, i));
		break;
	default:
		jwrite_int(w, sqlite3_column_int64(row, i));
	}
}

void row_write(struct jwrite *w, sqlite3_stmt *row, const char *const *keys,
	       size_t n)
{
	jwrite_open(w, '{');
	for (size_t i = 0; i < n; i++) {
		jwrite_key(w, keys[i]);
		write_column(w, row, (int)i);
	}
	jwrite_close(w, '}');
}

int call_write_rows(struct call *c, sqlite3_stmt *rows, const char *const *keys,
		    size_t n)
{
	int r;

	while ((r = db_next(c->lib->db, rows)) > 0)
		row_write(c->out, rows, keys, n);
	return r;
}

int call_return_rows(struct call *c, sqlite3_stmt *rows,
		     const char *const *keys, size_t n)
{
	int r;

	jwrite_open(c->out, '[');
	r = call_write_rows(c, rows, keys, n);
	jwrite_close(c->out, ']');
	return r;
}
