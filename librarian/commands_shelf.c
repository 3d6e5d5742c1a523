/* SPDX-License-Identifier: MIT */

/* commands_shelf.c - Commands about shelves */

#include <errno.h>
#include <sys/stat.h>

#include "cleanup.h"
#include "commands.h"
#include "jread.h"
#include "librarian.h"
#include "pending.h"
#include "revoke.h"
#include "shelf.h"

#define SECOND 1000000000LL

/* The process that opens; tm-librarian's clients tell in the context. */
static int64_t call_pid(const struct call *c)
{
	int64_t pid;

	return call_to_number(jvalue_get(c->context, "pid"), &pid) ? pid : 0;
}

static int open_and_return(struct call *c, const struct shelf *s)
{
	int64_t handle;
	int r;

	if (S_ISDIR(s->mode))
		return -EISDIR;
	if (S_ISLNK(s->mode))
		return -ELOOP;
	if (!S_ISREG(s->mode) && !S_ISBLK(s->mode))
		return -ENXIO;
	r = shelf_open(c->lib, s->id, c->node_id, call_pid(c), &handle);
	if (r < 0)
		return r;
	return call_return_shelf(c, s, handle, NULL);
}

/* tm-librarian's clients always want to have it open. */
static int call_open(struct call *c, const struct shelf *s, bool nameless,
		     bool *ret_open)
{
	bool open = !call_is_posix(c) || S_ISREG(s->mode);
	int r = 0;

	if (jvalue_get(c->args, "open"))
		r = call_flag(c, "open", &open);
	if (r == 0 && nameless && !open)
		return call_fail(c, -EINVAL, "it would be gone at once");
	if (r == 0)
		*ret_open = open;
	return r;
}

static int create(struct call *c, const struct shelf_new *what, bool nameless,
		  struct shelf *ret_s)
{
	bool excl = false;
	int r;

	if (nameless)
		return shelf_insert_nameless(c->lib, what, true, ret_s);
	r = call_flag(c, "excl", &excl);
	if (r < 0)
		return r;
	r = shelf_by_name(c->lib, &what->place, ret_s);
	if (r == 0)
		return excl ? -EEXIST : 0;
	return r == -ENOENT ? shelf_create(c->lib, what, ret_s) : r;
}

int cmd_create_shelf(struct call *c)
{
	bool nameless, open = false;
	struct shelf_new what = { 0 };
	struct shelf s;
	int r;

	r = call_flag(c, "tmpfile", &nameless);
	if (r == 0)
		r = call_new(c, S_IFREG, nameless, &what);
	if (r < 0)
		return r;
	if (!nameless)
		call_see_names(c, what.place.parent_id);
	r = create(c, &what, nameless, &s);
	if (r == 0)
		r = call_open(c, &s, nameless, &open);
	if (r < 0)
		return r;
	return open ? open_and_return(c, &s) :
		      call_return_shelf(c, &s, 0, NULL);
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
	if (r < 0)
		return r;
	if (c->looked_in) /* the name leads there: so long it does */
		call_see_names(c, c->looked_in);
	return call_return_shelf(c, &s, 0, NULL);
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

/* With keep_size only the books are there. */
static int resize(struct call *c, struct shelf *s, uint64_t size,
		  struct shelf *ret_z)
{
	const struct shelf_actor who = call_actor(c);
	bool grow_only = false, keep_size = false, set;
	const struct pool *p = &c->lib->pool;
	int r;

	r = call_flag(c, "grow_only", &grow_only);
	if (r == 0)
		r = call_flag(c, "keep_size", &keep_size);
	if (r < 0)
		return r;
	/* Who writes until there is no more space wants to hear just that. */
	set = !grow_only && !keep_size;
	if (call_is_posix(c) && size > (set ? pool_bytes(p) : pool_size_max(p)))
		return -EFBIG;
	if (keep_size)
		return shelf_reserve(c->lib, s, size, c->node_id);
	if (grow_only && size <= s->size_bytes)
		return 0;
	return shelf_resize(c->lib, s, size, &who, ret_z);
}

int cmd_resize_shelf(struct call *c)
{
	struct shelf s, z = { 0 };
	bool want_books = false;
	int64_t size = 0;
	int r;

	r = call_shelf(c, &s);
	if (r == 0)
		r = call_number(c, "size_bytes", 0, INT64_MAX, -1, &size);
	if (r == 0)
		r = call_flag(c, "want_books", &want_books);
	if (r == 0)
		r = resize(c, &s, (uint64_t)size, &z);
	if (r == -EPERM && pending_is(c->lib, &s))
		return call_fail(c, r, "the shelf is to be zeroed");
	if (r != 0)
		return r;
	if (call_is_posix(c))
		return call_return_shelf(c, &s, 0, NULL);
	if (!want_books)
		return call_return(c, z_path(&z));
	return call_return_shelf(c, &s, 0, z_path(&z));
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
	if (r < 0)
		return r;
	if (!mtime)
		return shelf_set_times(c->lib, &s, s.atime, shelf_now());
	if (mtime > INT64_MAX / SECOND || mtime < INT64_MIN / SECOND)
		return call_fail(c, -EINVAL, "a time out of range");
	return shelf_set_times(c->lib, &s, s.atime, mtime * SECOND);
}
