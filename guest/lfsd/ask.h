/* SPDX-License-Identifier: MIT */

/* ask.h - Questions to the Librarian, and keeping what it answers */
#pragma once

#include "client.h"
#include "lfs.h"

/**
 * lfs_ask() - Ask for something that is answered by a shelf
 * @lfs:	Its cache keeps the answer
 * @who:	For whom; NULL = for lfsd itself
 * @request:	Consumed; NULL = no memory
 * @ret_info:	For shelf_info_deinit(); set on success only
 * @ret_reply:	For reply_deinit(); as client_ask() sets it
 *
 * Return: as client_ask(); -EIO if the answer is no good shelf
 */
int lfs_ask(struct lfs *lfs, const struct caller *who, json_t *request,
	    struct shelf_info *ret_info, struct reply *ret_reply);

/* The same where only the shelf matters. */
int lfs_ask_shelf(struct lfs *lfs, const struct caller *who, json_t *request,
		  struct shelf_info *ret_info);

/* Ask, and forget a value that does not matter. */
int lfs_tell(struct lfs *lfs, const struct caller *who, json_t *request);

/* A shelf as it is now, from the cache if that knows. */
int lfs_get(struct lfs *lfs, const struct caller *who, uint64_t id,
	    struct shelf_info *ret_info);

/* The value is nonsense: -EIO and a line in the log, instead of -EPROTO. */
int lfs_check(int r, const char *what);
