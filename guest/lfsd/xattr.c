/* SPDX-License-Identifier: MIT */

/* xattr.c - Operations on extended attributes
 *
 * Those of the user, trusted and security name spaces. POSIX ACLs are not
 * offered: permissions are the mode's.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ask.h"
#include "cleanup.h"
#include "proto_board.h"

static int check_name(const char *name)
{
	static const char *const spaces[] = { "user.", "trusted.",
					      "security." };

	for (size_t i = 0; i < ARRAY_SIZE(spaces); i++)
		if (!strncmp(name, spaces[i], strlen(spaces[i])))
			return name[strlen(spaces[i])] ? 0 : -EINVAL;
	return -EOPNOTSUPP;
}

/* ---- capabilities ------------------------------------------------------------
 *
 * The kernel asks for them before a write, if it has heard of the file's
 * attributes since the last one; hardly any file has them.
 */

#define CAPABILITY "security.capability"

static uint64_t gen_of(const struct lfs *lfs, uint64_t id)
{
	return board_read(lfs->board, board_shelf_slot((int64_t)id));
}

static bool is_known_bare(struct lfs *lfs, uint64_t id)
{
	struct shelf *s = lfs->board ? shelf_get(&lfs->table, id) : NULL;
	bool bare;

	if (!s)
		return false;
	shelf_lock(s);
	bare = s->bare && s->bare_gen == gen_of(lfs, id);
	shelf_unlock(s);
	shelf_put(&lfs->table, s);
	return bare;
}

/* @gen: before the Librarian was asked */
static void note_bare(struct lfs *lfs, uint64_t id, uint64_t gen)
{
	struct shelf *s = lfs->board ? shelf_get(&lfs->table, id) : NULL;

	if (!s)
		return;
	shelf_lock(s);
	s->bare = true;
	s->bare_gen = gen;
	shelf_unlock(s);
	shelf_put(&lfs->table, s);
}

/* ---- operations -------------------------------------------------------------- */

static int ask_value(struct lfs *lfs, const struct caller *who, uint64_t id,
		     const char *name, void **ret_value, size_t *ret_len)
{
	CLEANUP_REPLY struct reply reply = { 0 };
	int r;

	r = client_ask(lfs->client, who, request_get_xattr(id, name), &reply);
	if (r < 0)
		return r;
	r = bytes_parse(reply.value, "value", "value_b64", ret_value, ret_len);
	return lfs_check(r == -ENOENT ? -EPROTO : r, "an attribute");
}

int lfs_get_xattr(struct lfs *lfs, const struct caller *who, uint64_t id,
		  const char *name, void **ret_value, size_t *ret_len)
{
	bool capability = !strcmp(name, CAPABILITY);
	uint64_t gen = lfs->board ? gen_of(lfs, id) : 0;
	int r = check_name(name);

	if (r < 0)
		return r;
	if (capability && is_known_bare(lfs, id))
		return -ENODATA;
	r = ask_value(lfs, who, id, name, ret_value, ret_len);
	if (capability && r == -ENODATA)
		note_bare(lfs, id, gen);
	return r;
}

int lfs_set_xattr(struct lfs *lfs, const struct caller *who, uint64_t id,
		  const char *name, const void *value, size_t len,
		  enum xattr_mode mode)
{
	CLEANUP_REPLY struct reply reply = { 0 };
	int r = check_name(name);

	if (r < 0)
		return r;
	r = client_ask(lfs->client, who,
		       request_set_xattr(id, name, value, len, mode), &reply);
	return r == -EEXIST && reply.resent ? 0 : r;
}

int lfs_remove_xattr(struct lfs *lfs, const struct caller *who, uint64_t id,
		     const char *name)
{
	CLEANUP_REPLY struct reply reply = { 0 };
	int r = check_name(name);

	if (r < 0)
		return r;
	r = client_ask(lfs->client, who, request_remove_xattr(id, name),
		       &reply);
	return r == -ENODATA && reply.resent ? 0 : r;
}

/* What the Librarian derives from the shelf itself is not listed: whoever copies
 * all attributes of a file should not copy that.
 */
#define DERIVED "user.LFS."

static const char *name_to_list(const struct jvalue *v)
{
	const char *name = jvalue_text(v);

	if (!name || check_name(name) < 0 ||
	    !strncmp(name, DERIVED, strlen(DERIVED)))
		return NULL;
	return name;
}

int lfs_list_xattrs(struct lfs *lfs, const struct caller *who, uint64_t id,
		    char **ret_names, size_t *ret_len)
{
	CLEANUP_REPLY struct reply reply = { 0 };
	const struct jvalue *list, *v;
	size_t len = 0;
	char *names;
	int r;

	r = client_ask(lfs->client, who, request_list_xattrs(id), &reply);
	list = jvalue_get(reply.value, "value");
	if (r == 0 && !jvalue_is(list, JVALUE_ARRAY))
		r = lfs_check(-EPROTO, "attributes");
	if (r < 0)
		return r;
	for (v = list + 1; v < jvalue_end(list); v = jvalue_next(v))
		if (name_to_list(v))
			len += strlen(name_to_list(v)) + 1;
	names = malloc(len ? len : 1);
	if (!names)
		return -ENOMEM;
	len = 0;
	for (v = list + 1; v < jvalue_end(list); v = jvalue_next(v)) {
		const char *name = name_to_list(v);

		if (!name)
			continue;
		memcpy(names + len, name, strlen(name) + 1);
		len += strlen(name) + 1;
	}
	*ret_names = names;
	*ret_len = len;
	return 0;
}
