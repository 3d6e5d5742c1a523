/* SPDX-License-Identifier: MIT */

/* numbers.h - Numbers of new shelves and handles: none is given out twice
 *
 * Not even after a crash, for a client may still speak of the old one. They are
 * reserved in blocks, so that most new shelves and handles need not write down
 * how far the numbers have come. What is left of a block is lost at the end.
 */
#pragma once

#include <stdint.h>

struct db;

enum number_kind {
	NUMBER_SHELF,
	NUMBER_HANDLE,
	NUMBER_KINDS,
};

struct numbers {
	struct {
		int64_t next;
		int64_t end; /* of the block; this one is not in it */
	} of[NUMBER_KINDS];
};

/* Nothing is reserved yet. Return: 0 or a negative errno */
int numbers_load(struct db *db, struct numbers *ret_numbers);

/**
 * numbers_take() - Take some that follow each other
 * @db:		In a transaction; should it be rolled back, the caller gives
 *		@numbers its old value, too
 * @numbers:	Where they come from
 * @kind:	For what
 * @n:		How many, LIBRARIAN_NODES_MAX at most
 * @ret_first:	The first of them
 *
 * Return: 0 or a negative errno
 */
int numbers_take(struct db *db, struct numbers *numbers, enum number_kind kind,
		 int64_t n, int64_t *ret_first);
