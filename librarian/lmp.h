/* SPDX-License-Identifier: MIT */

/* lmp.h - Librarian Monitoring Protocol: the state of the machine by HTTP
 *
 * tm-librarian's endpoints, read-only; see docs/librarian.md.
 */
#pragma once

#include "err.h"
#include "librarian.h"

struct event_base;
struct lmp;

#define LMP_PORT 31179

/**
 * lmp_new() - Serve it
 * @base:	Loop
 * @lib:	Whose state; outlives it
 * @db_path:	The database that @lib has open
 * @fd:		Socket that listens; owned, also on failure
 * @ret_lmp:	For lmp_free(), to be called before librarian_deinit()
 * @e:		Why not
 */
int lmp_new(struct event_base *base, const struct librarian *lib,
	    const char *db_path, int fd, struct lmp **ret_lmp, struct err *e);

/* NULL is fine; returns NULL. */
struct lmp *lmp_free(struct lmp *l);
