/* SPDX-License-Identifier: MIT */

/* call_shelf.c - Parameters that say which shelf, and where a new one is to be
 *
 * By path, by number, or by a directory's number and a name in it. A name is
 * bytes: one that is no UTF-8 comes in base64, with "_b64" behind the key.
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base64.h"
#include "commands.h"
#include "jread.h"
#include "librarian.h"
#include "shelf.h"

#define KEY_MAX 32

int call_bytes(struct call *c, const char *key, size_t max, char *buf)
{
	char coded[KEY_MAX];
	const struct jvalue *v;
	size_t len = 0;

	(void)snprintf(coded, sizeof(coded), "%s_b64", key);
	v = jvalue_get(c->args, coded);
	if (!v) {
		const char *text;
		int r = call_text(c, key, &text);

		if (r < 0 || strlen(text) > max)
			return r < 0 ? r : -ENAMETOOLONG;
		memcpy(buf, text, strlen(text) + 1);
		return 0;
	}
	if (v->type != JVALUE_TEXT)
		return call_fail(c, -EINVAL, "a text is missing");
	if (v->n > BASE64_LEN(max))
		return -ENAMETOOLONG;
	if (base64_decode(v->text, v->n, buf, &len) < 0)
		return call_fail(c, -EINVAL, "not base64");
	if (len > max)
		return -ENAMETOOLONG;
	buf[len] = '\0';
	return strlen(buf) == len ?
		       0 :
		       call_fail(c, -EINVAL, "a text contains NUL");
}

int call_name(struct call *c, const char *key,
	      char ret_name[LIBRARIAN_NAME_MAX + 1])
{
	char name[CALL_BYTES_SIZE(LIBRARIAN_NAME_MAX)] = "";
	int r;

	r = call_bytes(c, key, LIBRARIAN_NAME_MAX, name);
	if (r < 0)
		return r;
	if (!*name || !strcmp(name, ".") || !strcmp(name, "..") ||
	    strchr(name, '/'))
		return call_fail(c, -EINVAL, "not a name");
	memcpy(ret_name, name, LIBRARIAN_NAME_MAX + 1);
	return 0;
}

static int call_directory(struct call *c, const char *key, struct shelf *ret_s)
{
	int64_t id = 0;
	int r;

	r = call_number(c, key, 1, INT64_MAX, 0, &id);
	if (r == 0)
		r = shelf_by_id(c->lib, id, ret_s);
	if (r == -ENOENT)
		return call_fail(c, r, "no such directory");
	return r < 0 ? r : S_ISDIR(ret_s->mode) ? 0 : -ENOTDIR;
}

/* What has no name is found by none. */
static int by_name(struct call *c, const struct shelf_place *place,
		   struct shelf *ret_s)
{
	int r;

	r = shelf_name_is_unlinked(place->name) ?
		    -ENOENT :
		    shelf_by_name(c->lib, place, ret_s);
	return r == -ENOENT ? call_fail(c, r, NULL) : r;
}

int call_place_in(struct call *c, const char *dir_key, const char *key,
		  struct shelf_place *ret_place)
{
	struct shelf dir = { 0 };
	int r;

	r = call_directory(c, dir_key, &dir);
	if (r == 0)
		r = call_name(c, key, ret_place->name);
	if (r == 0)
		ret_place->parent_id = dir.id;
	return r;
}

int call_entry(struct call *c, const char *dir_key, const char *key,
	       struct shelf *ret_s)
{
	struct shelf_place place = { 0 };
	int r;

	r = call_place_in(c, dir_key, key, &place);
	if (r < 0)
		return r;
	r = by_name(c, &place, ret_s);
	/* A node may remember that there is no such name, or where it leads. */
	if ((r == 0 || r == -ENOENT) && call_is_posix(c))
		c->looked_in = place.parent_id;
	return r;
}

static int by_path(struct call *c, struct shelf *ret_s)
{
	const char *path;
	int r;

	r = call_text(c, "path", &path);
	return r < 0 ? r : shelf_walk(c->lib, path, ret_s);
}

int call_shelf(struct call *c, struct shelf *ret_s)
{
	bool in_dir = jvalue_get(c->args, "dir_id");
	struct shelf s = { 0 };
	int64_t id;
	int r;

	r = call_number(c, "id", 0, INT64_MAX, 0, &id);
	if (r < 0)
		return r;
	if (id && !in_dir && !jvalue_get(c->args, "path"))
		r = shelf_by_id(c->lib, id, &s);
	else
		r = in_dir ? call_entry(c, "dir_id", "name", &s) :
			     by_path(c, &s);
	if (r == 0 && id && s.id != id)
		r = call_fail(c, -ESTALE, "that path is another's");
	if (r == -ENOENT)
		return call_fail(c, r, "no such shelf");
	if (r == 0)
		*ret_s = s;
	return r;
}

/* ---- what is to be new ---------------------------------------------------- */

int call_place(struct call *c, const char *key, struct shelf_place *ret_place)
{
	const char *path;
	int r;

	r = call_text(c, key, &path);
	return r < 0 ? r : shelf_walk_parent(c->lib, path, ret_place);
}

/* Whoever makes it says whose it is, unless the directory does. */
static int call_owner(struct call *c, const struct shelf *dir,
		      struct shelf_new *what)
{
	int64_t rdev = 0;
	int r;

	r = call_number32(c, "uid", &what->uid);
	if (r == 0)
		r = call_number32(c, "gid", &what->gid);
	if (r == 0)
		r = call_number(c, "rdev", 0, INT64_MAX, 0, &rdev);
	if (r < 0)
		return r;
	what->rdev = (uint64_t)rdev;
	if (dir->mode & S_ISGID) {
		what->gid = dir->gid;
		if (S_ISDIR(what->mode))
			what->mode |= S_ISGID;
	}
	return 0;
}

/* In a directory that is known by its number, or where a path leads. */
static int call_new_place(struct call *c, bool nameless, struct shelf *ret_dir,
			  struct shelf_place *ret_place)
{
	int r;

	*ret_dir = (struct shelf){ 0 };
	if (!nameless && !jvalue_get(c->args, "dir_id")) {
		r = call_place(c, "path", ret_place);
	} else {
		r = call_directory(c, "dir_id", ret_dir);
		ret_place->parent_id = ret_dir->id;
		if (r == 0 && !nameless)
			r = call_name(c, "name", ret_place->name);
	}
	if (r == 0 && shelf_name_is_unlinked(ret_place->name))
		return call_fail(c, -EPERM, "such names are not for use");
	return r;
}

int call_new(struct call *c, uint32_t type, bool nameless,
	     struct shelf_new *ret_new)
{
	struct shelf_new what = { .node_id = c->node_id };
	struct shelf dir = { 0 };
	int r;

	r = call_new_place(c, nameless, &dir, &what.place);
	if (r == 0)
		r = call_mode(c, type, &what.mode);
	if (r == 0)
		r = call_owner(c, &dir, &what);
	if (r == 0)
		*ret_new = what;
	return r;
}
