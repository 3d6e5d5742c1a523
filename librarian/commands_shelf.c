/* SPDX-License-Identifier: MIT */

/* commands_shelf.c - Commands about shelves */

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

#include "cleanup.h"
#include "commands.h"
#include "json.h"
#include "jwrite.h"
#include "librarian.h"
#include "pending.h"
#include "revoke.h"
#include "shelf.h"

/* The process that opens; tm-librarian's clients tell in the context. */
static int64_t call_pid(const struct call *c)
{
	int64_t pid;

	return call_to_number(json_object_get(c->context, "pid"), &pid) ? pid :
									  0;
}

static int open_and_return(struct call *c, const struct shelf *s)
{
	int64_t handle;
	int r;

	if (S_ISDIR(s->mode))
		return -EISDIR;
	if (S_ISLNK(s->mode))
		return -ELOOP;
	r = shelf_open(c->lib, s->id, c->node_id, call_pid(c), &handle);
	if (r < 0)
		return r;
	return call_return_shelf(c, s, handle, NULL);
}

int cmd_create_shelf(struct call *c)
{
	struct shelf_place place;
	struct shelf s;
	uint32_t mode = 0;
	bool excl = false;
	int r;

	r = call_new_place(c, &place);
	if (r == 0)
		/* A block device is a file that says so, for mknod(2). */
		r = call_mode(c, S_IFREG, S_IFBLK, &mode);
	if (r == 0)
		r = call_flag(c, "excl", &excl);
	if (r < 0)
		return r;
	r = shelf_by_name(c->lib, &place, &s);
	if (r == 0)
		return excl ? -EEXIST : open_and_return(c, &s);
	if (r == -ENOENT)
		r = shelf_create(c->lib, &place, mode, c->node_id, &s);
	return r < 0 ? r : open_and_return(c, &s);
}

int cmd_open_shelf(struct call *c)
{
	struct shelf s;
	int r;

	r = call_shelf(c, &s);
	return r < 0 ? r : open_and_return(c, &s);
}

int cmd_close_shelf(struct call *c)
{
	int64_t id, handle;
	struct shelf s;
	int r;

	r = call_number(c, "id", 1, INT64_MAX, 0, &id);
	if (r == 0)
		r = call_number(c, "open_handle", 1, INT64_MAX, 0, &handle);
	if (r == 0)
		r = shelf_by_id(c->lib, id, &s);
	if (r == 0)
		r = shelf_close(c->lib, &s, handle, c->node_id);
	if (r == -EBADF)
		return call_fail(c, r, "not a handle of this node");
	return r < 0 ? r : call_return_shelf(c, &s, 0, NULL);
}

int cmd_list_open_shelves(struct call *c)
{
	static const char *const keys[] = { "id", "shelf_id", "node_id",
					    "pid" };
	sqlite3_stmt *rows;
	int r;

	r = db_query(c->lib->db, SQL_OPENS_ALL, &rows);
	return r < 0 ? r : call_return_rows(c, rows, keys, ARRAY_SIZE(keys));
}

int cmd_get_shelf(struct call *c)
{
	struct shelf s;
	int r;

	r = call_shelf(c, &s);
	return r < 0 ? r : call_return_shelf(c, &s, 0, NULL);
}

static void write_as(struct call *c, struct shelf *s, const char *name)
{
	(void)snprintf(s->name, sizeof(s->name), "%s", name);
	shelf_write(c->out, s, 0);
}

static int write_visible(const struct shelf *s, void *arg)
{
	const struct call *c = arg;

	if (!shelf_name_is_unlinked(s->name))
		shelf_write(c->out, s, 0);
	return c->out->error;
}

int cmd_list_shelves(struct call *c)
{
	struct shelf dir, parent;
	int r;

	r = call_shelf(c, &dir);
	if (r < 0)
		return r;
	if (!S_ISDIR(dir.mode))
		return -ENOTDIR;
	r = shelf_by_id(c->lib, dir.parent_id, &parent);
	if (r < 0)
		return r;
	jwrite_open(c->out, '[');
	write_as(c, &dir, ".");
	write_as(c, &parent, "..");
	r = shelf_each(c->lib, dir.id, write_visible, c);
	jwrite_close(c->out, ']');
	return r;
}

/* Old clients name the process; whoever says hello speaks for its node. */
static struct shelf_actor call_actor(const struct call *c)
{
	int64_t pid = call_pid(c);

	return (struct shelf_actor){ .node_id = c->node_id,
				     .pid = pid,
				     .for_node = c->session->hello || !pid };
}

/* Where zeroing is done here, there is no shelf for the client to zero. */
static json_t *z_path(const struct shelf *z)
{
	return z->id ? json_pack("{s:s+}", "z_shelf_path", "/", z->name) :
		       json_pack("{s:n}", "z_shelf_path");
}

int cmd_resize_shelf(struct call *c)
{
	const struct shelf_actor who = call_actor(c);
	bool want_books = false, grow_only = false;
	struct shelf s, z = { 0 };
	int64_t size = 0;
	int r;

	r = call_shelf(c, &s);
	if (r == 0)
		r = call_number(c, "size_bytes", 0, INT64_MAX, -1, &size);
	if (r == 0)
		r = call_flag(c, "want_books", &want_books);
	if (r == 0)
		r = call_flag(c, "grow_only", &grow_only);
	if (r < 0)
		return r;
	if (!grow_only || (uint64_t)size > s.size_bytes)
		r = shelf_resize(c->lib, &s, (uint64_t)size, &who, &z);
	if (r == -EPERM && pending_is(c->lib, &s))
		return call_fail(c, r, "the shelf is to be zeroed");
	if (r != 0)
		return r;
	if (!want_books)
		return call_return(c, z_path(&z));
	return call_return_shelf(c, &s, 0, z_path(&z));
}

int cmd_rename_shelf(struct call *c)
{
	struct shelf_place place;
	struct shelf s;
	bool replace;
	int r;

	r = call_shelf(c, &s);
	if (r == 0)
		r = call_place(c, "newpath", &place);
	if (r == 0)
		r = call_flag(c, "replace", &replace);
	if (r == 0)
		r = shelf_rename(c->lib, &s, &place, replace, c->node_id);
	return r < 0 ? r : call_return_shelf(c, &s, 0, NULL);
}

int cmd_destroy_shelf(struct call *c)
{
	bool revoke = false;
	struct shelf s;
	int r;

	r = call_shelf(c, &s);
	if (r == 0)
		r = call_flag(c, "revoke", &revoke);
	if (r == 0)
		r = revoke ? revoke_destroy(c->lib, &s, c->node_id) :
			     shelf_destroy(c->lib, &s);
	if (r == -EBUSY)
		return call_fail(c, r,
				 pending_is(c->lib, &s) && s.book_count ?
					 "cut it to 0 when it is zeroed" :
					 "the shelf is open");
	return r < 0 ? r : call_return_shelf(c, &s, 0, NULL);
}

/* There is no time of access; a time of 0 is now. */
int cmd_set_am_time(struct call *c)
{
	struct shelf s;
	int64_t mtime = 0;
	int r;

	r = call_shelf(c, &s);
	if (r == 0)
		r = call_number(c, "mtime", INT64_MIN, INT64_MAX, 0, &mtime);
	return r < 0 ? r : shelf_set_time(c->lib, &s, mtime);
}
