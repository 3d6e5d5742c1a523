/* SPDX-License-Identifier: MIT */

/* directory.c - Directories and symbolic links */

#include "directory.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "librarian.h"
#include "schema.h"
#include "shelf.h"

static int create(struct librarian *lib, const struct shelf_new *what,
		  uint32_t mode, struct shelf *ret_s)
{
	struct shelf_new typed = *what;
	int r;

	/* The table's own rule says -EEXIST, too, but fails the statement. */
	r = shelf_by_name(lib, &what->place, ret_s);
	if (r != -ENOENT)
		return r < 0 ? r : -EEXIST;
	typed.mode = mode;
	return shelf_insert(lib, &typed, ret_s);
}

/* ---- directories ---------------------------------------------------------- */

int directory_create(struct librarian *lib, const struct shelf_new *what,
		     struct shelf *ret_s)
{
	return create(lib, what, S_IFDIR | (what->mode & 07777), ret_s);
}

int directory_remove(struct librarian *lib, const struct shelf *s)
{
	int64_t id;
	int r;

	if (!S_ISDIR(s->mode))
		return -ENOTDIR;
	if (s->id == SCHEMA_ROOT)
		return -EBUSY;
	if (s->id == SCHEMA_LOST_FOUND)
		return -EPERM;
	r = db_get(lib->db, SQL_SHELF_ANY_IN, &id, sql_int(s->id));
	if (r != -ENOENT)
		return r < 0 ? r : -ENOTEMPTY;
	r = shelf_remove_row(lib, s);
	return r < 0 ? r : shelf_touch(lib, s->parent_id, -1);
}

int directory_check_move(struct librarian *lib, const struct shelf *s,
			 const struct shelf_place *place)
{
	int64_t id = place->parent_id;
	int r = 0;

	while (r == 0 && id != SCHEMA_ROOT) {
		if (id == s->id)
			return -EINVAL;
		r = db_get(lib->db, SQL_SHELF_PARENT, &id, sql_int(id));
	}
	return r;
}

/* Written from the end of the buffer to its beginning. */
int directory_path(struct librarian *lib, const struct shelf *s, char *buf,
		   size_t size)
{
	struct shelf at = *s;
	size_t left = size - 1;
	int r;

	buf[left] = '\0';
	while (at.id != SCHEMA_ROOT) {
		size_t len = strlen(at.name);

		if (len + 1 > left)
			return -ENAMETOOLONG;
		left -= len;
		memcpy(buf + left, at.name, len);
		buf[--left] = '/';
		r = shelf_by_id(lib, at.parent_id, &at);
		if (r < 0)
			return r == -ENOENT ? -EUCLEAN : r;
	}
	if (left == size - 1)
		buf[--left] = '/';
	memmove(buf, buf + left, size - left);
	return 0;
}

/* ---- symbolic links ------------------------------------------------------- */

int link_create(struct librarian *lib, const struct shelf_new *what,
		const char *target, struct shelf *ret_s)
{
	int r;

	if (!*target)
		return -ENOENT;
	if (strlen(target) > SHELF_PATH_MAX)
		return -ENAMETOOLONG;
	r = create(lib, what, S_IFLNK | 0777, ret_s);
	if (r == 0)
		r = db_run(lib->db, SQL_LINK_SET, sql_int(ret_s->id),
			   sql_text(target));
	if (r < 0)
		return r;
	ret_s->size_bytes = strlen(target);
	return db_run(lib->db, SQL_SHELF_SIZE, sql_int(ret_s->id),
		      sql_int((int64_t)ret_s->size_bytes), sql_int(0),
		      sql_int(0), sql_int(0), sql_int(ret_s->mtime));
}

int link_target(struct librarian *lib, const struct shelf *s, char **ret_target)
{
	int r;

	if (!S_ISLNK(s->mode))
		return -EINVAL;
	r = db_get_text(lib->db, SQL_LINK_GET, ret_target, NULL,
			sql_int(s->id));
	return r == -ENOENT ? -EUCLEAN : r;
}
