/* SPDX-License-Identifier: MIT */

/* names.h - What files of lfs.h have in common about names */
#pragma once

#include "lfs.h"

struct reply;

/* Its length: 0 or -ENAMETOOLONG */
int names_check(const char *name);

/* lfs_lookup(), by the Librarian whatever is known */
int names_ask(struct lfs *lfs, const struct caller *who, const struct place *p,
	      struct shelf_info *ret_info);

/* What a command of ours has made of the directories it changed is known. */
void names_keep_dirs(struct lfs *lfs, const struct reply *reply);

/* A command of ours has made a name lead to @id (0 = nowhere). */
void names_follow(struct lfs *lfs, const struct reply *reply,
		  const struct place *p, uint64_t id);

/* A shelf has lost its last name: if it is only held lazily, it goes now. */
void names_unwanted(struct lfs *lfs, uint64_t id);
