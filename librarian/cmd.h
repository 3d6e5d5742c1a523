/* SPDX-License-Identifier: MIT */

/* cmd.h - The subcommands of fame-librarian
 *
 * Each gets its own name as argv[0] and returns the exit status.
 */
#pragma once

#define CMD_OK 0
#define CMD_FAILED 1
#define CMD_USAGE 2

int cmd_fsck(int argc, char **argv);
int cmd_register(int argc, char **argv);
int cmd_serve(int argc, char **argv);
int cmd_shell(int argc, char **argv);
