/* SPDX-License-Identifier: MIT */

/* policy.h - Which free books a growing shelf gets */
#pragma once

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define POLICY_XATTR "user.LFS.AllocationPolicy"
#define POLICY_STAGES 3

struct librarian;

struct policy_call {
	struct librarian *lib;
	int64_t shelf_id;
	uint32_t node_id; /* who asks; 0 = nobody in particular */
	size_t wanted;
	uint64_t *ids; /* room for @wanted */
	size_t n;      /* books chosen so far */
};

struct policy {
	const char *name;
	/* Appends up to @wanted free books; fewer = there are no more that
	 * this policy may take. They stay free.
	 */
	int (*choose)(struct policy_call *c, const struct policy *p);
	unsigned stages[POLICY_STAGES]; /* sets of distances; 0 = no more */
	bool of_all; /* may be the default of all new shelves */
};

/* Takes the ids of @rows until there are enough, and ends them. */
int policy_take_rows(struct policy_call *c, sqlite3_stmt *rows);

/* The one with this name, or NULL. */
const struct policy *policy_find(const char *name);

/* The i-th, NULL behind the last. */
const struct policy *policy_at(size_t i);

/* What new shelves get. */
int policy_default(struct librarian *lib, const struct policy **ret_policy);

/* What a shelf has been given; the default if nothing. */
int policy_of_shelf(struct librarian *lib, int64_t shelf_id,
		    const struct policy **ret_policy);
