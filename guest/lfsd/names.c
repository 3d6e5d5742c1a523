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
#include "names.h"
#include "proto_librarian.h"

int names_check(const char *name)
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

int names_ask(struct lfs *lfs, const struct caller *who, const struct place *p,
	      struct shelf_info *ret_info)
{
	CLEANUP_REPLY struct reply reply = { 0 };
	uint64_t gen;
	int r;

	r = lfs_ask(lfs, who, request_lookup(p), ret_info, &reply);
	if ((r == 0 || r == -ENOENT) && reply_whole(&reply) &&
	    names_gen_parse(reply_whole(&reply), &gen) == 0)
		cache_put_name(lfs->cache, p->dir_id, p->name,
			       r == 0 ? ret_info->id : 0, gen);
	return r;
}

int lfs_lookup(struct lfs *lfs, const struct caller *who, const struct place *p,
	       struct shelf_info *ret_info)
{
	uint64_t id;
	int r = names_check(p->name);

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
	return names_ask(lfs, who, p, ret_info);
}

void names_keep_dirs(struct lfs *lfs, const struct reply *reply)
{
	static const char *const keys[] = { "dir", "newdir" };

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		const struct jvalue *dir = jvalue_get(reply->value, keys[i]);
		CLEANUP_SHELF_INFO struct shelf_info info = { 0 };

		if (dir &&
		    lfs_check(shelf_info_parse(dir, lfs->max_book, &info),
			      "a directory") == 0 &&
		    info.has_gen)
			cache_put_shelf(lfs->cache, &info, info.gen);
	}
}

void names_follow(struct lfs *lfs, const struct reply *reply,
		  const struct place *p, uint64_t id)
{
	struct names_change gens;
	struct cache_change change;

	names_keep_dirs(lfs, reply);
	if (!reply_whole(reply) ||
	    names_change_parse(reply_whole(reply), &gens) < 0)
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
	int r = names_ask(lfs, who, p, &info);

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
	int r = names_check(p->name);

	if (r < 0) {
		json_decref(request);
		return r;
	}
	r = lfs_ask(lfs, who, request, ret_info, &reply);
	if (r == 0)
		names_follow(lfs, &reply, p, ret_info->id);
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
	int r = names_check(p->name);

	if (r < 0)
		return r;
	r = lfs_ask(lfs, who, request_link(id, p), ret_info, &reply);
	if (r == 0)
		names_follow(lfs, &reply, p, id);
	if (r == -EEXIST && reply.resent) { /* perhaps by ourselves */
		r = names_ask(lfs, who, p, ret_info);
		if (r == 0 && ret_info->id != id) {
			shelf_info_deinit(ret_info);
			r = -EEXIST;
		}
	}
	return r;
}

/* ---- taking away ----------------------------------------------------------- */

void names_unwanted(struct lfs *lfs, uint64_t id)
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

/* The handle of the shelf that is about to lose its last name, if it is of no
 * use. Of a shelf with other names it is: they may be opened next.
 */
static uint64_t take_handle(struct lfs *lfs, const struct place *p,
			    uint64_t *ret_id)
{
	struct shelf_info info;
	bool list = false;

	if (cache_get_name(lfs->cache, p->dir_id, p->name, ret_id, &list) !=
		    CACHE_PRESENT ||
	    !cache_get_shelf(lfs->cache, *ret_id, &info) || info.links != 1)
		return 0;
	return hold_surrender(lfs, *ret_id);
}

/* The file has not gone, or another one has; without a certain answer, settling
 * finds the handle if it is still there.
 */
static void return_handle(struct lfs *lfs, uint64_t id, uint64_t handle,
			  const struct reply *reply)
{
	if (reply_whole(reply) && !reply->resent)
		(void)hold_close_handle(lfs, id, handle);
	else
		hold_unsettle(lfs);
}

int lfs_unlink(struct lfs *lfs, const struct caller *who, const struct place *p)
{
	CLEANUP_SHELF_INFO struct shelf_info info = { 0 };
	CLEANUP_REPLY struct reply reply = { 0 };
	uint64_t handle, id = 0;
	int r = names_check(p->name);

	if (r < 0)
		return r;
	handle = take_handle(lfs, p, &id);
	r = lfs_ask(lfs, who, request_unlink(p, handle), &info, &reply);
	if (handle && (r < 0 || info.id != id))
		return_handle(lfs, id, handle, &reply);
	if (r == 0)
		names_follow(lfs, &reply, p, 0);
	if (r == 0 && info.links == 0) {
		ghosts_add(&lfs->ghosts, &info);
		names_unwanted(lfs, info.id);
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
		names_follow(lfs, &reply, p, 0);
		ghosts_add(&lfs->ghosts, &info);
	}
	return r == -ENOENT && reply.resent ? 0 : r;
}

struct text_kind {
	const char *what; /* for the log */
	const char *key, *key_b64;
};

/* Return: a text, or bytes in base64 */
static int ask_text(struct lfs *lfs, const struct caller *who, json_t *request,
		    const struct text_kind *kind, char **ret_text)
{
	CLEANUP_REPLY struct reply reply = { 0 };
	void *text;
	size_t len;
	int r;

	r = client_ask(lfs->client, who, request, &reply);
	if (r < 0)
		return r;
	if (jvalue_text(reply.value)) {
		*ret_text = strdup(jvalue_text(reply.value));
		return *ret_text ? 0 : -ENOMEM;
	}
	r = bytes_parse(reply.value, kind->key, kind->key_b64, &text, &len);
	if (r == -ENOENT)
		r = -EPROTO;
	if (r == 0)
		*ret_text = text;
	return lfs_check(r, kind->what);
}

int lfs_readlink(struct lfs *lfs, const struct caller *who, uint64_t id,
		 char **ret_target)
{
	static const struct text_kind kind = { "a symbolic link", "target",
					       "target_b64" };

	return ask_text(lfs, who, request_readlink(id), &kind, ret_target);
}

int lfs_path(struct lfs *lfs, const struct place *p, char **ret_path)
{
	static const struct text_kind kind = { "a path", "path", "path_b64" };

	return ask_text(lfs, NULL, request_path(p), &kind, ret_path);
}
