/* SPDX-License-Identifier: MIT */

/* attr.h - What files of lfs.h have in common about attributes */
#pragma once

#include "lfs.h"

/* The Librarian hears of writes by this node. With the shelf locked. */
int attr_tell_mtime(struct lfs *lfs, const struct caller *who, struct shelf *s);

/* The Librarian has just set mtime for what is to be written. Likewise. */
void attr_note_mtime(struct shelf *s);

/* Whatever was written, mtime is set to something else now. Likewise. */
void attr_forget_mtime(struct shelf *s);
