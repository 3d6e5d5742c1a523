/* SPDX-License-Identifier: MIT */

/* hold.h - Shelves that this node holds: handles, books, and their end
 *
 * All of it with the shelf locked, but for hold_end() and hold_surrender().
 */
#pragma once

#include "lfs.h"

/* Take a handle of @s, which is not held. */
int hold_take(struct lfs *lfs, const struct caller *who, struct shelf *s);

/* Start to hold @s with the handle and the books in @info, which loses them. */
int hold_begin(struct lfs *lfs, struct shelf *s, struct shelf_info *info);

/* Make it known to FUSE: it is to be opened. */
int hold_back(struct lfs *lfs, struct shelf *s);

/* Size and books of a held shelf, as in @info, go to fam.ko; the books are
 * asked for if @info does not have them and they are needed.
 */
int hold_update(struct lfs *lfs, struct shelf *s, struct shelf_info *info);

/* fam.ko gets this size, and the first @n of these books. */
int hold_set(struct lfs *lfs, struct shelf *s, uint64_t size, uint32_t n,
	     const uint32_t *books);

/* The same, if they are others; takes the books over. */
int hold_set_list(struct lfs *lfs, struct shelf *s, uint64_t size,
		  uint32_t **books, uint32_t n);

/* Books for so many bytes */
uint32_t hold_books_for(const struct lfs *lfs, uint64_t size);

/* Ask the Librarian what the shelf is now: -ENOENT = it is no more. */
int hold_refresh(struct lfs *lfs, struct shelf *s);

/* A shelf that is no longer open: give it back, or later.
 * Return: id of a shelf to call hold_end() for when no lock is held; 0 = none
 */
uint64_t hold_idle(struct lfs *lfs, struct shelf *s);

/* Give a shelf back if it is neither open nor mapped. */
void hold_end(struct lfs *lfs, uint64_t id);

/* The same, but the handle is the caller's to give back; 0 = none */
uint64_t hold_surrender(struct lfs *lfs, uint64_t id);

/* The shelf is gone, or another took its place: no byte of it may be seen. */
void hold_take_away(struct lfs *lfs, struct shelf *s);

/* An answer that told a handle may have got lost: have them compared, soon. */
void hold_unsettle(struct lfs *lfs);

int hold_close_handle(struct lfs *lfs, uint64_t id, uint64_t handle);
