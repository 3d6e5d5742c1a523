/* SPDX-License-Identifier: MIT */

/* policy.h - Which free books a growing shelf gets */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define POLICY_XATTR "user.LFS.AllocationPolicy"

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
	int (*choose)(struct policy_call *c);
};

/* The one with this name, or NULL. */
const struct policy *policy_find(const char *name);

/* The i-th, NULL behind the last. */
const struct policy *policy_at(size_t i);

/* What new shelves get. */
int policy_default(struct librarian *lib, const struct policy **ret_policy);

/* What a shelf has been given; the default if nothing. */
int policy_of_shelf(struct librarian *lib, int64_t shelf_id,
		    const struct policy **ret_policy);
