/* SPDX-License-Identifier: MIT */

/* shelf_json.c - Shelves as clients get them
 *
 * Whoever speaks protocol 2 gets what POSIX knows of a file, and how long it
 * holds; all others what tm-librarian has.
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base64.h"
#include "cleanup.h"
#include "commands.h"
#include "json.h"
#include "jwrite.h"
#include "librarian.h"
#include "shelf.h"
#include "utf8.h"

#define SECOND 1000000000LL

/* ---- bytes ---------------------------------------------------------------- */

static void write_coded(struct jwrite *w, const char *key, const char *text)
{
	char coded[BASE64_LEN(SHELF_PATH_MAX) + 1], name[32];

	base64_encode(text, strnlen(text, SHELF_PATH_MAX), coded);
	(void)snprintf(name, sizeof(name), "%s_b64", key);
	jwrite_key(w, name);
	jwrite_text(w, coded, strlen(coded));
}

static bool is_text(const struct call *c, const char *text)
{
	return utf8_is_valid(text, strlen(text)) || !call_is_posix(c);
}

void call_write_bytes(struct call *c, const char *key, const char *text)
{
	if (!is_text(c, text)) {
		write_coded(c->out, key, text);
		return;
	}
	jwrite_key(c->out, key);
	jwrite_shown(c->out, text);
}

int call_return_bytes(struct call *c, const char *key, const char *text)
{
	if (is_text(c, text)) {
		jwrite_shown(c->out, text);
		return 0;
	}
	jwrite_open(c->out, '{');
	write_coded(c->out, key, text);
	jwrite_close(c->out, '}');
	return 0;
}

/* ---- shelves -------------------------------------------------------------- */

static void put_int(struct jwrite *w, const char *key, int64_t v)
{
	jwrite_key(w, key);
	jwrite_int(w, v);
}

static void write_handle(struct jwrite *w, int64_t handle)
{
	jwrite_key(w, "open_handle");
	if (handle)
		jwrite_int(w, handle);
	else
		jwrite_null(w);
}

/* tm-librarian's clients know of no size of symbolic links. */
static int64_t size_of(const struct call *c, const struct shelf *s)
{
	return S_ISLNK(s->mode) && !call_is_posix(c) ? 0 :
						       (int64_t)s->size_bytes;
}

/* What both have. */
static void write_common(struct call *c, const struct shelf *s)
{
	put_int(c->out, "id", s->id);
	call_write_bytes(c, "name", s->name);
	put_int(c->out, "parent_id", s->parent_id);
	put_int(c->out, "mode", s->mode);
	put_int(c->out, "size_bytes", size_of(c, s));
	put_int(c->out, "book_count", (int64_t)s->book_count);
	put_int(c->out, "link_count", s->link_count);
	put_int(c->out, "creator_id", s->creator_id);
}

static int64_t seconds(int64_t ns)
{
	return ns / SECOND - (ns % SECOND < 0);
}

static void write_plain(struct jwrite *w, const struct shelf *s, int64_t handle)
{
	put_int(w, "ctime", s->ctime);
	put_int(w, "mtime", seconds(s->mtime));
	write_handle(w, handle);
	jwrite_key(w, "bos");
	jwrite_open(w, '[');
	jwrite_close(w, ']');
}

static void write_posix(struct call *c, const struct shelf *s, int64_t handle)
{
	struct jwrite *w = c->out;

	put_int(w, "uid", s->uid);
	put_int(w, "gid", s->gid);
	put_int(w, "rdev", (int64_t)s->rdev);
	put_int(w, "atime_ns", s->atime);
	put_int(w, "mtime_ns", s->mtime);
	put_int(w, "ctime_ns", s->changed);
	if (c->lib->board.board)
		put_int(w, "gen", board_gen(c->lib, s->id));
	if (s->revocation)
		put_int(w, "revocation", s->revocation);
	write_handle(w, handle);
}

/* Its members; the object is open. */
static void write_shelf(struct call *c, const struct shelf *s, int64_t handle)
{
	write_common(c, s);
	if (call_is_posix(c))
		write_posix(c, s, handle);
	else
		write_plain(c->out, s, handle);
}

void call_write_shelf(struct call *c, const struct shelf *s, int64_t handle)
{
	jwrite_open(c->out, '{');
	write_shelf(c, s, handle);
	jwrite_close(c->out, '}');
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

/* ---- generations ---------------------------------------------------------- */

void call_see_names(struct call *c, int64_t dir_id)
{
	if (call_is_posix(c) && c->lib->board.board)
		c->names[c->n_names++] =
			(struct names_seen){ dir_id,
					     board_names_gen(c->lib, dir_id) };
}

static void write_names(struct call *c)
{
	static const char *const keys[][2] = {
		{ "names_gen_before", "names_gen" },
		{ "newnames_gen_before", "newnames_gen" },
	};

	for (size_t i = 0; i < c->n_names && i < ARRAY_SIZE(keys); i++) {
		put_int(c->out, keys[i][0], c->names[i].gen);
		put_int(c->out, keys[i][1],
			board_names_gen(c->lib, c->names[i].dir_id));
	}
}

/* The directories as they have become: who has changed one is asked for its
 * attributes next.
 */
static int write_dirs(struct call *c)
{
	static const char *const keys[] = { "dir", "newdir" };
	int r = 0;

	for (size_t i = 0; r == 0 && i < c->n_names && i < ARRAY_SIZE(keys);
	     i++) {
		struct shelf dir;

		if (i && c->names[i].dir_id == c->names[0].dir_id)
			break;
		r = shelf_by_id(c->lib, c->names[i].dir_id, &dir);
		if (r < 0)
			return r;
		jwrite_key(c->out, keys[i]);
		call_write_shelf(c, &dir, 0);
	}
	return r;
}

int call_return_shelf(struct call *c, const struct shelf *s, int64_t handle,
		      json_t *more)
{
	CLEANUP_JSON json_t *extra = more;
	bool want_books, want_dirs = false;
	int r;

	r = call_flag(c, "want_books", &want_books);
	if (r == 0)
		r = call_flag(c, "want_dirs", &want_dirs);
	if (r < 0)
		return r;
	jwrite_open(c->out, '{');
	write_shelf(c, s, handle);
	write_names(c);
	if (want_dirs)
		r = write_dirs(c);
	if (extra)
		jwrite_members(c->out, extra);
	if (r == 0 && want_books)
		r = write_books(c, s->id);
	jwrite_close(c->out, '}');
	return r;
}
