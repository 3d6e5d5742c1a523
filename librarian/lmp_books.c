/* SPDX-License-Identifier: MIT */

/* lmp_books.c - The list of all books, sent in pieces */

#include "lmp_books.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/http.h>
#include <inttypes.h>
#include <stdlib.h>

#include "cleanup.h"
#include "directory.h"
#include "json.h"
#include "jwrite.h"
#include "loop.h"
#include "shelf.h"
#include "utf8.h"

#define PIECE 500 /* books */

struct lmp_books {
	struct lmp_view *v;
	struct evhttp_request *req;
	unsigned *under_way;
	int ig;	       /* -1 = all */
	int64_t last;  /* id of the last one that was sent */
	bool any;      /* there was one */
	int64_t shelf; /* whose path is at hand; 0 = none */
	char path[SHELF_PATH_MAX + 1];
};

static void forget(struct lmp_books *b)
{
	(*b->under_way)--;
	free(b);
}

/* A request whose connection has failed is left to us; otherwise it goes with
 * its connection.
 */
static void closed(struct evhttp_connection *c, void *arg)
{
	struct lmp_books *b = arg;

	(void)c;
	if (!evhttp_request_get_connection(b->req))
		evhttp_send_reply_end(b->req);
	forget(b);
}

static void finish(struct lmp_books *b, struct evhttp_connection *c)
{
	evhttp_connection_set_closecb(c, NULL, NULL);
	evhttp_send_reply_end(b->req);
	forget(b);
}

/* A shelf is known by its path, without the "/" in front: in the root it is
 * its name. Bytes that are no text are shown as such.
 */
static const char *path_of(struct lmp_books *b, int64_t shelf)
{
	struct shelf s;

	if (b->shelf == shelf)
		return b->path + 1;
	b->shelf = 0;
	if (shelf_by_id(&b->v->reader, shelf, &s) < 0 ||
	    directory_path(&b->v->reader, &s, b->path, sizeof(b->path)) < 0)
		return "";
	b->shelf = shelf;
	return b->path + 1;
}

static json_t *book_to_json(struct lmp_books *b, sqlite3_stmt *row)
{
	CLEANUP_JSON json_t *o = json_pack(
		"{s:I, s:s}", "lza", (json_int_t)sqlite3_column_int64(row, 0),
		"state", lmp_state_name(sqlite3_column_int64(row, 1)));
	json_int_t size = (json_int_t)b->v->lib->pool.book_size;

	CLEANUP_FREE char *shelf = NULL;

	if (o && b->ig < 0 &&
	    json_object_set_new(o, "ig",
				json_integer(sqlite3_column_int64(row, 2))) < 0)
		return NULL;
	if (!o || sqlite3_column_type(row, 3) == SQLITE_NULL)
		return take_ptr(&o);
	shelf = utf8_show(path_of(b, sqlite3_column_int64(row, 3)));
	/* The first book of a shelf has the number 1. */
	if (json_object_set_new(
		    o, "offset",
		    json_integer((sqlite3_column_int64(row, 4) - 1) * size)) <
		    0 ||
	    json_object_set_new(o, "shelf", json_string(shelf)) < 0)
		return NULL;
	return take_ptr(&o);
}

static int add_book(struct lmp_books *b, sqlite3_stmt *row,
		    struct evbuffer *out)
{
	CLEANUP_JSON json_t *o = book_to_json(b, row);

	if (!o || (b->any && evbuffer_add(out, ",\n", 2) < 0))
		return -ENOMEM;
	b->any = true;
	b->last = sqlite3_column_int64(row, 0);
	return jwrite_evbuffer(out, o, SIZE_MAX);
}

/* Return: how many there were, or a negative errno */
static int add_piece(struct lmp_books *b, struct evbuffer *out)
{
	struct db *db = b->v->reader.db;
	sqlite3_stmt *rows;
	int n = 0, r;

	if (b->ig < 0)
		r = db_query(db, SQL_LMP_BOOKS, &rows, sql_int(b->last),
			     sql_int(PIECE));
	else
		r = db_query(
			db, SQL_LMP_BOOKS_IN, &rows, sql_int(b->last),
			sql_int(PIECE),
			sql_int(pool_group(&b->v->lib->pool, (unsigned)b->ig)));
	if (r < 0)
		return r;
	while ((r = db_next(db, rows)) > 0) {
		r = add_book(b, rows, out);
		if (r < 0) {
			db_end(rows);
			return r;
		}
		n++;
	}
	return r < 0 ? r : n;
}

/* What cannot be made any more is cut off: the client sees no end of the JSON. */
static void next_piece(struct evhttp_connection *c, void *arg)
{
	CLEANUP_EVBUFFER struct evbuffer *out = evbuffer_new();
	struct lmp_books *b = arg;
	int n = out ? add_piece(b, out) : -ENOMEM;

	if (n == 0 && evbuffer_add(out, "]}\n", 3) == 0)
		evhttp_send_reply_chunk(b->req, out);
	if (n <= 0)
		finish(b, c);
	else
		evhttp_send_reply_chunk_with_cb(b->req, out, next_piece, b);
}

int lmp_books_send(struct lmp_view *v, struct evhttp_request *req, int ig,
		   unsigned *under_way)
{
	CLEANUP_EVBUFFER struct evbuffer *out = evbuffer_new();
	struct evhttp_connection *c = evhttp_request_get_connection(req);
	struct lmp_books *b;

	if (ig > (int)LZA_IG_MAX || (ig >= 0 && !v->lib->pool.igs[ig].books))
		return -ENOENT;
	if (*under_way >= LMP_BOOKS_MAX)
		return -EBUSY;
	b = calloc(1, sizeof(*b));
	if (!b || !out ||
	    evbuffer_add_printf(out, "{\"book_size\":%" PRIu64 ",\"books\":[",
				v->lib->pool.book_size) < 0) {
		free(b);
		return -ENOMEM;
	}
	b->v = v;
	b->req = req;
	b->ig = ig;
	b->last = -1;
	b->under_way = under_way;
	(*under_way)++;
	evhttp_connection_set_closecb(c, closed, b);
	evhttp_send_reply_start(req, HTTP_OK, "OK");
	evhttp_send_reply_chunk_with_cb(req, out, next_piece, b);
	return 0;
}
