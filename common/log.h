/* SPDX-License-Identifier: MIT */

/* log.h - Messages of daemons and tools
 *
 * Tools print "program: message". Daemons, after log_open(), print
 * "time program[node]: message". Always one line a message, to stderr, which
 * the supervisor turns into a file. The level is the only global state.
 */
#pragma once

#include <stdbool.h>

enum log_level {
	LOG_LEVEL_ERR,
	LOG_LEVEL_WARN,
	LOG_LEVEL_INFO,
	LOG_LEVEL_DEBUG,
};

/**
 * log_open() - Set up this process's messages; call once, in main()
 * @program:	Name in front of each message; borrowed for ever
 * @level:	The least important level that is printed
 * @timestamps:	Put the local time in front (daemons)
 */
void log_open(const char *program, enum log_level level, bool timestamps);

/* Not to be called directly. @error: an errno (either sign) or 0. */
__attribute__((format(printf, 3, 4))) void
log_write(enum log_level level, int error, const char *fmt, ...);

#define log_err(...) log_write(LOG_LEVEL_ERR, 0, __VA_ARGS__)
#define log_warn(...) log_write(LOG_LEVEL_WARN, 0, __VA_ARGS__)
#define log_info(...) log_write(LOG_LEVEL_INFO, 0, __VA_ARGS__)
#define log_debug(...) log_write(LOG_LEVEL_DEBUG, 0, __VA_ARGS__)

/* The same, followed by ": " and the text of @error. */
#define log_err_errno(error, ...) log_write(LOG_LEVEL_ERR, error, __VA_ARGS__)
#define log_warn_errno(error, ...) log_write(LOG_LEVEL_WARN, error, __VA_ARGS__)
