/* SPDX-License-Identifier: MIT */

/* shelf_name.c - Shelves: giving them other names */

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "directory.h"
#include "hard_link.h"
#include "librarian.h"
#include "pending.h"
#include "revoke.h"
#include "schema.h"
#include "shelf.h"

static int move_link(struct librarian *lib, struct shelf *s,
		     const struct shelf_place *place)
{
	int r;

	r = db_run(lib->db, SQL_NAME_DELETE, sql_int(s->parent_id),
		   sql_text(s->name));
	if (r == 0)
		r = db_run(lib->db, SQL_NAME_ADD, sql_int(place->parent_id),
			   sql_text(place->name), sql_int(s->id));
	return r < 0 ? r : shelf_changed(lib, s);
}

static int move_row(struct librarian *lib, struct shelf *s,
		    const struct shelf_place *place)
{
	s->changed = shelf_now();
	board_count_shelf(lib, s->id);
	return db_run(lib->db, SQL_SHELF_NAME, sql_int(s->id),
		      sql_int(place->parent_id), sql_text(place->name),
		      sql_int(s->link_count), sql_int(s->changed));
}

int shelf_move_name(struct librarian *lib, struct shelf *s,
		    const struct shelf_place *place)
{
	int r;

	board_count_names(lib, s->parent_id);
	board_count_names(lib, place->parent_id);
	r = s->linked ? move_link(lib, s, place) : move_row(lib, s, place);
	s->parent_id = place->parent_id;
	memcpy(s->name, place->name, sizeof(s->name));
	return r;
}

int shelf_set_name(struct librarian *lib, struct shelf *s,
		   const struct shelf_place *place)
{
	bool named = !shelf_name_is_unlinked(s->name);
	int64_t from = s->parent_id, to = place->parent_id;
	int links = S_ISDIR(s->mode) && from != to ? 1 : 0;
	int r;

	r = shelf_move_name(lib, s, place);
	if (r == 0 && named)
		r = shelf_touch(lib, from, -links);
	if (r == 0 && (from != to || !named))
		r = shelf_touch(lib, to, links);
	return r;
}

/* ---- taking names away ---------------------------------------------------- */

/* It is held, so it lives on. */
static int take_last_name(struct librarian *lib, struct shelf *s,
			  uint32_t node_id)
{
	int64_t dir = s->parent_id;
	struct shelf_place none;
	int r;

	hard_link_none(s->id, &none);
	s->link_count = 0;
	r = shelf_move_name(lib, s, &none);
	if (r == 0)
		r = shelf_touch(lib, dir, 0);
	return r < 0 ? r : revoke_want(lib, s, node_id);
}

int shelf_unlink(struct librarian *lib, struct shelf *s, uint32_t node_id)
{
	bool held = true;
	int r;

	if (s->link_count > 1)
		return hard_link_drop(lib, s);
	if (s->book_count && pending_is(lib, s))
		return -EBUSY;
	r = shelf_is_held(lib, s, &held);
	if (r < 0)
		return r;
	if (held)
		return take_last_name(lib, s, node_id);
	s->link_count = 0;
	return shelf_delete(lib, s);
}

/* @old goes, as @s is to have its name. */
static int make_room(struct librarian *lib, const struct shelf *s,
		     struct shelf *old, uint32_t node_id)
{
	if (S_ISDIR(old->mode))
		return S_ISDIR(s->mode) ? directory_remove(lib, old) : -EISDIR;
	return S_ISDIR(s->mode) ? -ENOTDIR : shelf_unlink(lib, old, node_id);
}

/* ---- renaming ------------------------------------------------------------- */

/* Those names are ours to give, and say which shelf it is. */
static bool may_be_named(const struct shelf *s, const struct shelf_place *place)
{
	struct shelf_place unlinked;

	hard_link_none(s->id, &unlinked);
	return place->parent_id == unlinked.parent_id && !S_ISDIR(s->mode) &&
	       !strcmp(place->name, unlinked.name);
}

/* It is to be zeroed: by the client, even where it need not be. Whoever reads it
 * by another name must not see that.
 */
static int set_pending_name(struct librarian *lib, struct shelf *s,
			    const struct shelf_place *place, uint32_t node_id)
{
	int64_t others;
	int r;

	if (s->link_count > 1)
		return -EMLINK;
	r = db_get(lib->db, SQL_OPENS_ELSEWHERE, &others, sql_int(s->id),
		   sql_int(node_id));
	if (r == 0 && others)
		r = -EBUSY;
	if (r == 0)
		r = shelf_set_name(lib, s, place);
	if (r == 0 && pending_is(lib, s))
		r = pending_enter(lib, s);
	return r;
}

static bool is_file(const struct shelf *s)
{
	return !S_ISDIR(s->mode) && !S_ISLNK(s->mode);
}

static int may_move(const struct shelf *s)
{
	if (s->id == SCHEMA_ROOT)
		return -EBUSY;
	return s->id == SCHEMA_LOST_FOUND ? -EPERM : 0;
}

int shelf_rename(struct librarian *lib, struct shelf *s,
		 const struct shelf_place *place, bool replace,
		 uint32_t node_id)
{
	struct shelf old;
	int r;

	r = may_move(s);
	if (r < 0)
		return r;
	if (shelf_name_is_unlinked(place->name))
		return may_be_named(s, place) ? shelf_unlink(lib, s, node_id) :
						-EPERM;
	if (pending_is(lib, s) && s->book_count &&
	    !pending_is_name(lib, place->name))
		return -EPERM;
	r = S_ISDIR(s->mode) ? directory_check_move(lib, s, place) : 0;
	if (r == 0)
		r = shelf_by_name(lib, place, &old);
	if (r == 0 && old.id == s->id)
		return 0;
	if (r == 0)
		r = replace ? make_room(lib, s, &old, node_id) : -EEXIST;
	else if (r == -ENOENT)
		r = 0;
	if (r < 0)
		return r;
	return is_file(s) && pending_has_prefix(place->name) ?
		       set_pending_name(lib, s, place, node_id) :
		       shelf_set_name(lib, s, place);
}

/* ---- exchanging ----------------------------------------------------------- */

static struct shelf_place place_of(const struct shelf *s)
{
	struct shelf_place place = { .parent_id = s->parent_id };

	memcpy(place.name, s->name, sizeof(place.name));
	return place;
}

/* Whether one may be where the other is. */
static int may_exchange(struct librarian *lib, const struct shelf *s,
			const struct shelf *other)
{
	const struct shelf_place place = place_of(other);
	int r;

	r = may_move(s);
	if (r == 0 && pending_has_prefix(other->name))
		r = -EPERM;
	if (r == 0 && S_ISDIR(s->mode))
		r = directory_check_move(lib, s, &place);
	return r;
}

/* The names are not free before both are gone. */
static int swap_names(struct librarian *lib, struct shelf *a, struct shelf *b)
{
	const struct shelf_place at_a = place_of(a), at_b = place_of(b);
	const struct shelf_place between = { SCHEMA_ROOT,
					     LIBRARIAN_UNLINKED "swap" };
	int r;

	r = shelf_move_name(lib, a, &between);
	if (r == 0)
		r = shelf_move_name(lib, b, &at_a);
	if (r == 0)
		r = shelf_move_name(lib, a, &at_b);
	return r;
}

int shelf_exchange(struct librarian *lib, struct shelf *a, struct shelf *b)
{
	int64_t at_a = a->parent_id, at_b = b->parent_id;
	int links = at_a == at_b ? 0 : !!S_ISDIR(b->mode) - !!S_ISDIR(a->mode);
	int r;

	if (a->id == b->id)
		return 0;
	r = may_exchange(lib, a, b);
	if (r == 0)
		r = may_exchange(lib, b, a);
	if (r == 0)
		r = swap_names(lib, a, b);
	if (r == 0)
		r = shelf_touch(lib, at_a, links);
	if (r == 0 && at_a != at_b)
		r = shelf_touch(lib, at_b, -links);
	return r;
}
