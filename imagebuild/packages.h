/* SPDX-License-Identifier: MIT */

/* packages.h - Get a set of packages into a tree */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "err.h"
#include "index.h"
#include "profile.h"
#include "progress.h"
#include "source.h"

struct packages {
	const char *cache; /* all borrowed */
	const char *dir;   /* of the build, for what is under way */
	const struct source *source;
	const char *proxy;
	const struct profile *profile;
	struct progress *progress;
	const struct package *const *set;
	size_t n;
};

/* Bytes of packages that are not in the cache. */
uint64_t packages_missing_bytes(const char *cache,
				const struct package *const *set, size_t n);

/**
 * packages_unpack() - Download what the cache lacks, unpack all
 * @p:		What
 * @root:	Tree, with dpkgdb_init() done
 * @owners:	Notes of owners go there, see owners.h
 * @ret_newest:	When the newest file of them was made, seconds since 1970
 *
 * Packages from the cache are verified like those from the network; one that
 * is damaged is fetched again.
 */
int packages_unpack(const struct packages *p, int root, int owners,
		    int64_t *ret_newest, struct err *e);
