/* SPDX-License-Identifier: MIT */

/* pending.c - Books that the nodes zero, where the Librarian does not */

#include "pending.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "librarian.h"
#include "schema.h"
#include "shelf.h"
#include "utf8.h"

/* A name is put into another one unless it is longer, or no text. */
#define NAME_PART_MAX 100

bool pending_has_prefix(const char *name)
{
	return !strncmp(name, LIBRARIAN_PENDING, strlen(LIBRARIAN_PENDING));
}

bool pending_is_name(const struct librarian *lib, const char *name)
{
	return !zero_here(&lib->zero) && pending_has_prefix(name);
}

bool pending_is(const struct librarian *lib, const struct shelf *s)
{
	return !S_ISDIR(s->mode) && !S_ISLNK(s->mode) &&
	       pending_is_name(lib, s->name);
}

/* ---- states --------------------------------------------------------------- */

/* Books behind the first @keep; those that are ZOMBIEs already stay so. */
static int zombify(struct librarian *lib, int64_t shelf_id, uint64_t keep)
{
	int64_t n;
	int r;

	r = db_run(lib->db, SQL_BOOKS_ZOMBIFY, sql_int(shelf_id),
		   sql_int((int64_t)keep));
	if (r < 0)
		return r;
	n = db_changes(lib->db);
	lib->pool.counts.n[BOOK_INUSE] -= n;
	lib->pool.counts.n[BOOK_ZOMBIE] += n;
	return 0;
}

int pending_enter(struct librarian *lib, struct shelf *s)
{
	/* Or what zeroes it would take it for a device. */
	if (S_ISBLK(s->mode)) {
		int r;

		board_count_shelf(lib, s->id);
		s->mode = S_IFREG | (s->mode & 07777);
		r = db_run(lib->db, SQL_SHELF_MODE, sql_int(s->id),
			   sql_int(s->mode));
		if (r < 0)
			return r;
	}
	return zombify(lib, s->id, 0);
}

static int count_free(struct librarian *lib, const struct shelf *s)
{
	struct pool *p = &lib->pool;
	sqlite3_stmt *rows;
	int r;

	r = db_query(lib->db, SQL_IDS_OF_SHELF, &rows, sql_int(s->id));
	if (r < 0)
		return r;
	while ((r = db_next(lib->db, rows)) > 0)
		p->counts.free_in[pool_ig_of(
			p, (uint64_t)sqlite3_column_int64(rows, 0))]++;
	p->counts.n[BOOK_ZOMBIE] -= (int64_t)s->book_count;
	p->counts.n[BOOK_FREE] += (int64_t)s->book_count;
	return r;
}

int pending_leave(struct librarian *lib, const struct shelf *s)
{
	int r;

	/* It got its name, and books, while the FAM was there. */
	r = zombify(lib, s->id, 0);
	if (r == 0)
		r = count_free(lib, s);
	if (r == 0)
		r = db_run(lib->db, SQL_BOOKS_ZEROED, sql_int(s->id));
	if (r == 0 && (uint64_t)db_changes(lib->db) != s->book_count)
		r = -EUCLEAN;
	return r < 0 ? r :
		       db_run(lib->db, SQL_BOOKS_CUT, sql_int(s->id),
			      sql_int(0));
}

/* ---- shelves -------------------------------------------------------------- */

/* Calls it something else as long as that exists. */
static int make_unique(struct librarian *lib, struct shelf_place *place)
{
	size_t len = strlen(place->name);
	struct shelf s;
	int r;

	for (unsigned i = 1; (r = shelf_by_name(lib, place, &s)) == 0; i++)
		(void)snprintf(place->name + len, sizeof(place->name) - len,
			       "_%u", i);
	return r == -ENOENT ? 0 : r;
}

/* Name, directory, time and node, as tm-librarian has them. The whole is sent as
 * a text, which a name need not be.
 */
static int name_split(struct librarian *lib, const struct shelf *s,
		      uint32_t node_id, struct shelf_place *ret_place)
{
	size_t len = strlen(s->name);
	bool fits = len <= NAME_PART_MAX && utf8_is_valid(s->name, len);
	struct timespec t = { 0 };
	char id[24];

	(void)snprintf(id, sizeof(id), "%" PRId64, s->id);
	(void)clock_gettime(CLOCK_REALTIME, &t);
	ret_place->parent_id = SCHEMA_ROOT;
	(void)snprintf(ret_place->name, sizeof(ret_place->name),
		       LIBRARIAN_PENDING "%.*s_%" PRId64 "_%" PRId64
					 ".%06u_%u_%u_%u",
		       NAME_PART_MAX, fits ? s->name : id, s->parent_id,
		       (int64_t)t.tv_sec,
		       (unsigned)(t.tv_nsec / 1000) % 1000000,
		       (node_id - 1) / 80 + 1, (node_id - 1) % 80 / 10 + 1,
		       (node_id - 1) % 10 + 1);
	return make_unique(lib, ret_place);
}

static int set_size(struct librarian *lib, int64_t id, uint64_t books)
{
	uint64_t bytes = books * lib->pool.book_size;

	board_count_shelf(lib, id);
	return db_run(lib->db, SQL_SHELF_SIZE, sql_int(id),
		      sql_int((int64_t)bytes), sql_int((int64_t)books),
		      sql_int(0), sql_int(0), sql_int(shelf_now()));
}

int pending_split(struct librarian *lib, const struct shelf *s, uint64_t keep,
		  uint32_t node_id, struct shelf *ret_z)
{
	uint64_t n = s->book_count - keep;
	struct shelf_new what = { .mode = S_IFREG | 0666, .node_id = node_id };
	struct shelf z = { 0 };
	int r;

	r = name_split(lib, s, node_id, &what.place);
	if (r == 0)
		r = shelf_insert(lib, &what, &z);
	if (r == 0)
		r = zombify(lib, s->id, keep);
	if (r == 0)
		r = db_run(lib->db, SQL_BOOKS_MOVE, sql_int(s->id),
			   sql_int((int64_t)keep), sql_int(z.id));
	if (r == 0 && (uint64_t)db_changes(lib->db) != n)
		r = -EUCLEAN;
	if (r == 0)
		r = set_size(lib, z.id, n);
	return r < 0 ? r : shelf_by_id(lib, z.id, ret_z);
}

int pending_keep(struct librarian *lib, const struct shelf *s)
{
	struct shelf_place place = { .parent_id = SCHEMA_ROOT };
	struct shelf kept = *s;
	int r;

	kept.link_count = 1;

	(void)snprintf(place.name, sizeof(place.name),
		       LIBRARIAN_PENDING "%" PRId64, s->id);
	r = make_unique(lib, &place);
	if (r == 0)
		r = shelf_set_name(lib, &kept, &place);
	return r < 0 ? r : pending_enter(lib, &kept);
}

/* ---- with the FAM, or without it ------------------------------------------ */

/* Zeroing is the Librarian's: ZOMBIEs leave their shelves, and shelves that
 * were only there for that go.
 */
static int take_over(struct librarian *lib)
{
	/* The first text that is not one of those names any more. */
	char end[] = LIBRARIAN_PENDING;
	int r;

	end[sizeof(end) - 2]++;
	r = db_run(lib->db, SQL_ZOMBIES_EMPTY);
	if (r == 0)
		r = db_run(lib->db, SQL_ZOMBIES_OFF);
	if (r < 0 || !db_changes(lib->db))
		return r;
	r = db_run(lib->db, SQL_PENDING_EMPTY, sql_int(SCHEMA_ROOT),
		   sql_text(LIBRARIAN_PENDING), sql_text(end));
	if (r == 0)
		lib->pool.counts.shelves -= db_changes(lib->db);
	return r;
}

/* Zeroing is the nodes': ZOMBIEs that are on no shelf get one. */
static int hand_over(struct librarian *lib)
{
	struct shelf_new what = {
		.place = { SCHEMA_ROOT, LIBRARIAN_PENDING "orphans" },
		.mode = S_IFREG | 0666,
	};
	struct shelf s = { 0 };
	int64_t id;
	int r;

	r = db_get(lib->db, SQL_ORPHAN, &id);
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	r = make_unique(lib, &what.place);
	if (r == 0)
		r = shelf_insert(lib, &what, &s);
	if (r == 0)
		r = db_run(lib->db, SQL_ORPHANS_PUT, sql_int(s.id));
	return r < 0 ? r : set_size(lib, s.id, (uint64_t)db_changes(lib->db));
}

int pending_start(struct librarian *lib, struct err *e)
{
	int r;

	r = db_run(lib->db, SQL_BEGIN);
	if (r == 0)
		r = zero_here(&lib->zero) ? take_over(lib) : hand_over(lib);
	if (r == 0)
		r = db_run(lib->db, SQL_COMMIT);
	if (r < 0 && db_in_transaction(lib->db))
		(void)db_run(lib->db, SQL_ROLLBACK);
	return r < 0 ? err_set(e, r,
			       "cannot gather the books that are to be "
			       "zeroed: %s",
			       db_message(lib->db)) :
		       0;
}
