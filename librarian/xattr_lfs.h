/* SPDX-License-Identifier: MIT */

/* xattr_lfs.h - Attributes user.LFS.*: how books are chosen, and where they are
 *
 *	AllocationPolicy	files: the policy (policy.h)
 *	AllocationPolicyDefault	the root: what new files get
 *	AllocationPolicyList	the policies that there are; read only
 *	Interleave		files: a byte for each book, its group; read only
 *	InterleaveRequest	files: what RequestIG follows (interleave.h)
 *	InterleaveRequestPos	files: where in it; read only
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#define XATTR_LFS "user.LFS."

struct call;
struct shelf;

struct xattr_lfs {
	const char *name;
	unsigned of; /* kinds of shelves */
	int (*get)(struct call *c, const struct shelf *s, json_t **ret_v);
	/* NULL: read only */
	int (*set)(struct call *c, const struct shelf *s, const char *value,
		   size_t len);
};

/* The one with this name, or NULL. */
const struct xattr_lfs *xattr_lfs_find(const char *name);

/* The i-th, by name; NULL behind the last. */
const struct xattr_lfs *xattr_lfs_at(size_t i);

/* Whether a shelf of this kind has the attribute. */
bool xattr_lfs_is_of(const struct xattr_lfs *x, const struct shelf *s);
