/* SPDX-License-Identifier: MIT */

/* cmd.h - The commands of fame-image
 *
 * Each prints its own messages and returns the exit status: 0, 1 = failure,
 * 2 = wrong usage.
 */
#pragma once

#include "build.h"
#include "err.h"
#include "options.h"

/* All that options may say. */
struct cmd_options {
	struct build_options build;
	bool json; /* print a document */
	bool tar;  /* export only what is on the disk */
};

/* Tell why a command failed: as @e says, else as @error does. Its status. */
int cmd_fail(int error, const struct err *e);

extern const struct command cmd_build;
extern const struct command cmd_check;
extern const struct command cmd_export;
extern const struct command cmd_import;
extern const struct command cmd_show;
extern const struct command cmd_manifest;
extern const struct command cmd_verify;
extern const struct command cmd_list;
extern const struct command cmd_rm;
extern const struct command cmd_shell;
extern const struct command cmd_gc;
