/* SPDX-License-Identifier: MIT */

/* lazy.h - Which shelves are held a little longer than they are open
 *
 * Whoever opens a shelf again soon needs no new handle. This is only the list
 * of such shelves, in the order in which they were closed; who has it, locks.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define LAZY_MAX 64
#define LAZY_MS 5000

/* All 0 is an empty one. Times are of the caller's clock. */
struct lazy {
	uint32_t n;
	struct lazy_shelf {
		uint64_t id;
		int64_t since_ms;
	} shelves[LAZY_MAX]; /* the one closed longest ago first */
};

/**
 * lazy_add() - A shelf was closed and stays held
 * @l:		List
 * @id:		Shelf; if it is there already, its time starts again
 * @now_ms:	Time
 *
 * Return: the shelf that has to be given back for it, and is not in the list
 *         any more; 0 = none
 */
uint64_t lazy_add(struct lazy *l, uint64_t id, int64_t now_ms);

/* It was opened again, or is given back. Return: whether it was there */
bool lazy_remove(struct lazy *l, uint64_t id);

/* A shelf whose time is over, which is then not in the list any more; 0 = none
 */
uint64_t lazy_take_due(struct lazy *l, int64_t now_ms);

/* Milliseconds until lazy_take_due() has one; -1 = the list is empty */
int64_t lazy_wait_ms(const struct lazy *l, int64_t now_ms);
