/* SPDX-License-Identifier: MIT */

/* commands_lock.c - Commands about locks on bytes of shelves */

#include <errno.h>
#include <string.h>

#include "cleanup.h"
#include "commands.h"
#include "jread.h"
#include "jwrite.h"
#include "librarian.h"
#include "lock.h"
#include "lock_wait.h"
#include "shelf.h"

enum lock_type {
	TYPE_READ,
	TYPE_WRITE,
	TYPE_UNLOCK,
	TYPE_CANCEL,
};

static const char *const type_names[] = {
	[TYPE_READ] = "read",
	[TYPE_WRITE] = "write",
	[TYPE_UNLOCK] = "unlock",
	[TYPE_CANCEL] = "cancel",
};

static const char *const kind_names[] = {
	[LOCK_POSIX] = "posix",
	[LOCK_FLOCK] = "flock",
};

_Static_assert(ARRAY_SIZE(kind_names) == LOCK_KINDS, "each has a name");

/* Which of these names a parameter is. */
static int call_choice(struct call *c, const char *key,
		       const char *const *names, size_t n, size_t *ret_i)
{
	const char *text;
	int r;

	r = call_text(c, key, &text);
	for (size_t i = 0; r == 0 && i < n; i++) {
		if (!strcmp(text, names[i])) {
			*ret_i = i;
			return 0;
		}
	}
	return r < 0 ? r : call_fail(c, -EINVAL, "no such kind of lock");
}

static int call_owner(struct call *c, char ret_owner[LOCK_OWNER_MAX + 1])
{
	const char *text;
	int r;

	r = call_text(c, "owner", &text);
	if (r < 0)
		return r;
	if (!*text || strlen(text) > LOCK_OWNER_MAX)
		return call_fail(c, -EINVAL, "an owner has 1 to 64 bytes");
	memcpy(ret_owner, text, strlen(text) + 1);
	return 0;
}

static int call_range(struct call *c, struct lock *l)
{
	int r;

	l->first = 0;
	l->last = INT64_MAX;
	if (l->kind == LOCK_FLOCK)
		return 0;
	r = call_number(c, "start", 0, INT64_MAX, 0, &l->first);
	if (r == 0)
		r = call_number(c, "end", 0, INT64_MAX, INT64_MAX, &l->last);
	if (r == 0 && l->last < l->first)
		return call_fail(c, -EINVAL, "the end is before the start");
	return r;
}

static int call_lock(struct call *c, struct lock *ret_lock,
		     enum lock_type *ret_type)
{
	struct lock l = { .node_id = c->node_id };
	size_t type = 0, kind = 0;
	struct shelf s;
	int r;

	r = call_shelf(c, &s);
	if (r == 0)
		r = call_choice(c, "type", type_names, ARRAY_SIZE(type_names),
				&type);
	if (r == 0)
		r = call_choice(c, "kind", kind_names, ARRAY_SIZE(kind_names),
				&kind);
	if (r == 0)
		r = call_owner(c, l.owner);
	if (r == 0)
		r = call_number(c, "pid", 0, INT64_MAX, 0, &l.pid);
	if (r < 0)
		return r;
	l.shelf_id = s.id;
	l.kind = (enum lock_kind)kind;
	l.exclusive = type == TYPE_WRITE;
	r = call_range(c, &l);
	if (r < 0)
		return r;
	*ret_lock = l;
	*ret_type = (enum lock_type)type;
	return 0;
}

/* -EAGAIN says as well that who wants to wait is waited for now. */
int cmd_lock(struct call *c)
{
	enum lock_type type = TYPE_CANCEL;
	struct lock l = { 0 };
	bool wait;
	int r;

	r = call_flag(c, "wait", &wait);
	if (r == 0)
		r = call_lock(c, &l, &type);
	if (r < 0)
		return r;
	lock_wait_forget(c->lib, &l);
	if (type == TYPE_CANCEL)
		return 0;
	if (type == TYPE_UNLOCK)
		return lock_clear(c->lib, &l);
	r = lock_set(c->lib, &l);
	if (r != -EAGAIN || !wait)
		return r;
	r = lock_wait_add(c->lib, &l);
	return r < 0 ? r : -EAGAIN;
}

static void put_int(struct jwrite *w, const char *key, int64_t v)
{
	jwrite_key(w, key);
	jwrite_int(w, v);
}

static void write_lock(struct jwrite *w, const struct lock *l)
{
	const char *type = type_names[!l	   ? TYPE_UNLOCK :
				      l->exclusive ? TYPE_WRITE :
						     TYPE_READ];

	jwrite_open(w, '{');
	jwrite_key(w, "type");
	jwrite_text(w, type, strlen(type));
	if (l) {
		put_int(w, "start", l->first);
		put_int(w, "end", l->last);
		put_int(w, "pid", l->pid);
		put_int(w, "node_id", l->node_id);
	}
	jwrite_close(w, '}');
}

int cmd_test_lock(struct call *c)
{
	struct lock l = { 0 }, other = { 0 };
	enum lock_type type = TYPE_READ;
	int r;

	r = call_lock(c, &l, &type);
	if (r == 0 && type > TYPE_WRITE)
		return call_fail(c, -EINVAL, "no lock to be tested");
	if (r == 0)
		r = lock_find(c->lib, &l, &other);
	if (r < 0 && r != -ENOENT)
		return r;
	write_lock(c->out, r == 0 ? &other : NULL);
	return 0;
}

int cmd_unlock_all(struct call *c)
{
	bool one = jvalue_get(c->args, "owner");
	char owner[LOCK_OWNER_MAX + 1];
	int r = 0;

	if (one)
		r = call_owner(c, owner);
	return r < 0 ? r :
		       lock_clear_node(c->lib, c->node_id, one ? owner : NULL);
}
