/* SPDX-License-Identifier: MIT */

/* interleave.h - Books from groups in the order that the shelf's owner wants
 *
 * The request is a text of one byte for each book, the number of its group,
 * and is repeated as needed. The position is where the next book goes on.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define INTERLEAVE_XATTR "user.LFS.InterleaveRequest"
#define INTERLEAVE_POS_XATTR "user.LFS.InterleaveRequestPos"
#define INTERLEAVE_MAX 65536U /* bytes of a request */

struct librarian;
struct policy_call;

/**
 * interleave_set() - Give a shelf a request, and start it anew
 * @lib:	In a transaction
 * @shelf_id:	Shelf
 * @igs: @n:	The request
 *
 * Return: 0; -ENOTSUP for a group that does not exist
 */
int interleave_set(struct librarian *lib, int64_t shelf_id, const char *igs,
		   size_t n);

/**
 * interleave_choose() - The policy that follows the request
 * @c:		As for policy.choose(); takes all that is wanted or nothing
 *
 * Return: 0; -ERANGE without a request
 */
int interleave_choose(struct policy_call *c);
