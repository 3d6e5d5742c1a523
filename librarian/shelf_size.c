/* SPDX-License-Identifier: MIT */

/* shelf_size.c - Shelves: growing and cutting
 *
 * The end of a shelf that is cut inside a book: the bytes behind it are zeroed
 * once that is durable, before anybody hears of it, so that nobody sees them
 * in the last page of a mapping. Should we die in between, the shelf is marked
 * (stale_tail) and they are zeroed before it grows over them: they belong to
 * nobody then, so this may be done before the commit.
 *
 * A mapping reaches to the end of the last page, and stores there are lost by
 * contract: they are zeroed before the shelf grows over them, too.
 */

#include <errno.h>
#include <sys/stat.h>

#include "book.h"
#include "librarian.h"
#include "pending.h"
#include "revoke.h"
#include "shelf.h"

#define NODE_PAGE 4096U

/* -EMFILE, or whether other nodes have to be told. */
static int may_shrink(struct librarian *lib, const struct shelf *s,
		      const struct shelf_actor *who, bool *ret_revoke)
{
	int64_t elsewhere, others = 0;
	bool possible = true;
	int r;

	*ret_revoke = false;
	r = db_get(lib->db, SQL_OPENS_ELSEWHERE, &elsewhere, sql_int(s->id),
		   sql_int(who->node_id));
	if (r == 0 && !who->for_node)
		r = db_get(lib->db, SQL_OPENS_BY_OTHERS, &others,
			   sql_int(s->id), sql_int(who->node_id),
			   sql_int(who->pid));
	if (r == 0 && elsewhere)
		r = revoke_is_possible(lib, s, who->node_id, &possible);
	if (r == 0 && (!possible || others > elsewhere))
		r = -EMFILE;
	if (r == 0)
		*ret_revoke = elsewhere > 0;
	return r;
}

/* From byte @size of the shelf to the end of the book that holds it. */
static int tail_range(struct librarian *lib, const struct shelf *s,
		      uint64_t size, struct zero_range *ret_range)
{
	uint64_t book = lib->pool.book_size, used = size % book;
	int64_t id;
	int r;

	r = db_get(lib->db, SQL_BOOK_AT, &id, sql_int(s->id),
		   sql_int((int64_t)(size / book + 1)));
	if (r < 0)
		return r == -ENOENT ? -EUCLEAN : r;
	*ret_range = (struct zero_range){
		pool_flat(&lib->pool, (uint64_t)id) * book + used, book - used
	};
	return 0;
}

/* The bytes between old and new end, as far as they are in a kept book. */
static int settle_tail(struct librarian *lib, struct shelf *s, uint64_t size)
{
	bool shrinks = size < s->size_bytes;
	uint64_t end = shrinks ? size : s->size_bytes;
	struct zero_range range;
	int r;

	if (!zero_here(&lib->zero) || !(end % lib->pool.book_size) ||
	    (!shrinks && !s->stale_tail && !(end % NODE_PAGE))) {
		/* Its books end with it, or were never written behind it. */
		if (shrinks)
			s->stale_tail = end % lib->pool.book_size;
		return 0;
	}
	r = tail_range(lib, s, end, &range);
	if (r < 0)
		return r;
	if (!shrinks && !s->stale_tail && range.len > NODE_PAGE)
		range.len = NODE_PAGE - end % NODE_PAGE;
	s->stale_tail = shrinks;
	return shrinks ? zero_promise(&lib->zero, range.offset, range.len) :
			 zero_range(&lib->zero, range.offset, range.len);
}

static int cut_books(struct librarian *lib, const struct shelf *s,
		     uint64_t want, uint32_t node_id, struct shelf *ret_z)
{
	if (zero_here(&lib->zero))
		return book_cut(lib, s->id, want, s->book_count);
	if (!want && pending_is(lib, s))
		return pending_leave(lib, s);
	return pending_split(lib, s, want, node_id, ret_z);
}

/* With a revocation, its generation is not 0. */
struct change {
	bool shrinks;
	bool revoke;
	int64_t generation;
	struct shelf *z;
};

static int change_books(struct librarian *lib, struct shelf *s, uint64_t want,
			uint32_t node_id, struct change *c)
{
	int r = 0;

	if (c->revoke)
		r = revoke_cut(lib, s, want, node_id, &c->generation);
	else if (want > s->book_count)
		r = book_append(lib, s->id, s->book_count, want - s->book_count,
				node_id);
	else if (c->shrinks && want < s->book_count)
		r = cut_books(lib, s, want, node_id, c->z);
	if (c->shrinks || want > s->book_count)
		s->book_count = want;
	return r;
}

static int set_size(struct librarian *lib, struct shelf *s, uint64_t size)
{
	s->size_bytes = size;
	s->spare_books = s->book_count - pool_books_for(&lib->pool, size);
	s->mtime = s->changed = shelf_now();
	board_count_shelf(lib, s->id);
	return db_run(lib->db, SQL_SHELF_SIZE, sql_int(s->id),
		      sql_int((int64_t)size), sql_int((int64_t)s->book_count),
		      sql_int((int64_t)s->spare_books), sql_int(s->stale_tail),
		      sql_int(s->mtime));
}

/* A block device is a file that says so, for tm-librarian's clients. */
static int may_have_books(const struct shelf *s)
{
	if (S_ISDIR(s->mode))
		return -EISDIR;
	return S_ISREG(s->mode) || S_ISBLK(s->mode) ? 0 : -EINVAL;
}

int shelf_resize(struct librarian *lib, struct shelf *s, uint64_t size,
		 const struct shelf_actor *who, struct shelf *ret_z)
{
	uint64_t want = pool_books_for(&lib->pool, size);
	struct change change = { .shrinks = size < s->size_bytes, .z = ret_z };
	int r;

	ret_z->id = 0;
	r = may_have_books(s);
	if (r < 0 || size == s->size_bytes)
		return r;
	if (change.shrinks)
		r = may_shrink(lib, s, who, &change.revoke);
	else if (pending_is(lib, s))
		r = -EPERM;
	if (r == 0)
		r = settle_tail(lib, s, size);
	if (r == 0)
		r = change_books(lib, s, want, who->node_id, &change);
	if (r == 0)
		r = set_size(lib, s, size);
	if (r == 0 && change.generation)
		r = revoke_tell(lib, change.generation);
	s->revocation = change.generation;
	return r;
}

int shelf_reserve(struct librarian *lib, struct shelf *s, uint64_t size,
		  uint32_t node_id)
{
	uint64_t want = pool_books_for(&lib->pool, size);
	int r;

	r = may_have_books(s);
	if (r < 0 || want <= s->book_count)
		return r;
	/* Nodes that zero books cut shelves by their size. */
	if (!zero_here(&lib->zero))
		return -EOPNOTSUPP;
	r = book_append(lib, s->id, s->book_count, want - s->book_count,
			node_id);
	if (r != 0)
		return r;
	s->book_count = want;
	s->spare_books = want - pool_books_for(&lib->pool, s->size_bytes);
	s->changed = shelf_now();
	board_count_shelf(lib, s->id);
	return db_run(lib->db, SQL_SHELF_SPARE, sql_int(s->id),
		      sql_int((int64_t)want), sql_int((int64_t)s->spare_books),
		      sql_int(s->changed));
}
