/* SPDX-License-Identifier: MIT */

/* board.h - The board (proto_board.h) as a node sees it */
#pragma once

#include <stdint.h>

#include "err.h"
#include "proto_board.h"

/**
 * board_open() - Map the board and look whether it is one
 * @fd:		/dev/fam
 * @offset: @size:	Where, as hello's reply says (client.h)
 * @fam_size:	Bytes of the memory device
 * @ret_board:	For board_close()
 * @e:		Why not
 */
int board_open(int fd, uint64_t offset, uint64_t size, uint64_t fam_size,
	       struct board **ret_board, struct err *e);

/* NULL is fine; returns NULL. */
struct board *board_close(struct board *b);
