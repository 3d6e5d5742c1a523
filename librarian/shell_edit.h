/* SPDX-License-Identifier: MIT */

/* shell_edit.h - Lines of the shell from a terminal, edited, with a history */
#pragma once

struct shell;

/**
 * shell_edit_run() - Run lines until the end; what fails does not end it
 * @sh:		Its streams are the terminal
 * @prompt:	Printed before each
 * @history_path: File that keeps the lines for the next time; NULL = none. Made
 *		with its directory; if it cannot be, there is none.
 *
 * Return: 0; the error of a command that has ended the shell; -ENOMEM
 */
int shell_edit_run(struct shell *sh, const char *prompt,
		   const char *history_path);

/* ${XDG_STATE_HOME:-~/.local/state}/fame/librarian_history, for free();
 * NULL = there is no such place.
 */
char *shell_edit_history(void);
