/* SPDX-License-Identifier: MIT */

/* catalog.h - What the mirror offers: signed, fetched, verified, merged */
#pragma once

#include "err.h"
#include "index.h"
#include "profile.h"
#include "progress.h"
#include "source.h"

struct catalog {
	const char *cache; /* all borrowed */
	const char *dir;   /* of the build, for what is under way */
	const struct source *source;
	const char *proxy;
	const struct profile *profile;
	struct progress *progress;
};

/**
 * catalog_load() - Fill an index with the profile's suites
 * @c:		Where from
 * @x:		Empty index; finished on success
 * @e:		Why not
 *
 * A list of packages that is in the cache already is not fetched again.
 */
int catalog_load(const struct catalog *c, struct index *x, struct err *e);
