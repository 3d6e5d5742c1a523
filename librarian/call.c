/* SPDX-License-Identifier: MIT */

/* call.c - Parameters and results of commands */

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "cleanup.h"
#include "commands.h"
#include "jread.h"
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
	const struct jvalue *v = jvalue_get(c->args, key);
	const char *text = jvalue_text(v);

	if (!text)
		return call_fail(c, -EINVAL,
				 jvalue_is(v, JVALUE_TEXT) ?
					 "a text contains NUL" :
					 "a text is missing");
	*ret_text = text;
	return 0;
}

bool call_to_number(const struct jvalue *v, int64_t *ret_v)
{
	const char *text = jvalue_text(v);
	uint64_t u;

	if (jvalue_is(v, JVALUE_INT)) {
		*ret_v = v->integer;
		return true;
	}
	/* Python's clients may send 12.0 where they mean 12. */
	if (jvalue_is(v, JVALUE_REAL) && v->real > -REAL_MAX &&
	    v->real < REAL_MAX) {
		*ret_v = (int64_t)v->real;
		return true;
	}
	/* Their command line sends every word as a text. */
	if (text && parse_u64(text, 0, INT64_MAX, &u) == 0) {
		*ret_v = (int64_t)u;
		return true;
	}
	return false;
}

int call_number(struct call *c, const char *key, int64_t min, int64_t max,
		int64_t absent, int64_t *ret_v)
{
	const struct jvalue *sent = jvalue_get(c->args, key);
	bool given = sent && sent->type != JVALUE_NULL;
	int64_t v = absent;

	if (given && !call_to_number(sent, &v))
		return call_fail(c, -EINVAL, "not a number");
	if (v < min || v > max)
		return call_fail(c, -EINVAL,
				 given ? "a number out of range" :
					 "a number is missing");
	*ret_v = v;
	return 0;
}

int call_number32(struct call *c, const char *key, uint32_t *ret_v)
{
	int64_t v = 0;
	int r;

	r = call_number(c, key, 0, UINT32_MAX, 0, &v);
	if (r == 0)
		*ret_v = (uint32_t)v;
	return r;
}

bool call_is_posix(const struct call *c)
{
	return c->session->protocol >= LIBRARIAN_PROTOCOL_POSIX;
}

int call_flag(struct call *c, const char *key, bool *ret_v)
{
	const struct jvalue *v = jvalue_get(c->args, key);

	if (v && v->type != JVALUE_TRUE && v->type != JVALUE_FALSE)
		return call_fail(c, -EINVAL, "neither true nor false");
	*ret_v = jvalue_is(v, JVALUE_TRUE);
	return 0;
}

/* A block device is a file that says so, for tm-librarian's mknod(2). */
static bool may_be(const struct call *c, uint32_t type, uint32_t sent)
{
	if (!sent || sent == type)
		return true;
	if (type != S_IFREG)
		return false;
	return sent == S_IFBLK ||
	       (call_is_posix(c) &&
		(sent == S_IFIFO || sent == S_IFSOCK || sent == S_IFCHR));
}

int call_mode(struct call *c, uint32_t type, uint32_t *ret_mode)
{
	int64_t mode;
	uint32_t sent;
	int r;

	r = call_number(c, "mode", 0, S_IFMT | 07777,
			type == S_IFDIR ? 0777 : 0666, &mode);
	if (r < 0)
		return r;
	sent = (uint32_t)mode & S_IFMT;
	if (!may_be(c, type, sent))
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

/* ---- rows ----------------------------------------------------------------- */

static void write_column(struct jwrite *w, sqlite3_stmt *row, int i)
{
	switch (sqlite3_column_type(row, i)) {
	case SQLITE_NULL:
		jwrite_null(w);
		break;
	case SQLITE_TEXT:
		jwrite_shown(w, (const char *)sqlite3_column_text(row, i));
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
