/* SPDX-License-Identifier: MIT */

/* ask.c - Questions to the Librarian, and keeping what it answers */

#include "ask.h"

#include <errno.h>

#include "cache.h"
#include "cleanup.h"
#include "log.h"

int lfs_check(int r, const char *what)
{
	if (r != -EPROTO)
		return r;
	log_err("the Librarian's description of %s is invalid", what);
	return -EIO;
}

int lfs_ask(struct lfs *lfs, const struct caller *who, json_t *request,
	    struct shelf_info *ret_info, struct reply *ret_reply)
{
	struct shelf_info info;
	int r;

	r = client_ask(lfs->client, who, request, ret_reply);
	if (r < 0)
		return r;
	r = lfs_check(shelf_info_parse(ret_reply->value, lfs->max_book, &info),
		      "a shelf");
	if (r < 0)
		return r;
	if (info.has_gen)
		cache_put_shelf(lfs->cache, &info, info.gen);
	*ret_info = info;
	return 0;
}

int lfs_ask_shelf(struct lfs *lfs, const struct caller *who, json_t *request,
		  struct shelf_info *ret_info)
{
	CLEANUP_REPLY struct reply reply = { 0 };

	return lfs_ask(lfs, who, request, ret_info, &reply);
}

int lfs_tell(struct lfs *lfs, const struct caller *who, json_t *request)
{
	CLEANUP_REPLY struct reply reply = { 0 };

	return client_ask(lfs->client, who, request, &reply);
}

int lfs_get(struct lfs *lfs, const struct caller *who, uint64_t id,
	    struct shelf_info *ret_info)
{
	if (cache_get_shelf(lfs->cache, id, ret_info))
		return 0;
	return lfs_ask_shelf(lfs, who, request_get(id, false), ret_info);
}
