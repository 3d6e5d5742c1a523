/* SPDX-License-Identifier: MIT */

/* names.c - Operations on names in directories */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "ask.h"
#include "cache.h"
#include "cleanup.h"
#include "hold.h"
#include "json.h"
#include "proto_librarian.h"

static int check_name(const char *name)
{
	return strlen(name) > LIBRARIAN_NAME_MAX ? -ENAMETOOLONG : 0;
}

/* ---- what is known of names ------------------------------------------------ */

int lfs_list(struct lfs *lfs, const struct caller *who, uint64_t id,
	     const char *after, uint32_t limit, struct listing *ret_listing)
{
	CLEANUP_REPLY struct reply reply = { 0 };
	struct listing l;
	int r;

	r = client_ask(lfs->client, who, request_list(id, after, limit),
		       &reply);
	if (r < 0)
		return r;
	r = lfs_check(listing_parse(reply.value, lfs->max_book, &l),
		      "a directory");
	if (r < 0)
		return r;
	for (size_t i = 0; i < l.n; i++)
		if (l.infos[i].has_gen)
			cache_put_shelf(lfs->cache, &l.infos[i],
					l.infos[i].gen);
	if (!*after && l.has_gen)
		cache_put_listing(lfs->cache, id, l.infos, l.n, l.more,
				  l.names_gen);
	*ret_listing = l;
	return 0;
}

/* Ask for all names, where many of them are asked for one by one. */
static void learn_listing(struct lfs *lfs, const struct caller *who,
			  uint64_t dir_id)
{
	CLEANUP_LISTING struct listing l = { 0 };

	(void)lfs_list(lfs, who, dir_id, "", CACHE_LISTING_MAX, &l);
}

static enum cache_answer look(struct lfs *lfs, const struct caller *who,
			      const struct place *p, uint64_t *ret_id)
{
	enum cache_answer answer;
	bool list = false;

	answer = cache_get_name(lfs->cache, p->dir_id, p->name, ret_id, &list);
	if (answer != CACHE_UNKNOWN || !list)
		return answer;
	learn_listing(lfs, who, p->dir_id);
	return cache_get_name(lfs->cache, p->dir_id, p->name, ret_id, &list);
}

static int ask_name(struct lfs *lfs, const struct caller *who,
		    const struct place *p, struct shelf_info *ret_info)
{
	CLEANUP_REPLY struct reply reply = { 0 };
	uint64_t gen;
	int r;

	r = lfs_ask(lfs, who, request_lookup(p), ret_info, &reply);
	if ((r == 0 || r == -ENOENT) && reply.whole &&
	    names_gen_parse(reply.whole, &gen) == 0)
		cache_put_name(lfs->cache, p->dir_id, p->name,
			       r == 0 ? ret_info->id : 0, gen);
	return r;
}

int lfs_lookup(struct lfs *lfs, const struct caller *who, const struct place *p,
	       struct shelf_info *ret_info)
{
	uint64_t id;
	int r = check_name(p->name);

	if (r < 0)
		return r;
	switch (look(lfs, who, p, &id)) {
	case CACHE_ABSENT:
		return -ENOENT;
	case CACHE_PRESENT:
		r = lfs_get(lfs, who, id, ret_info);
		/* Gone since: perhaps the name leads elsewhere by now. */
		if (r != -ENOENT)
			return r;
		break;
	case CACHE_UNKNOWN:
		break;
	}
	return ask_name(lfs, who, p, ret_info);
}

/* One name became what @id says. */
static void follow(struct lfs *lfs, const struct reply *reply,
		   const struct place *p, uint64_t id)
{
	struct names_change gens;
	struct cache_change change;

	if (!reply->whole || names_change_parse(reply->whole, &gens) < 0)
		return;
	change = (struct cache_change){ p->dir_id, p->name, id, gens.before,
					gens.after };
	cache_change_names(lfs->cache, &change, 1);
}

/* ---- making ---------------------------------------------------------------- */

/* The answer to a first attempt got lost, and now the name exists: is it ours? */
static int recover(struct lfs *lfs, const struct caller *who,
		   const struct place *p, const struct new_shelf *n,
		   struct shelf_info *ret_info)
{
	struct shelf_info info = { 0 };
	int r = ask_name(lfs, who, p, &info);

	if (r < 0)
		return r == -ENOENT ? -EEXIST : r;
	if ((info.mode & S_IFMT) != (n->mode & S_IFMT) || info.uid != n->uid) {
		shelf_info_deinit(&info);
		return -EEXIST;
	}
	*ret_info = info;
	return 0;
}

static int make(struct lfs *lfs, const struct caller *who,
		const struct place *p, const struct new_shelf *n,
		json_t *request, struct shelf_info *ret_info)
{
	CLEANUP_REPLY struct reply reply = { 0 };
	int r = check_name(p->name);

	if (r < 0) {
		json_decref(request);
		return r;
	}
	r = lfs_ask(lfs, who, request, ret_info, &reply);
	if (r == 0)
		follow(lfs, &reply, p, ret_info->id);
	if (r == -EEXIST && reply.resent)
		r = recover(lfs, who, p, n, ret_info);
	return r;
}

int lfs_mknod(struct lfs *lfs, const struct caller *who, const struct place *p,
	      const struct new_shelf *n, struct shelf_info *ret_info)
{
	return make(lfs, who, p, n, request_create(p, n, false), ret_info);
}

int lfs_mkdir(struct lfs *lfs, const struct caller *who, const struct place *p,
	      const struct new_shelf *n, struct shelf_info *ret_info)
{
	return make(lfs, who, p, n, request_mkdir(p, n), ret_info);
}

int lfs_symlink(struct lfs *lfs, const struct caller *who,
		const struct place *p, const struct new_shelf *n,
		const char *target, struct shelf_info *ret_info)
{
	return make(lfs, who, p, n, request_symlink(p, n, target), ret_info);
}

int lfs_link(struct lfs *lfs, const struct caller *who, uint64_t id,
	     const struct place *p, struct shelf_info *ret_info)
{
	CLEANUP_REPLY struct reply reply = { 0 };
	int r = check_name(p->name);

	if (r < 0)
		return r;
	r = lfs_ask(lfs, who, request_link(id, p), ret_info, &reply);
	if (r == 0)
		follow(lfs, &reply, p, id);
	if (r == -EEXIST && reply.resent) { /* perhaps by ourselves */
		r = ask_name(lfs, who, p, ret_info);
		if (r == 0 && ret_info->id != id) {
			shelf_info_deinit(ret_info);
			r = -EEXIST;
		}
	}
	return r;
}

/* A handle that a lost answer would have told, of a shelf that we do not hold */
static int find_handle(struct lfs *lfs, uint64_t id, uint64_t *ret_handle)
{
	CLEANUP_JSON json_t *value = NULL;
	CLEANUP_FREE struct open_info *opens = NULL;
	size_t n = 0;
	int r;

	r = client_call(lfs->client, NULL, request_list_open(), &value);
	if (r == 0)
		r = open_infos_parse(value, lfs->node_id, &opens, &n);
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

	r = ask_name(lfs, who, p, &info);
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
		follow(lfs, &reply, p, ret_info->id);
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
	int r = p->name ? check_name(p->name) : 0;

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

/* ---- taking away ----------------------------------------------------------- */

/* It may have lost its last name: if it is only held lazily, it goes now. */
static void unwanted(struct lfs *lfs, uint64_t id)
{
	struct shelf *s = shelf_get(&lfs->table, id);

	if (!s)
		return;
	shelf_lock(s);
	s->wanted = true;
	(void)hold_idle(lfs, s);
	shelf_unlock(s);
	shelf_put(&lfs->table, s);
}

int lfs_unlink(struct lfs *lfs, const struct caller *who, const struct place *p)
{
	CLEANUP_SHELF_INFO struct shelf_info info = { 0 };
	CLEANUP_REPLY struct reply reply = { 0 };
	int r = check_name(p->name);

	if (r < 0)
		return r;
	r = lfs_ask(lfs, who, request_unlink(p), &info, &reply);
	if (r == 0)
		follow(lfs, &reply, p, 0);
	if (r == 0 && info.links == 0) {
		ghosts_add(&lfs->ghosts, &info);
		unwanted(lfs, info.id);
	}
	return r == -ENOENT && reply.resent ? 0 : r;
}

int lfs_rmdir(struct lfs *lfs, const struct caller *who, const struct place *p)
{
	CLEANUP_SHELF_INFO struct shelf_info info = { 0 };
	CLEANUP_REPLY struct reply reply = { 0 };
	int r = lfs_lookup(lfs, who, p, &info); /* known: the kernel asked */

	if (r < 0)
		return r;
	r = client_ask(lfs->client, who, request_rmdir(p), &reply);
	if (r == 0) {
		follow(lfs, &reply, p, 0);
		ghosts_add(&lfs->ghosts, &info);
	}
	return r == -ENOENT && reply.resent ? 0 : r;
}

/* ---- moving ---------------------------------------------------------------- */

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
	if (!reply->whole || names_change_parse(reply->whole, &g) < 0 ||
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
		unwanted(lfs, id);
	shelf_info_deinit(&info);
}

/* An exchange that was carried out twice has changed nothing. */
static bool is_undone(struct lfs *lfs, const struct caller *who,
		      const struct place *from, uint64_t from_id)
{
	CLEANUP_SHELF_INFO struct shelf_info info = { 0 };

	return ask_name(lfs, who, from, &info) == 0 && info.id == from_id;
}

static int ask_rename(struct lfs *lfs, const struct caller *who,
		      const struct place *from, const struct place *to,
		      enum rename_mode mode, bool *ret_resent)
{
	uint64_t old = known_id(lfs, to);
	CLEANUP_SHELF_INFO struct shelf_info info = { 0 };
	CLEANUP_REPLY struct reply reply = { 0 };
	bool exchange = mode == RENAME_MODE_EXCHANGE;
	int r;

	r = lfs_ask(lfs, who, request_rename(from, to, mode), &info, &reply);
	*ret_resent = reply.resent;
	if (r < 0)
		return r == -ENOENT && reply.resent && !exchange ? 0 : r;
	if (!exchange || old)
		follow_rename(lfs, &reply, from, exchange ? old : 0, to,
			      info.id);
	if (old && old != info.id && !exchange)
		replaced(lfs, old);
	return 0;
}

int lfs_rename(struct lfs *lfs, const struct caller *who,
	       const struct place *from, const struct place *to,
	       enum rename_mode mode)
{
	uint64_t id = known_id(lfs, from);
	bool resent;
	int r = check_name(from->name);

	if (r == 0)
		r = check_name(to->name);
	if (r < 0)
		return r;
	r = ask_rename(lfs, who, from, to, mode, &resent);
	if (r == 0 && resent && mode == RENAME_MODE_EXCHANGE && id &&
	    is_undone(lfs, who, from, id))
		r = ask_rename(lfs, who, from, to, mode, &resent);
	return r;
}

int lfs_readlink(struct lfs *lfs, const struct caller *who, uint64_t id,
		 char **ret_target)
{
	CLEANUP_JSON json_t *value = NULL;
	void *target;
	size_t len;
	int r;

	r = client_call(lfs->client, who, request_readlink(id), &value);
	if (r < 0)
		return r;
	if (json_is_string(value)) {
		*ret_target = strdup(json_string_value(value));
		return *ret_target ? 0 : -ENOMEM;
	}
	r = bytes_parse(value, "target", "target_b64", &target, &len);
	if (r == -ENOENT)
		r = -EPROTO;
	if (r == 0)
		*ret_target = target;
	return lfs_check(r, "a symbolic link");
}
