/* SPDX-License-Identifier: MIT */

/* hook.h - What else a system does with its identity */
#pragma once

#include "err.h"
#include "identity.h"

#define HOOK "/usr/lib/fame/identity"

/**
 * hook_run() - Have the image's own program do it
 * @path:	Program; without it nothing is done
 * @id:		Its argument is the user's name, its standard input one line:
 *		the user's password, may be empty. No user: "" and nothing
 * @ret_err:	Says why on failure
 *
 * It runs after names, clock and keys are set and before the network is there,
 * at every start and once more whenever the agent is started anew. Waited for:
 * what takes long it leaves to somebody in the background.
 */
int hook_run(const char *path, const struct identity *id, struct err *ret_err);
