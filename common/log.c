/* SPDX-License-Identifier: MIT */

/* log.c - Messages of daemons and tools */

#include "log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static struct {
	const char *program;
	enum log_level level;
	bool timestamps;
} log_conf = { "fame", LOG_LEVEL_INFO, false };

void log_open(const char *program, enum log_level level, bool timestamps)
{
	log_conf.program = program;
	log_conf.level = level;
	log_conf.timestamps = timestamps;
}

static size_t put_time(char *buf, size_t size)
{
	struct timespec now;
	struct tm tm;
	size_t n;

	if (clock_gettime(CLOCK_REALTIME, &now) < 0 ||
	    !localtime_r(&now.tv_sec, &tm))
		return 0;
	n = strftime(buf, size, "%Y-%m-%d %H:%M:%S", &tm);
	return n + (size_t)snprintf(buf + n, size - n, ".%03ld ",
				    now.tv_nsec / 1000000);
}

/* One write(2) a message: lines of several processes do not mix. */
void log_write(enum log_level level, int error, const char *fmt, ...)
{
	int saved = errno;
	char line[2048];
	const size_t room = sizeof(line) - 1; /* for the newline */
	size_t n = 0;
	va_list ap;

	if (level > log_conf.level)
		return;
	if (log_conf.timestamps)
		n += put_time(line, room);
	n += (size_t)snprintf(line + n, room - n, "%s: ", log_conf.program);
	va_start(ap, fmt);
	n += (size_t)vsnprintf(line + n, room - n, fmt, ap);
	va_end(ap);
	if (error && n < room)
		n += (size_t)snprintf(line + n, room - n, ": %s",
				      strerror(error < 0 ? -error : error));
	if (n >= room)
		n = room - 1;
	line[n++] = '\n';
	(void)!write(STDERR_FILENO, line, n);
	errno = saved;
}
