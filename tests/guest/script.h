/* SPDX-License-Identifier: MIT */

/* script.h - Cases of a script, run one by one
 *
 * Text of lines:
 *
 *	# a comment
 *	case a name that nothing else has
 *		each file dir fifo
 *		not tmpfs: why this does not hold there
 *		make $T x
 *		as 65534:65534 chmod x 0600 -> EPERM
 *		@a open f x O_RDWR
 *		@a& setlkw f F_WRLCK 0 0
 *		@a blocked -> yes
 *		@a wait
 *		@a kill
 *
 * Lines of a case are indented. With "each" it is run for each word, which
 * replaces $T. What follows "->" is the answer wanted, or several, separated
 * by " or "; without it, any number will do. @a is another process
 * (actor.h). Each case has a new process and a new, empty directory, and ends
 * with the first line that is not answered as wanted.
 *
 * A line "file NAME" says where the lines after it come from.
 */
#pragma once

#include <stdint.h>

struct script_opts {
	const char *dir;  /* where cases get their directories */
	const char *only; /* run those whose name contains it; or NULL */
	uint64_t book;
};

/**
 * script_run() - All cases, as TAP on standard output
 * @text:	Changed
 *
 * Return: how many failed, or a negative errno
 */
int script_run(const struct script_opts *o, char *text);
