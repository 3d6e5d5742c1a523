/* SPDX-License-Identifier: MIT */

/* board.h - The Librarian's side of the board (proto_board.h)
 *
 * Changes are counted when they are made, in the transaction: whoever looks
 * then asks, and is answered after the commit. A change that is rolled back was
 * counted for nothing, and that does no harm.
 *
 * Without a board all of these do nothing.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "err.h"

struct board;
struct librarian;

struct board_map {
	struct board *board; /* NULL: there is none */
	uint64_t offset;     /* in the FAM */
};

/* board_start() - Map it, if the FAM has the place; @lib has its pool. */
int board_start(struct librarian *lib, int fam_fd, struct err *e);

void board_deinit(struct board_map *map);

/* A shelf is not what it was, or the names in a directory are not. */
void board_count_shelf(struct librarian *lib, int64_t id);
void board_count_names(struct librarian *lib, int64_t dir_id);

/* The counters' values for replies; 0 without a board. */
int64_t board_gen(const struct librarian *lib, int64_t id);
int64_t board_names_gen(const struct librarian *lib, int64_t dir_id);

/**
 * board_check() - Does this node share our memory?
 * @node_id:	Node
 * @nonce:	What it says that it has written into its line
 * @ret_added:	So much was added to its word
 *
 * Return: 0; -EIO if it has not; -ENODEV without a board
 */
int board_check(struct librarian *lib, uint32_t node_id, uint64_t nonce,
		uint64_t *ret_added);
