/* SPDX-License-Identifier: MIT */

/* commands_posix.c - Commands that only protocol 2 has: what else POSIX does
 * with files
 */

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "cleanup.h"
#include "commands.h"
#include "hard_link.h"
#include "jread.h"
#include "librarian.h"
#include "shelf.h"

/* ---- attributes ----------------------------------------------------------- */

static bool is_given(const struct call *c, const char *key)
{
	return jvalue_get(c->args, key) != NULL;
}

/* A number of nanoseconds, or "now"; absent, it stays. */
static int call_time(struct call *c, const char *key, int64_t now,
		     int64_t *time)
{
	const char *text = jvalue_text(jvalue_get(c->args, key));

	if (text && !strcmp(text, "now")) {
		*time = now;
		return 0;
	}
	return is_given(c, key) ?
		       call_number(c, key, INT64_MIN, INT64_MAX, 0, time) :
		       0;
}

static int call_attributes(struct call *c, struct shelf *s)
{
	int64_t mode = s->mode & 07777, now = shelf_now();
	int r = 0;

	if (is_given(c, "mode"))
		r = call_number(c, "mode", 0, 07777, -1, &mode);
	if (r == 0 && is_given(c, "uid"))
		r = call_number32(c, "uid", &s->uid);
	if (r == 0 && is_given(c, "gid"))
		r = call_number32(c, "gid", &s->gid);
	if (r == 0)
		r = call_time(c, "atime_ns", now, &s->atime);
	if (r == 0)
		r = call_time(c, "mtime_ns", now, &s->mtime);
	s->mode = (s->mode & S_IFMT) | (uint32_t)mode;
	return r;
}

int cmd_set_attr(struct call *c)
{
	struct shelf s = { 0 };
	int r;

	r = call_shelf(c, &s);
	if (r == 0)
		r = call_attributes(c, &s);
	if (r == 0)
		r = db_run(c->lib->db, SQL_SHELF_RIGHTS, sql_int(s.id),
			   sql_int(s.mode), sql_int(s.uid), sql_int(s.gid));
	if (r == 0)
		r = shelf_set_times(c->lib, &s, s.atime, s.mtime);
	return r < 0 ? r : call_return_shelf(c, &s, 0, NULL);
}

/* ---- names ---------------------------------------------------------------- */

int cmd_link(struct call *c)
{
	struct shelf_place place = { 0 };
	struct shelf s = { 0 };
	int64_t id = 0;
	int r;

	r = call_number(c, "id", 1, INT64_MAX, 0, &id);
	if (r == 0)
		r = call_place_in(c, "dir_id", "name", &place);
	if (r == 0 && shelf_name_is_unlinked(place.name))
		return call_fail(c, -EPERM, "such names are not for use");
	if (r == 0)
		r = shelf_by_id(c->lib, id, &s);
	if (r < 0)
		return r;
	call_see_names(c, place.parent_id);
	r = hard_link_add(c->lib, &s, &place);
	return r < 0 ? r : call_return_shelf(c, &s, 0, NULL);
}

/* A node that holds the shelf for nobody gives its handle back with the name:
 * that is one transaction less. The name may lead to another one by now.
 */
int cmd_unlink(struct call *c)
{
	struct shelf s = { 0 };
	int64_t handle = 0;
	int r;

	r = call_number(c, "open_handle", 0, INT64_MAX, 0, &handle);
	if (r == 0)
		r = call_entry(c, "dir_id", "name", &s);
	if (r < 0)
		return r;
	if (S_ISDIR(s.mode))
		return -EISDIR;
	call_see_names(c, s.parent_id);
	if (handle)
		r = shelf_drop_handle(c->lib, &s, handle, c->node_id);
	if (r == 0)
		r = shelf_unlink(c->lib, &s, c->node_id);
	return r < 0 ? r : call_return_shelf(c, &s, 0, NULL);
}

/* ---- sizes ---------------------------------------------------------------- */

static int append(struct call *c, struct shelf *s, int64_t len,
		  int64_t *ret_offset)
{
	const struct shelf_actor who = { .node_id = c->node_id };
	uint64_t offset = s->size_bytes;
	struct shelf z;
	int r;

	if ((uint64_t)len > pool_size_max(&c->lib->pool) - offset)
		return -EFBIG;
	r = shelf_resize(c->lib, s, offset + (uint64_t)len, &who, &z);
	if (r == 0)
		*ret_offset = (int64_t)offset;
	return r;
}

/* One whose answer got lost is asked for again: by its token, the node gets what
 * it has already, else there would be a gap. A node has one under way for each
 * handle, so the last one is enough.
 */
static int append_once(struct call *c, struct shelf *s, int64_t len,
		       int64_t *ret_offset)
{
	int64_t handle = 0, token = 0;
	struct db *db = c->lib->db;
	int r;

	r = call_number(c, "open_handle", 0, INT64_MAX, 0, &handle);
	if (r == 0)
		r = call_number(c, "token", 0, INT64_MAX, 0, &token);
	if (r < 0)
		return r;
	if (!token)
		return append(c, s, len, ret_offset);
	r = db_get(db, SQL_APPENDED, ret_offset, sql_int(s->id),
		   sql_int(c->node_id), sql_int(handle), sql_int(token));
	if (r != -ENOENT)
		return r;
	r = append(c, s, len, ret_offset);
	if (r == 0)
		r = db_run(db, SQL_APPEND_NOTE, sql_int(s->id),
			   sql_int(c->node_id), sql_int(handle), sql_int(token),
			   sql_int(*ret_offset));
	return r;
}

int cmd_append(struct call *c)
{
	int64_t len = 0, offset = 0;
	struct shelf s;
	int r;

	r = call_shelf(c, &s);
	if (r == 0)
		r = call_number(c, "len", 0, INT64_MAX, -1, &len);
	if (r == 0)
		r = append_once(c, &s, len, &offset);
	if (r != 0)
		return r;
	return call_return_shelf(
		c, &s, 0, json_pack("{s:I}", "offset", (json_int_t)offset));
}
