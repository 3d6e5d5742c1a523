/* SPDX-License-Identifier: MIT */

/* tree.h - A small model of what the Librarian keeps
 *
 * A directory with two directories in it, and four files in each of the three.
 * Operations are applied to it in the order in which they are sent; each says
 * which errno is to be expected. Every node has a tree of its own, so that
 * what one does is not changed by another.
 */
#pragma once

#include <sys/stat.h>

#include "fixture.h"

#define TREE_DIRS 3U /* the first is the top and always there */
#define TREE_FILES 4U
#define TREE_SLOTS (TREE_DIRS + TREE_DIRS * TREE_FILES)
#define TREE_OPENS 4U	 /* after which no more is opened */
#define TREE_HANDLES 32U /* with those that are under way then */
#define TREE_UNLINKED 64U

struct tree_slot {
	bool exists;
	int64_t id; /* 0 = not known yet */
	uint64_t size;
	unsigned tag; /* value of an attribute; 0 = has none */
	unsigned opens;
	int64_t handles[TREE_HANDLES]; /* as far as they are known */
};

struct tree {
	struct tree_slot slots[TREE_SLOTS];
	/* Lost their names while they were held; a ring. */
	struct tree_slot unlinked[TREE_UNLINKED];
	unsigned n_unlinked;
};

enum tree_kind {
	TREE_CREATE,
	TREE_CLOSE,
	TREE_RESIZE,
	TREE_DESTROY,
	TREE_RENAME,
	TREE_REPLACE, /* renames, whatever is there */
	TREE_MKDIR,
	TREE_RMDIR,
	TREE_TAG,
	TREE_GET,
	TREE_KINDS,
};

struct tree_op {
	enum tree_kind kind;
	unsigned slot, to;
	uint64_t size;
	unsigned tag;
	int64_t id, handle;
};

static bool tree_is_dir(unsigned slot)
{
	return slot < TREE_DIRS;
}

/* The directory that a slot is in; the top is in itself. */
static unsigned tree_parent(unsigned slot)
{
	return tree_is_dir(slot) ? 0 : (slot - TREE_DIRS) / TREE_FILES;
}

UNUSED static void tree_path(uint32_t node, unsigned slot, char *buf,
			     size_t size)
{
	unsigned dir = tree_is_dir(slot) ? slot : tree_parent(slot);
	int n;

	n = snprintf(buf, size, "/n%u", node);
	if (dir)
		n += snprintf(buf + n, size - (size_t)n, "/d%u", dir);
	if (!tree_is_dir(slot))
		(void)snprintf(buf + n, size - (size_t)n, "/f%u",
			       (slot - TREE_DIRS) % TREE_FILES);
}

/* ---- what is to be expected ----------------------------------------------- */

static int tree_find(const struct tree *t, unsigned slot)
{
	if (!t->slots[tree_parent(slot)].exists)
		return ENOENT;
	return t->slots[slot].exists ? 0 : ENOENT;
}

static int tree_create(struct tree *t, const struct tree_op *op)
{
	struct tree_slot *s = &t->slots[op->slot];

	if (!t->slots[tree_parent(op->slot)].exists)
		return ENOENT;
	s->exists = true;
	s->opens++;
	return 0;
}

static int tree_close_slot(struct tree_slot *s, int64_t handle)
{
	for (unsigned h = 0; h < TREE_HANDLES; h++)
		if (s->handles[h] == handle) {
			s->handles[h] = 0;
			s->opens--;
			return 0;
		}
	return EBADF;
}

static int tree_close(struct tree *t, const struct tree_op *op)
{
	for (unsigned i = TREE_DIRS; i < TREE_SLOTS; i++)
		if (t->slots[i].exists && t->slots[i].id == op->id)
			return tree_close_slot(&t->slots[i], op->handle);
	for (unsigned i = 0; i < TREE_UNLINKED; i++) {
		struct tree_slot *s = &t->unlinked[i];
		int e;

		if (!s->exists || s->id != op->id)
			continue;
		e = tree_close_slot(s, op->handle);
		s->exists = s->opens;
		return e;
	}
	return ENOENT;
}

static int tree_destroy(struct tree *t, const struct tree_op *op)
{
	struct tree_slot *s = &t->slots[op->slot];
	int e = tree_find(t, op->slot);

	if (e)
		return e;
	if (s->opens)
		return EBUSY;
	*s = (struct tree_slot){ 0 };
	return 0;
}

static int tree_rename(struct tree *t, const struct tree_op *op)
{
	struct tree_slot *s = &t->slots[op->slot], *to = &t->slots[op->to];
	int e = tree_find(t, op->slot);

	if (e)
		return e;
	if (!t->slots[tree_parent(op->to)].exists)
		return ENOENT;
	if (s == to)
		return 0;
	if (to->exists && op->kind == TREE_RENAME)
		return EEXIST;
	if (to->exists && to->opens)
		t->unlinked[t->n_unlinked++ % TREE_UNLINKED] = *to;
	*to = *s;
	*s = (struct tree_slot){ 0 };
	return 0;
}

static int tree_mkdir(struct tree *t, const struct tree_op *op)
{
	if (t->slots[op->slot].exists)
		return EEXIST;
	t->slots[op->slot].exists = true;
	return 0;
}

static int tree_rmdir(struct tree *t, const struct tree_op *op)
{
	if (!t->slots[op->slot].exists)
		return ENOENT;
	for (unsigned i = TREE_DIRS; i < TREE_SLOTS; i++)
		if (tree_parent(i) == op->slot && t->slots[i].exists)
			return ENOTEMPTY;
	t->slots[op->slot] = (struct tree_slot){ 0 };
	return 0;
}

/* What an operation does to a tree, and the errno of its reply. */
UNUSED static int tree_apply(struct tree *t, const struct tree_op *op)
{
	struct tree_slot *s = &t->slots[op->slot];
	int e;

	switch (op->kind) {
	case TREE_CREATE:
		return tree_create(t, op);
	case TREE_CLOSE:
		return tree_close(t, op);
	case TREE_DESTROY:
		return tree_destroy(t, op);
	case TREE_RENAME:
	case TREE_REPLACE:
		return tree_rename(t, op);
	case TREE_MKDIR:
		return tree_mkdir(t, op);
	case TREE_RMDIR:
		return tree_rmdir(t, op);
	default:
		break;
	}
	e = tree_find(t, op->slot);
	if (!e && op->kind == TREE_RESIZE)
		s->size = op->size;
	if (!e && op->kind == TREE_TAG)
		s->tag = op->tag;
	return e;
}

/* ---- choosing one --------------------------------------------------------- */

/* xorshift: the same run for the same seed. */
static uint32_t tree_pick(uint64_t *seed, uint32_t n)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return (uint32_t)(*seed >> 11) % n;
}

static void tree_choose_close(const struct tree *t, struct tree_op *op)
{
	const struct tree_slot *s = &t->slots[op->slot];

	op->id = s->id ? s->id : INT32_MAX;
	op->handle = INT32_MAX;
	for (unsigned h = 0; h < TREE_HANDLES; h++)
		if (s->handles[h])
			op->handle = s->handles[h];
}

/* @t is what is known for certain; at most @books for a file. */
UNUSED static void tree_choose(const struct tree *t, uint64_t *seed,
			       uint32_t books, struct tree_op *op)
{
	/* Close as often as create, or there is nothing left to destroy. */
	static const enum tree_kind kinds[] = {
		TREE_CREATE, TREE_CREATE,  TREE_CREATE,	 TREE_CLOSE,
		TREE_CLOSE,  TREE_CLOSE,   TREE_CLOSE,	 TREE_RESIZE,
		TREE_RESIZE, TREE_RESIZE,  TREE_DESTROY, TREE_DESTROY,
		TREE_RENAME, TREE_REPLACE, TREE_MKDIR,	 TREE_RMDIR,
		TREE_TAG,    TREE_GET,
	};

	*op = (struct tree_op){
		.kind = kinds[tree_pick(seed, ARRAY_SIZE(kinds))]
	};
	op->slot = TREE_DIRS + tree_pick(seed, TREE_SLOTS - TREE_DIRS);
	op->to = TREE_DIRS + tree_pick(seed, TREE_SLOTS - TREE_DIRS);
	op->tag = 1 + tree_pick(seed, 1000);
	op->size = tree_pick(seed, 4) ? tree_pick(seed, books) * BOOK +
						tree_pick(seed, 5000) :
					0;
	if (op->kind == TREE_MKDIR || op->kind == TREE_RMDIR)
		op->slot = 1 + tree_pick(seed, TREE_DIRS - 1);
	if (op->kind == TREE_CREATE && t->slots[op->slot].opens >= TREE_OPENS)
		op->kind = TREE_CLOSE;
	if (op->kind == TREE_CLOSE)
		tree_choose_close(t, op);
}

/* The request; ' stands for ". */
UNUSED static void tree_request(uint32_t node, const struct tree_op *op,
				char *buf, size_t size)
{
	static const char *const texts[TREE_KINDS] = {
		[TREE_CREATE] = "create_shelf',",
		[TREE_CLOSE] = "close_shelf',",
		[TREE_RESIZE] = "resize_shelf',",
		[TREE_DESTROY] = "destroy_shelf',",
		[TREE_RENAME] = "rename_shelf',",
		[TREE_REPLACE] = "rename_shelf',"
				 "'replace':true,",
		[TREE_MKDIR] = "mkdir','mode':511,",
		[TREE_RMDIR] = "rmdir',",
		[TREE_TAG] = "set_xattr','xattr':'user.tag',",
		[TREE_GET] = "get_shelf',",
	};
	char path[64], to[64];

	tree_path(node, op->slot, path, sizeof(path));
	tree_path(node, op->to, to, sizeof(to));
	if (op->kind == TREE_CLOSE)
		(void)snprintf(buf, size,
			       "{'command':'%s'id':%lld,'open_handle':%lld,"
			       "'context':{'node_id':%u}}",
			       texts[op->kind], (long long)op->id,
			       (long long)op->handle, node);
	else
		(void)snprintf(buf, size,
			       "{'command':'%s'path':'%s','newpath':'%s',"
			       "'size_bytes':%llu,'value':'%u',"
			       "'context':{'node_id':%u}}",
			       texts[op->kind], path, to,
			       (unsigned long long)op->size, op->tag, node);
}

/* What a reply adds to what is known: after tree_apply(). */
UNUSED static void tree_learn(struct tree *t, const struct tree_op *op,
			      const json_t *reply)
{
	const json_t *v = json_object_get(reply, "value");
	struct tree_slot *s = &t->slots[op->slot];

	if (op->kind != TREE_CREATE)
		return;
	s->id = json_integer_value(json_object_get(v, "id"));
	assert_true(S_ISREG(json_integer_value(json_object_get(v, "mode"))));
	for (unsigned h = 0; h < TREE_HANDLES; h++)
		if (!s->handles[h]) {
			s->handles[h] = json_integer_value(
				json_object_get(v, "open_handle"));
			return;
		}
	fail_msg("more handles than expected");
}

/* ---- what is there -------------------------------------------------------- */

static void tree_load_handles(struct fixture *f, uint32_t node,
			      struct tree_slot *s)
{
	sqlite3_stmt *rows;

	assert_int_equal(db_query(f->lib.db, SQL_OPENS_ALL, &rows), 0);
	while (db_next(f->lib.db, rows) > 0) {
		if (sqlite3_column_int64(rows, 1) != s->id ||
		    sqlite3_column_int64(rows, 2) != node)
			continue;
		assert_true(s->opens < TREE_HANDLES);
		s->handles[s->opens++] = sqlite3_column_int64(rows, 0);
	}
}

/* A node's tree as the Librarian has it. */
UNUSED static void tree_load(struct fixture *f, uint32_t node, struct tree *t)
{
	*t = (struct tree){ 0 };
	for (unsigned i = 0; i < TREE_SLOTS; i++) {
		struct tree_slot *s = &t->slots[i];
		char path[64];
		json_t *r, *v;

		tree_path(node, i, path, sizeof(path));
		r = ask(f, node, "{'command':'get_shelf','path':'%s'}", path);
		v = json_object_get(r, "value");
		s->exists = v;
		if (v && !tree_is_dir(i)) {
			s->id = json_integer_value(json_object_get(v, "id"));
			s->size = (uint64_t)json_integer_value(
				json_object_get(v, "size_bytes"));
			tree_load_handles(f, node, s);
		}
		json_decref(r);
		if (!s->exists || tree_is_dir(i))
			continue;
		r = ask(f, node,
			"{'command':'get_xattr','path':'%s',"
			"'xattr':'user.tag'}",
			path);
		v = json_object_get(json_object_get(r, "value"), "value");
		if (v)
			s->tag = (unsigned)atoi(json_string_value(v));
		json_decref(r);
	}
}

/* Whether they are the same, as far as @expected is known. */
UNUSED static bool tree_equal(const struct tree *expected, const struct tree *t)
{
	for (unsigned i = 0; i < TREE_SLOTS; i++) {
		const struct tree_slot *a = &expected->slots[i];
		const struct tree_slot *b = &t->slots[i];

		if (a->exists != b->exists || a->size != b->size ||
		    a->tag != b->tag || a->opens != b->opens ||
		    (a->id && a->id != b->id))
			return false;
	}
	return true;
}
