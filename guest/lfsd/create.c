/* SPDX-License-Identifier: MIT */

/* create.c - Making files that are open */

#include <errno.h>
#include <stdlib.h>

#include "ask.h"
#include "cleanup.h"
#include "hold.h"
#include "names.h"

/* A handle that a lost answer would have told, of a shelf that we do not hold */
static int find_handle(struct lfs *lfs, uint64_t id, uint64_t *ret_handle)
{
	CLEANUP_REPLY struct reply reply = { 0 };
	CLEANUP_FREE struct open_info *opens = NULL;
	size_t n = 0;
	int r;

	r = client_ask(lfs->client, NULL, request_list_open(), &reply);
	if (r == 0)
		r = open_infos_parse(reply.value, lfs->node_id, &opens, &n);
	for (size_t i = 0; r == 0 && i < n; i++)
		if (opens[i].shelf_id == id) {
			*ret_handle = opens[i].handle;
			return 0;
		}
	return r < 0 ? r : -ENOENT;
}

/*
 * It exists, but this node has a handle of it which nobody here knows: then the
 * first attempt has made it.
 */
static int recover_created(struct lfs *lfs, const struct caller *who,
			   const struct place *p, struct shelf_info *ret_info)
{
	CLEANUP_SHELF_INFO struct shelf_info info = { 0 };
	struct shelf *s;
	uint64_t handle;
	int r;

	r = names_ask(lfs, who, p, &info);
	if (r < 0)
		return r;
	s = shelf_get(&lfs->table, info.id);
	shelf_put(&lfs->table, s);
	if (s)
		return -EEXIST;
	r = find_handle(lfs, info.id, &handle);
	if (r < 0)
		return r == -ENOENT ? -EEXIST : r;
	r = lfs_ask_shelf(lfs, who, request_get(info.id, true), ret_info);
	if (r == 0)
		ret_info->handle = handle;
	return r;
}

static int ask_create(struct lfs *lfs, const struct caller *who,
		      const struct place *p, const struct new_shelf *n,
		      struct shelf_info *ret_info)
{
	CLEANUP_REPLY struct reply reply = { 0 };
	int r;

	r = lfs_ask(lfs, who, request_create(p, n, true), ret_info, &reply);
	if (r == 0 && p->name)
		names_follow(lfs, &reply, p, ret_info->id);
	if (r == -EEXIST && reply.resent)
		r = recover_created(lfs, who, p, ret_info);
	if (reply.resent) /* there may be a handle that nobody knows */
		hold_unsettle(lfs);
	return r;
}

static int hold_created(struct lfs *lfs, struct shelf_info *info,
			struct shelf **ret_s)
{
	struct shelf *s = shelf_get_or_add(&lfs->table, info->id);
	int r = -ENOMEM;

	if (s) {
		shelf_lock(s);
		r = s->handle ? -EIO : hold_begin(lfs, s, info);
		if (r == 0)
			r = hold_back(lfs, s);
		if (r == 0)
			s->opens++;
		s->bare = info->has_gen; /* it is new */
		s->bare_gen = info->gen;
		shelf_unlock(s);
	}
	if (r == 0) {
		*ret_s = s;
		return 0;
	}
	shelf_put(&lfs->table, s);
	(void)hold_close_handle(lfs, info->id, info->handle);
	return r;
}

int lfs_create(struct lfs *lfs, const struct caller *who, const struct place *p,
	       const struct new_shelf *n, struct shelf **ret_s,
	       struct shelf_info *ret_info)
{
	CLEANUP_SHELF_INFO struct shelf_info info = { 0 };
	int r = p->name ? names_check(p->name) : 0;

	if (r < 0)
		return r;
	(void)pthread_rwlock_rdlock(&lfs->creating);
	r = ask_create(lfs, who, p, n, &info);
	if (r == 0)
		r = hold_created(lfs, &info, ret_s);
	(void)pthread_rwlock_unlock(&lfs->creating);
	if (r < 0)
		return r;
	*ret_info = info;
	info = (struct shelf_info){ 0 };
	return 0;
}
