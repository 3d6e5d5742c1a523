/* SPDX-License-Identifier: MIT */

/* request.c - What lfsd asks the Librarian */

#include "request.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base64.h"
#include "cleanup.h"
#include "proto_librarian.h"

/* ---- parts of requests ------------------------------------------------------
 *
 * They add to an object and return it, or free it and return NULL; NULL stays
 * NULL. So they nest, and the first failure is the last.
 */

static json_t *with(json_t *o, const char *key, json_t *value)
{
	if (o && value && json_object_set_new(o, key, value) == 0)
		return o;
	if (!o)
		json_decref(value);
	json_decref(o);
	return NULL;
}

static json_t *with_int(json_t *o, const char *key, uint64_t v)
{
	return with(o, key, json_integer((json_int_t)v));
}

static json_t *with_flag(json_t *o, const char *key, bool v)
{
	return v ? with(o, key, json_true()) : o;
}

static json_t *with_base64(json_t *o, const char *key, const void *data,
			   size_t len)
{
	CLEANUP_FREE char *text = malloc(BASE64_LEN(len) + 1);

	if (!text)
		return with(o, key, NULL);
	base64_encode(data, len, text);
	return with(o, key, json_string(text));
}

/* Bytes that JSON does not have: in base64, and under the other key. */
static json_t *with_bytes(json_t *o, const char *key, const char *key_b64,
			  const char *bytes)
{
	json_t *text = json_string(bytes);

	if (text)
		return with(o, key, text);
	return with_base64(o, key_b64, bytes, strlen(bytes));
}

static json_t *command(const char *name)
{
	return json_pack("{s:s}", "command", name);
}

static json_t *of_shelf(const char *name, uint64_t id)
{
	return with_int(command(name), "id", id);
}

static json_t *with_place(json_t *o, const struct place *p)
{
	o = with_int(o, "dir_id", p->dir_id);
	return p->name ? with_bytes(o, "name", "name_b64", p->name) : o;
}

static json_t *of_place(const char *name, const struct place *p)
{
	return with_place(command(name), p);
}

/* A name there is to change: what becomes of the directory is asked for next. */
static json_t *changing(const char *name, const struct place *p)
{
	return with_flag(of_place(name, p), "want_dirs", p->name);
}

static json_t *with_new(json_t *o, const struct new_shelf *n)
{
	o = with_int(o, "mode", n->mode);
	o = with_int(o, "uid", n->uid);
	return with_int(o, "gid", n->gid);
}

/* ---- the connection -------------------------------------------------------- */

json_t *request_hello(uint32_t node_id, const char *token, uint32_t protocol,
		      bool events)
{
	return json_pack("{s:s, s:I, s:s, s:I, s:b}", "command", "hello",
			 "node_id", (json_int_t)node_id, "token", token,
			 "protocol", (json_int_t)protocol, "events",
			 (int)events);
}

json_t *request_stats(void)
{
	return command("get_fs_stats");
}

int request_set_context(json_t *request, uint64_t seq, const struct caller *who)
{
	json_t *context;

	context = who ? json_pack("{s:I, s:I}", "seq", (json_int_t)seq, "pid",
				  (json_int_t)who->pid) :
			json_pack("{s:I}", "seq", (json_int_t)seq);
	if (!context || json_object_set_new(request, "context", context) < 0)
		return -ENOMEM;
	return 0;
}

/* ---- names ----------------------------------------------------------------- */

json_t *request_lookup(const struct place *p)
{
	return of_place("get_shelf", p);
}

json_t *request_create(const struct place *p, const struct new_shelf *n,
		       bool open)
{
	json_t *o = with_new(changing("create_shelf", p), n);

	o = with_flag(o, "excl", p->name);
	o = with_flag(o, "tmpfile", !p->name);
	o = with(o, "open", json_boolean(open));
	o = with_flag(o, "want_books", open);
	return n->rdev ? with_int(o, "rdev", n->rdev) : o;
}

json_t *request_mkdir(const struct place *p, const struct new_shelf *n)
{
	return with_new(changing("mkdir", p), n);
}

json_t *request_symlink(const struct place *p, const struct new_shelf *n,
			const char *target)
{
	return with_bytes(with_new(changing("symlink", p), n), "target",
			  "target_b64", target);
}

json_t *request_link(uint64_t id, const struct place *p)
{
	return with_int(changing("link", p), "id", id);
}

json_t *request_unlink(const struct place *p, uint64_t handle)
{
	json_t *o = changing("unlink", p);

	return handle ? with_int(o, "open_handle", handle) : o;
}

json_t *request_rmdir(const struct place *p)
{
	return changing("rmdir", p);
}

json_t *request_rename(const struct place *from, const struct place *to,
		       enum rename_mode mode)
{
	json_t *o = changing("rename_shelf", from);

	o = with_int(o, "newdir_id", to->dir_id);
	o = with_bytes(o, "newname", "newname_b64", to->name);
	o = with(o, "replace", json_boolean(mode == RENAME_MODE_REPLACE));
	return with_flag(o, "exchange", mode == RENAME_MODE_EXCHANGE);
}

json_t *request_path(const struct place *p)
{
	json_t *o = with_int(command("get_shelf_path"), "parent_id", p->dir_id);

	return with_bytes(o, "name", "name_b64", p->name);
}

json_t *request_readlink(uint64_t id)
{
	return of_shelf("readlink", id);
}

json_t *request_list(uint64_t id, const char *after, uint32_t limit)
{
	json_t *o = with_bytes(of_shelf("list_shelves", id), "after",
			       "after_b64", after);

	return with_int(o, "limit", limit);
}

/* ---- shelves --------------------------------------------------------------- */

json_t *request_root(void)
{
	return json_pack("{s:s, s:s}", "command", "get_shelf", "path", "/");
}

json_t *request_get(uint64_t id, bool want_books)
{
	return with_flag(of_shelf("get_shelf", id), "want_books", want_books);
}

json_t *request_open(uint64_t id)
{
	return with_flag(of_shelf("open_shelf", id), "want_books", true);
}

json_t *request_close(uint64_t id, uint64_t handle)
{
	return with_int(of_shelf("close_shelf", id), "open_handle", handle);
}

json_t *request_list_open(void)
{
	return command("list_open_shelves");
}

json_t *request_ack(uint64_t id, uint64_t generation)
{
	json_t *o = with_int(command("ack"), "shelf_id", id);

	return with_int(o, "generation", generation);
}

static json_t *with_time(json_t *o, const char *key, unsigned what,
			 unsigned set, unsigned now, int64_t ns)
{
	if (what & now)
		return with(o, key, json_string("now"));
	return what & set ? with(o, key, json_integer(ns)) : o;
}

json_t *request_set_attr(uint64_t id, const struct attr_change *c)
{
	json_t *o = of_shelf("set_attr", id);

	if (c->what & ATTR_MODE)
		o = with_int(o, "mode", c->mode);
	if (c->what & ATTR_UID)
		o = with_int(o, "uid", c->uid);
	if (c->what & ATTR_GID)
		o = with_int(o, "gid", c->gid);
	o = with_time(o, "atime_ns", c->what, ATTR_ATIME, ATTR_ATIME_NOW,
		      c->atime_ns);
	return with_time(o, "mtime_ns", c->what, ATTR_MTIME, ATTR_MTIME_NOW,
			 c->mtime_ns);
}

json_t *request_resize(uint64_t id, uint64_t size, enum resize_mode mode)
{
	json_t *o = of_shelf("resize_shelf", id);

	o = with_int(o, "size_bytes", size);
	o = with_flag(o, "zero_enabled", true);
	o = with_flag(o, "grow_only", mode == RESIZE_AT_LEAST);
	o = with_flag(o, "keep_size", mode == RESIZE_RESERVE);
	return with_flag(o, "want_books", true);
}

json_t *request_append(uint64_t id, uint64_t len, uint64_t handle,
		       uint64_t token)
{
	json_t *o = with_int(of_shelf("append", id), "len", len);

	o = with_int(o, "open_handle", handle);
	o = with_int(o, "token", token);
	return with_flag(o, "want_books", true);
}

/* ---- extended attributes --------------------------------------------------- */

static json_t *of_xattr(const char *name, uint64_t id, const char *xattr)
{
	return with_bytes(of_shelf(name, id), "xattr", "xattr_b64", xattr);
}

json_t *request_get_xattr(uint64_t id, const char *name)
{
	return with_flag(of_xattr("get_xattr", id, name), "b64", true);
}

json_t *request_set_xattr(uint64_t id, const char *name, const void *value,
			  size_t len, enum xattr_mode mode)
{
	static const char *const flags[] = {
		[XATTR_MODE_CREATE] = "create",
		[XATTR_MODE_REPLACE] = "replace",
	};
	json_t *o = with_base64(of_xattr("set_xattr", id, name), "value_b64",
				value, len);

	return mode ? with(o, "flags", json_string(flags[mode])) : o;
}

json_t *request_list_xattrs(uint64_t id)
{
	return of_shelf("list_xattrs", id);
}

json_t *request_remove_xattr(uint64_t id, const char *name)
{
	return of_xattr("remove_xattr", id, name);
}

/* ---- locks ----------------------------------------------------------------- */

static json_t *of_lock(const char *name, const struct lock *l)
{
	static const char *const kinds[] = {
		[LOCK_KIND_POSIX] = "posix",
		[LOCK_KIND_FLOCK] = "flock",
	};
	static const char *const types[] = {
		[LOCK_TYPE_READ] = "read",
		[LOCK_TYPE_WRITE] = "write",
		[LOCK_TYPE_UNLOCK] = "unlock",
	};
	json_t *o = of_shelf(name, l->shelf_id);
	char owner[17];

	(void)snprintf(owner, sizeof(owner), "%016" PRIx64, l->owner);
	o = with(o, "owner", json_string(owner));
	o = with(o, "kind", json_string(kinds[l->kind]));
	o = with(o, "type", json_string(types[l->type]));
	o = with_int(o, "start", l->start);
	o = with_int(o, "end", l->end);
	return with_int(o, "pid", l->pid);
}

json_t *request_lock(const struct lock *l, bool wait)
{
	return with_flag(of_lock("lock", l), "wait", wait);
}

json_t *request_test_lock(const struct lock *l)
{
	return of_lock("test_lock", l);
}

json_t *request_unlock_all(void)
{
	return command("unlock_all");
}
