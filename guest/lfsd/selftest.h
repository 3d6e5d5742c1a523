/* SPDX-License-Identifier: MIT */

/* selftest.h - Is the node's memory that of the cluster? */
#pragma once

#include <stdint.h>

#include "err.h"
#include "proto_board.h"

struct client;

/**
 * selftest_run() - Find out, within milliseconds
 * @c:		Connected
 * @b:		Board of this node's memory device
 * @node_id:	This node
 * @e:		What is wrong, and the way out
 *
 * The Librarian has to see what the node writes, the node what the Librarian
 * writes, and no addition may be lost if both add to one word at once.
 *
 * Return: 0, -EIO if the memory is not shared with the Librarian or its atomic
 *         operations are not; another negative errno if it could not be found
 *         out
 */
int selftest_run(struct client *c, struct board *b, uint32_t node_id,
		 struct err *e);
