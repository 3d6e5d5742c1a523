/* SPDX-License-Identifier: MIT */

/* resolve.h - Which packages a wish needs
 *
 * Theory of operation. A greedy work list answers as apt does on an empty
 * system without Recommends, and needs no solver:
 *
 *  1. The roots are the base set (Essential: yes, on wish also Priority:
 *     required) and the wanted names.
 *  2. Take a package from the queue; look at Pre-Depends, then Depends.
 *  3. A group of alternatives is satisfied if one of them is chosen already
 *     or provided by something chosen.
 *  4. Else its first alternative that exists is queued; of a virtual name the
 *     provider that waits in the queue, else the first by name. Without the
 *     look at the queue "awk" would bring gawk beside the required mawk.
 *
 * Versions are not used to choose. resolve() checks afterwards that the whole
 * set satisfies every version and no Conflicts or Breaks, so an archive for
 * which greed is not enough is an error and never a broken image.
 */
#pragma once

#include "err.h"
#include "index.h"
#include "strv.h"

struct resolve_wish {
	const struct strv *wanted;   /* names of packages */
	const struct strv *provided; /* virtual names that need no package */
	bool required;		     /* base set: Priority: required too */
};

/**
 * resolve() - Compute the set
 * @x:		Finished index
 * @w:		What is wanted
 * @ret_set:	The packages, sorted by name; free() the array
 * @ret_n:	How many
 * @e:		Which package or dependency is missing
 *
 * Return: 0, -ENOENT (something does not exist), -ENOTSUP (the set does not
 *         fit together), -EBADMSG (malformed relation), -ENOMEM
 */
int resolve(const struct index *x, const struct resolve_wish *w,
	    const struct package ***ret_set, size_t *ret_n, struct err *e);
