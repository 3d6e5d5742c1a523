/* SPDX-License-Identifier: MIT */

/* shelf_path.c - Finding shelves by path, name and id */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "librarian.h"
#include "schema.h"
#include "shelf.h"

static int from_row(sqlite3_stmt *row, struct shelf *ret_s)
{
	int len = sqlite3_column_bytes(row, 2);
	struct shelf s = {
		.id = sqlite3_column_int64(row, 0),
		.parent_id = sqlite3_column_int64(row, 1),
		.mode = (uint32_t)sqlite3_column_int64(row, 3),
		.size_bytes = (uint64_t)sqlite3_column_int64(row, 4),
		.book_count = (uint64_t)sqlite3_column_int64(row, 5),
		.link_count = sqlite3_column_int64(row, 6),
		.creator_id = sqlite3_column_int64(row, 7),
		.ctime = sqlite3_column_int64(row, 8),
		.mtime = sqlite3_column_int64(row, 9),
		.stale_tail = sqlite3_column_int(row, 10),
		.atime = sqlite3_column_int64(row, 11),
		.changed = sqlite3_column_int64(row, 12),
		.uid = (uint32_t)sqlite3_column_int64(row, 13),
		.gid = (uint32_t)sqlite3_column_int64(row, 14),
		.rdev = (uint64_t)sqlite3_column_int64(row, 15),
		.spare_books = (uint64_t)sqlite3_column_int64(row, 16),
		.linked = sqlite3_column_int(row, 17),
	};

	if (len <= 0 || (size_t)len >= sizeof(s.name))
		return -EUCLEAN;
	memcpy(s.name, sqlite3_column_text(row, 2), (size_t)len);
	*ret_s = s;
	return 0;
}

/* The only row. */
static int one_row(struct librarian *lib, sqlite3_stmt *rows,
		   struct shelf *ret_s)
{
	int r;

	r = db_next(lib->db, rows);
	if (r <= 0)
		return r < 0 ? r : -ENOENT;
	r = from_row(rows, ret_s);
	db_end(rows);
	return r;
}

int shelf_by_id(struct librarian *lib, int64_t id, struct shelf *ret_s)
{
	sqlite3_stmt *rows;
	int r;

	r = db_query(lib->db, SQL_SHELF_BY_ID, &rows, sql_int(id));
	return r < 0 ? r : one_row(lib, rows, ret_s);
}

static int find_name(struct librarian *lib, enum sql id,
		     const struct shelf_place *place, struct shelf *ret_s)
{
	sqlite3_stmt *rows;
	int r;

	r = db_query(lib->db, id, &rows, sql_int(place->parent_id),
		     sql_text(place->name));
	return r < 0 ? r : one_row(lib, rows, ret_s);
}

/* Whether a name may be one of hard_link.h. */
static bool may_be_added(const struct librarian *lib)
{
	return !lib->writer || lib->pool.counts.names;
}

int shelf_by_name(struct librarian *lib, const struct shelf_place *place,
		  struct shelf *ret_s)
{
	int r = find_name(lib, SQL_SHELF_BY_NAME, place, ret_s);
	if (r == -ENOENT && may_be_added(lib))
		r = find_name(lib, SQL_NAME_FIND, place, ret_s);
	return r;
}

int shelf_each_after(struct librarian *lib, int64_t id, const char *after,
		     shelf_fn fn, void *arg)
{
	sqlite3_stmt *rows;
	struct shelf s;
	int r;

	r = db_query(lib->db, SQL_SHELVES_IN, &rows, sql_int(id),
		     sql_text(after));
	if (r < 0)
		return r;
	while ((r = db_next(lib->db, rows)) > 0) {
		r = from_row(rows, &s);
		if (r == 0)
			r = fn(&s, arg);
		if (r != 0) {
			db_end(rows);
			return r;
		}
	}
	return r;
}

bool shelf_name_is_unlinked(const char *name)
{
	return !strncmp(name, LIBRARIAN_UNLINKED,
			sizeof(LIBRARIAN_UNLINKED) - 1);
}

/* ---- paths ---------------------------------------------------------------- */

/* The next name of a path; @path moves behind it. -ENOENT: there is none. */
static int next_name(const char **path, char name[LIBRARIAN_NAME_MAX + 1])
{
	const char *p = *path + strspn(*path, "/");
	size_t len = strcspn(p, "/");

	if (!len)
		return -ENOENT;
	if (len > LIBRARIAN_NAME_MAX)
		return -ENAMETOOLONG;
	memcpy(name, p, len);
	name[len] = '\0';
	if (!strcmp(name, ".") || !strcmp(name, "..") || strchr(name, '\n'))
		return -EINVAL;
	*path = p + len;
	return 0;
}

int shelf_walk_parent(struct librarian *lib, const char *path,
		      struct shelf_place *ret_place)
{
	struct shelf_place place = { .parent_id = SCHEMA_ROOT };
	struct shelf s;
	int r;

	if (strlen(path) > SHELF_PATH_MAX)
		return -ENAMETOOLONG;
	r = next_name(&path, place.name);
	if (r < 0)
		return r == -ENOENT ? -EINVAL : r; /* "", or "/" itself */
	for (;;) {
		char next[LIBRARIAN_NAME_MAX + 1];

		r = next_name(&path, next);
		if (r == -ENOENT)
			break;
		if (r == 0)
			r = shelf_by_name(lib, &place, &s);
		if (r == 0 && !S_ISDIR(s.mode))
			r = -ENOTDIR;
		if (r < 0)
			return r;
		place.parent_id = s.id;
		memcpy(place.name, next, sizeof(next));
	}
	*ret_place = place;
	return 0;
}

int shelf_walk(struct librarian *lib, const char *path, struct shelf *ret_s)
{
	struct shelf_place place;
	int r;

	if (*path == '/' && !path[strspn(path, "/")])
		return shelf_by_id(lib, SCHEMA_ROOT, ret_s);
	r = shelf_walk_parent(lib, path, &place);
	return r < 0 ? r : shelf_by_name(lib, &place, ret_s);
}
