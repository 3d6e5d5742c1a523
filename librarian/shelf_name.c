/* SPDX-License-Identifier: MIT */

/* shelf_name.c - Shelves: giving them other names */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "directory.h"
#include "librarian.h"
#include "pending.h"
#include "schema.h"
#include "shelf.h"

int shelf_set_name(struct librarian *lib, struct shelf *s,
		   const struct shelf_place *place)
{
	int64_t from = s->parent_id, to = place->parent_id;
	int links = S_ISDIR(s->mode) && from != to ? 1 : 0;
	int r;

	s->parent_id = to;
	(void)snprintf(s->name, sizeof(s->name), "%s", place->name);
	s->mtime = shelf_now();
	board_count_shelf(lib, s->id);
	board_count_names(lib, from);
	board_count_names(lib, to);
	r = db_run(lib->db, SQL_SHELF_NAME, sql_int(s->id), sql_int(to),
		   sql_text(s->name), sql_int(s->mtime));
	if (r == 0)
		r = shelf_touch(lib, from, -links);
	if (r == 0 && from != to)
		r = shelf_touch(lib, to, links);
	return r;
}

static void unlinked_place(int64_t id, struct shelf_place *ret_place)
{
	ret_place->parent_id = SCHEMA_ROOT;
	(void)snprintf(ret_place->name, sizeof(ret_place->name),
		       LIBRARIAN_UNLINKED "%lld", (long long)id);
}

/* @old goes, as @s is to have its name. */
static int make_room(struct librarian *lib, const struct shelf *s,
		     struct shelf *old)
{
	struct shelf_place place;
	bool held = true;
	int r;

	if (S_ISDIR(old->mode))
		return S_ISDIR(s->mode) ? directory_remove(lib, old) : -EISDIR;
	if (S_ISDIR(s->mode))
		return -ENOTDIR;
	r = shelf_is_held(lib, old, &held);
	if (r < 0)
		return r;
	if (!held)
		return shelf_delete(lib, old);
	unlinked_place(old->id, &place);
	return shelf_set_name(lib, old, &place);
}

/* Somebody may have let go of it since the node was told that it is held. */
static int unlink_held(struct librarian *lib, struct shelf *s,
		       const struct shelf_place *place)
{
	bool held = true;
	int r;

	r = shelf_is_held(lib, s, &held);
	if (r < 0)
		return r;
	return held ? shelf_set_name(lib, s, place) : shelf_delete(lib, s);
}

/* Those names are ours to give, and say which shelf it is. */
static bool may_be_named(const struct shelf *s, const struct shelf_place *place)
{
	struct shelf_place unlinked;

	unlinked_place(s->id, &unlinked);
	return place->parent_id == unlinked.parent_id && !S_ISDIR(s->mode) &&
	       !strcmp(place->name, unlinked.name);
}

/* It is to be zeroed: by the client, even where it need not be. */
static int set_pending_name(struct librarian *lib, struct shelf *s,
			    const struct shelf_place *place, uint32_t node_id)
{
	int64_t others;
	int r;

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

int shelf_rename(struct librarian *lib, struct shelf *s,
		 const struct shelf_place *place, bool replace,
		 uint32_t node_id)
{
	struct shelf old;
	int r;

	if (s->id == SCHEMA_ROOT)
		return -EBUSY;
	if (s->id == SCHEMA_LOST_FOUND)
		return -EPERM;
	if (shelf_name_is_unlinked(place->name))
		return may_be_named(s, place) ? unlink_held(lib, s, place) :
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
		r = replace ? make_room(lib, s, &old) : -EEXIST;
	else if (r == -ENOENT)
		r = 0;
	if (r < 0)
		return r;
	return is_file(s) && pending_has_prefix(place->name) ?
		       set_pending_name(lib, s, place, node_id) :
		       shelf_set_name(lib, s, place);
}
