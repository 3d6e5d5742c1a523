/* SPDX-License-Identifier: MIT */

/* err.h - An error with a sentence for the user
 *
 * Code that knows the reason for a failure best says it here and lets the
 * caller decide where it is shown. One line: the thing in quotes, the cause,
 * the way out.
 */
#pragma once

#include <stdarg.h>
#include <stdio.h>

struct err {
	char msg[1024]; /* empty: nothing failed */
};

/**
 * err_set() - Note a failure
 * @e:		Where to; may be NULL
 * @code:	Negative errno
 * @fmt:	The sentence, without a newline
 *
 * Return: @code, so that callers can write return err_set(...)
 */
__attribute__((format(printf, 3, 4))) static inline int
err_set(struct err *e, int code, const char *fmt, ...)
{
	va_list ap;

	if (!e)
		return code;
	va_start(ap, fmt);
	(void)vsnprintf(e->msg, sizeof(e->msg), fmt, ap);
	va_end(ap);
	return code;
}
