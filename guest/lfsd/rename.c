/* SPDX-License-Identifier: MIT */

/* rename.c - Moving and exchanging names */

#include <errno.h>
#include <stdlib.h>

#include "ask.h"
#include "cache.h"
#include "cleanup.h"
#include "names.h"

/* Where a name leads, if that is known; 0 = nowhere, or it is not known */
static uint64_t known_id(struct lfs *lfs, const struct place *p)
{
	uint64_t id = 0;
	bool list = false;

	if (cache_get_name(lfs->cache, p->dir_id, p->name, &id, &list) !=
	    CACHE_PRESENT)
		return 0;
	return id;
}

static void follow_rename(struct lfs *lfs, const struct reply *reply,
			  const struct place *from, uint64_t from_id,
			  const struct place *to, uint64_t to_id)
{
	struct names_change g;
	struct cache_change changes[2];

	/* Two names of one shelf: nothing happens. */
	if (!reply_whole(reply) ||
	    names_change_parse(reply_whole(reply), &g) < 0 ||
	    g.before == g.after)
		return;
	changes[0] = (struct cache_change){ from->dir_id, from->name, from_id,
					    g.before, g.after };
	changes[1] = (struct cache_change){ to->dir_id, to->name, to_id,
					    g.new_before, g.new_after };
	cache_change_names(lfs->cache, changes, 2);
}

/* Another name may be left to it. */
static void replaced(struct lfs *lfs, uint64_t id)
{
	struct shelf_info info = { 0 };
	struct shelf *s = shelf_get(&lfs->table, id);
	int r;

	if (!s)
		return;
	shelf_put(&lfs->table, s);
	r = lfs_get(lfs, NULL, id, &info);
	if (r == -ENOENT || (r == 0 && info.links == 0))
		names_unwanted(lfs, id);
	shelf_info_deinit(&info);
}

/* An exchange that was carried out twice has changed nothing. */
static bool is_undone(struct lfs *lfs, const struct caller *who,
		      const struct place *from, uint64_t from_id)
{
	CLEANUP_SHELF_INFO struct shelf_info info = { 0 };

	return names_ask(lfs, who, from, &info) == 0 && info.id == from_id;
}

static int ask_rename(struct lfs *lfs, const struct caller *who,
		      const struct place *from, const struct place *to,
		      enum rename_mode mode, bool *ret_resent)
{
	uint64_t old = known_id(lfs, to);
	CLEANUP_SHELF_INFO struct shelf_info info = { 0 };
	CLEANUP_REPLY struct reply reply = { 0 };
	bool both = mode == RENAME_MODE_EXCHANGE;
	int r;

	r = lfs_ask(lfs, who, request_rename(from, to, mode), &info, &reply);
	*ret_resent = reply.resent;
	if (r < 0)
		return r == -ENOENT && reply.resent && !both ? 0 : r;
	names_keep_dirs(lfs, &reply);
	if (!both || old)
		follow_rename(lfs, &reply, from, both ? old : 0, to, info.id);
	if (old && old != info.id && !both)
		replaced(lfs, old);
	return 0;
}

/* To know afterwards whether it has happened, once */
static int exchange(struct lfs *lfs, const struct caller *who,
		    const struct place *from, const struct place *to)
{
	CLEANUP_SHELF_INFO struct shelf_info info = { 0 };
	bool resent = false;
	int r = lfs_lookup(lfs, who, from, &info);

	if (r == 0)
		r = ask_rename(lfs, who, from, to, RENAME_MODE_EXCHANGE,
			       &resent);
	if (r == 0 && resent && is_undone(lfs, who, from, info.id))
		r = ask_rename(lfs, who, from, to, RENAME_MODE_EXCHANGE,
			       &resent);
	return r;
}

int lfs_rename(struct lfs *lfs, const struct caller *who,
	       const struct place *from, const struct place *to,
	       enum rename_mode mode)
{
	bool resent;
	int r = names_check(from->name);

	if (r == 0)
		r = names_check(to->name);
	if (r < 0)
		return r;
	if (mode == RENAME_MODE_EXCHANGE)
		return exchange(lfs, who, from, to);
	return ask_rename(lfs, who, from, to, mode, &resent);
}
