/* SPDX-License-Identifier: MIT */

/* revoke.c - Taking books off a shelf that other nodes hold */

#include "revoke.h"

#include <errno.h>
#include <sys/stat.h>

#include "cleanup.h"
#include "hard_link.h"
#include "json.h"
#include "librarian.h"
#include "shelf.h"

/* ---- who ------------------------------------------------------------------ */

struct node_set {
	bool has[LIBRARIAN_NODES_MAX + 1];
};

static int list_holders(struct librarian *lib, int64_t shelf_id,
			struct node_set *ret_nodes)
{
	sqlite3_stmt *rows;
	int r;

	*ret_nodes = (struct node_set){ 0 };
	r = db_query(lib->db, SQL_HOLDERS, &rows, sql_int(shelf_id));
	if (r < 0)
		return r;
	while ((r = db_next(lib->db, rows)) > 0) {
		int64_t node = sqlite3_column_int64(rows, 0);

		if (pool_has_node(&lib->pool, (uint64_t)node))
			ret_nodes->has[node] = true;
	}
	return r;
}

static bool is_listening(const struct session *s)
{
	return s->events && !s->closing;
}

int revoke_is_possible(struct librarian *lib, const struct shelf *s,
		       uint32_t node_id, bool *ret_possible)
{
	struct node_set deaf;
	const struct session *session;
	int r;

	*ret_possible = false;
	if (!zero_here(&lib->zero))
		return 0;
	r = list_holders(lib, s->id, &deaf);
	if (r < 0)
		return r;
	deaf.has[node_id] = false;
	TAILQ_FOREACH(session, &lib->sessions, link)
	if (is_listening(session))
		deaf.has[session->node_id] = false;
	for (unsigned i = 1; i <= LIBRARIAN_NODES_MAX; i++)
		if (deaf.has[i])
			return 0;
	*ret_possible = true;
	return 0;
}

/* ---- taking --------------------------------------------------------------- */

int revoke_cut(struct librarian *lib, const struct shelf *s, uint64_t keep,
	       uint32_t node_id, int64_t *ret_generation)
{
	const struct shelf_new what = { .mode = S_IFREG, .node_id = node_id };
	uint64_t n = s->book_count - keep;
	struct shelf hidden;
	int64_t handles = 0;
	int r;

	r = shelf_insert_nameless(lib, &what, false, &hidden);
	if (r == 0)
		r = db_run(lib->db, SQL_BOOKS_MOVE, sql_int(s->id),
			   sql_int((int64_t)keep), sql_int(hidden.id));
	if (r == 0 && (uint64_t)db_changes(lib->db) != n)
		r = -EUCLEAN;
	if (r == 0)
		r = db_run(lib->db, SQL_SHELF_SIZE, sql_int(hidden.id),
			   sql_int((int64_t)(n * lib->pool.book_size)),
			   sql_int((int64_t)n), sql_int(0), sql_int(0),
			   sql_int(shelf_now()));
	/* One for each node that there might be. */
	if (r == 0)
		r = numbers_take(lib->db, &lib->numbers, NUMBER_HANDLE,
				 LIBRARIAN_NODES_MAX, &handles);
	if (r == 0)
		r = db_run(lib->db, SQL_OPEN_FOR_OTHERS, sql_int(hidden.id),
			   sql_int(s->id), sql_int(node_id),
			   sql_int(handles - 1));
	if (r == 0)
		r = db_run(lib->db, SQL_REVOCATION_ADD, sql_int(hidden.id),
			   sql_int(s->id));
	if (r == 0)
		*ret_generation = hidden.id;
	return r;
}

/* ---- telling -------------------------------------------------------------- */

/* The places of its books in the FAM, in order. */
static json_t *list_books(struct librarian *lib, int64_t shelf_id)
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

static int make_event(struct librarian *lib, int64_t generation,
		      json_t **ret_event)
{
	struct shelf s = { 0 };
	json_t *books;
	int64_t id;
	bool gone;
	int r;

	r = db_get(lib->db, SQL_REVOCATION_OF, &id, sql_int(generation));
	if (r < 0)
		return r;
	r = shelf_by_id(lib, id, &s);
	if (r < 0 && r != -ENOENT)
		return r;
	gone = r == -ENOENT;
	books = gone ? json_array() : list_books(lib, id);
	if (!books)
		return -ENOMEM;
	*ret_event = json_pack("{s:s, s:I, s:I, s:b, s:I, s:o}", "event",
			       "revoke", "shelf_id", (json_int_t)id,
			       "generation", (json_int_t)generation, "gone",
			       (int)gone, "size_bytes",
			       (json_int_t)s.size_bytes, "books", books);
	return *ret_event ? 0 : -ENOMEM;
}

int revoke_tell(struct librarian *lib, int64_t generation)
{
	CLEANUP_JSON json_t *event = NULL;
	struct node_set nodes;
	struct session *s;
	int r;

	r = list_holders(lib, generation, &nodes);
	if (r == 0)
		r = make_event(lib, generation, &event);
	if (r < 0)
		return r;
	TAILQ_FOREACH(s, &lib->sessions, link)
	if (r == 0 && is_listening(s) && nodes.has[s->node_id])
		r = outbox_put(&lib->outbox, s, event, true);
	return r;
}

int revoke_want(struct librarian *lib, const struct shelf *s, uint32_t node_id)
{
	CLEANUP_JSON json_t *event = NULL;
	struct node_set nodes;
	struct session *to;
	int r;

	r = list_holders(lib, s->id, &nodes);
	if (r < 0)
		return r;
	nodes.has[node_id] = false;
	event = json_pack("{s:s, s:I}", "event", "wanted", "shelf_id",
			  (json_int_t)s->id);
	TAILQ_FOREACH(to, &lib->sessions, link)
	if (r == 0 && is_listening(to) && nodes.has[to->node_id] &&
	    to->protocol >= LIBRARIAN_PROTOCOL_POSIX)
		r = outbox_put(&lib->outbox, to, event, false);
	return r;
}

int revoke_remind(struct librarian *lib, struct session *session)
{
	sqlite3_stmt *rows;
	int r;

	r = db_query(lib->db, SQL_REVOCATIONS_OF_NODE, &rows,
		     sql_int(session->node_id));
	if (r < 0)
		return r;
	while ((r = db_next(lib->db, rows)) > 0) {
		CLEANUP_JSON json_t *event = NULL;

		r = make_event(lib, sqlite3_column_int64(rows, 0), &event);
		if (r == 0)
			r = outbox_put(&lib->outbox, session, event, true);
		if (r < 0) {
			db_end(rows);
			return r;
		}
	}
	return r;
}

/* Nobody has these books any more: the node that took them waits for that. */
int revoke_end(struct librarian *lib, const struct shelf *hidden)
{
	CLEANUP_JSON json_t *event = NULL;
	struct session *s;
	int64_t id;
	int r;

	r = db_get(lib->db, SQL_REVOCATION_OF, &id, sql_int(hidden->id));
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	event = json_pack("{s:s, s:I, s:I}", "event", "revoked", "shelf_id",
			  (json_int_t)id, "generation", (json_int_t)hidden->id);
	if (!event)
		return -ENOMEM;
	TAILQ_FOREACH(s, &lib->sessions, link)
	if (r == 0 && is_listening(s) && s->node_id == hidden->creator_id &&
	    s->protocol >= LIBRARIAN_PROTOCOL_POSIX)
		r = outbox_put(&lib->outbox, s, event, false);
	return r;
}

/* ---- the end -------------------------------------------------------------- */

int revoke_destroy(struct librarian *lib, struct shelf *s, uint32_t node_id)
{
	int64_t all = 0, others = 0, generation = 0;
	bool possible = false;
	int r;

	if (S_ISDIR(s->mode))
		return -EISDIR;
	if (s->link_count > 1)
		return hard_link_drop(lib, s);
	r = db_get(lib->db, SQL_OPENS, &all, sql_int(s->id));
	if (r == 0)
		r = db_get(lib->db, SQL_OPENS_ELSEWHERE, &others,
			   sql_int(s->id), sql_int(node_id));
	if (r < 0 || !all)
		return r < 0 ? r : shelf_destroy(lib, s);
	if (all == others)
		r = revoke_is_possible(lib, s, node_id, &possible);
	if (r < 0 || !possible)
		return r < 0 ? r : -EBUSY;
	r = revoke_cut(lib, s, 0, node_id, &generation);
	if (r == 0)
		r = db_run(lib->db, SQL_OPENS_OF_SHELF_DELETE, sql_int(s->id));
	if (r == 0)
		r = shelf_remove_row(lib, s);
	if (r == 0)
		r = shelf_touch(lib, s->parent_id, 0);
	return r < 0 ? r : revoke_tell(lib, generation);
}

int revoke_ack(struct librarian *lib, uint32_t node_id, int64_t shelf_id,
	       int64_t generation)
{
	struct shelf hidden;
	bool held = true;
	int64_t id;
	int r;

	r = db_get(lib->db, SQL_REVOCATION_OF, &id, sql_int(generation));
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	if (id != shelf_id)
		return -ESTALE;
	r = shelf_by_id(lib, generation, &hidden);
	if (r == 0)
		r = db_run(lib->db, SQL_OPENS_BY_NODE_DELETE,
			   sql_int(generation), sql_int(node_id));
	if (r == 0)
		r = shelf_is_held(lib, &hidden, &held);
	return r < 0 || held ? r : shelf_delete_unheld(lib, &hidden);
}
