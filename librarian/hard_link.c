/* SPDX-License-Identifier: MIT */

/* hard_link.c - Shelves with several names, or none */

#include "hard_link.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "librarian.h"
#include "schema.h"
#include "shelf.h"

void hard_link_none(int64_t id, struct shelf_place *ret_place)
{
	*ret_place = (struct shelf_place){ .parent_id = SCHEMA_ROOT };
	(void)snprintf(ret_place->name, sizeof(ret_place->name),
		       LIBRARIAN_UNLINKED "%" PRId64, id);
}

static void set_place(struct shelf *s, const struct shelf_place *place)
{
	s->parent_id = place->parent_id;
	memcpy(s->name, place->name, sizeof(s->name));
}

/* Links and time of the row are those of @s. */
static int write_links(struct librarian *lib, struct shelf *s)
{
	s->changed = shelf_now();
	board_count_shelf(lib, s->id);
	return db_run(lib->db, SQL_SHELF_LINKS, sql_int(s->id),
		      sql_int(s->link_count), sql_int(s->changed));
}

int hard_link_add(struct librarian *lib, struct shelf *s,
		  const struct shelf_place *place)
{
	struct shelf old;
	int r;

	if (S_ISDIR(s->mode))
		return -EPERM;
	r = shelf_by_name(lib, place, &old);
	if (r != -ENOENT)
		return r < 0 ? r : -EEXIST;
	if (s->link_count >= HARD_LINKS_MAX)
		return -EMLINK;
	if (shelf_name_is_unlinked(s->name)) {
		s->link_count = 1;
		return shelf_set_name(lib, s, place);
	}
	r = db_run(lib->db, SQL_NAME_ADD, sql_int(place->parent_id),
		   sql_text(place->name), sql_int(s->id));
	if (r < 0)
		return r;
	lib->pool.counts.names++;
	s->link_count++;
	s->linked = true;
	set_place(s, place);
	board_count_names(lib, place->parent_id);
	r = write_links(lib, s);
	return r < 0 ? r : shelf_touch(lib, place->parent_id, 0);
}

/* ---- one less ------------------------------------------------------------- */

static int any_other(struct librarian *lib, int64_t id,
		     struct shelf_place *ret_place)
{
	sqlite3_stmt *rows;
	int len, r;

	r = db_query(lib->db, SQL_NAME_ANY_OF, &rows, sql_int(id));
	if (r == 0)
		r = db_next(lib->db, rows);
	if (r <= 0)
		return r < 0 ? r : -EUCLEAN;
	len = sqlite3_column_bytes(rows, 1);
	*ret_place = (struct shelf_place){
		.parent_id = sqlite3_column_int64(rows, 0),
	};
	r = len > 0 && (size_t)len < sizeof(ret_place->name) ? 0 : -EUCLEAN;
	if (r == 0)
		memcpy(ret_place->name, sqlite3_column_text(rows, 1),
		       (size_t)len);
	db_end(rows);
	return r;
}

static int delete_name(struct librarian *lib, const struct shelf_place *place)
{
	lib->pool.counts.names--;
	return db_run(lib->db, SQL_NAME_DELETE, sql_int(place->parent_id),
		      sql_text(place->name));
}

int hard_link_drop(struct librarian *lib, struct shelf *s)
{
	struct shelf_place gone = { .parent_id = s->parent_id }, other;
	int r;

	memcpy(gone.name, s->name, sizeof(gone.name));
	s->link_count--;
	board_count_names(lib, gone.parent_id);
	if (s->linked) {
		r = delete_name(lib, &gone);
		if (r == 0)
			r = write_links(lib, s);
		if (r == 0)
			r = shelf_by_id(lib, s->id, s);
	} else {
		r = any_other(lib, s->id, &other);
		if (r == 0)
			r = delete_name(lib, &other);
		/* The name in the row becomes that one. */
		if (r == 0)
			r = shelf_move_name(lib, s, &other);
	}
	return r < 0 ? r : shelf_touch(lib, gone.parent_id, 0);
}
