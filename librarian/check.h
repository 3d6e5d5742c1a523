/* SPDX-License-Identifier: MIT */

/* check.h - A check of all that the Librarian knows, step by step */
#pragma once

struct check;
struct jwrite;
struct librarian;

/* Return: 1 = it goes on, 0 = that was all, or a negative errno */
int check_step(struct check *c, struct librarian *lib);

/* What was found, as a value. */
void check_write(const struct check *c, struct jwrite *out);

/* NULL is fine; returns NULL. */
struct check *check_free(struct check *c);
