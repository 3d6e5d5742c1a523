/* SPDX-License-Identifier: MIT */

/* selfdir.c - Where our other programs and data are */

#include "selfdir.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#ifndef FAME_DATADIR
#define FAME_DATADIR "/usr/local/share/fame"
#endif

/* The directory of the running program, without a slash at the end. */
static int self(char *buf, size_t size)
{
	ssize_t n = readlink("/proc/self/exe", buf, size - 1);
	char *slash;

	if (n < 0)
		return -errno;
	buf[n] = '\0';
	slash = strrchr(buf, '/');
	if (!slash)
		return -ENOENT;
	*slash = '\0';
	return 0;
}

static int join(const char *dir, const char *name, char *buf, size_t size)
{
	int n = snprintf(buf, size, "%s/%s", dir, name);

	if (n < 0 || (size_t)n >= size)
		return -ENAMETOOLONG;
	return access(buf, F_OK) < 0 ? -errno : 0;
}

int selfdir_program(const char *name, char *buf, size_t size)
{
	char dir[PATH_MAX];
	int r;

	r = self(dir, sizeof(dir));
	return r < 0 ? r : join(dir, name, buf, size);
}

int selfdir_data(const char *name, char *buf, size_t size)
{
	char dir[PATH_MAX], *build;
	int r;

	r = self(dir, sizeof(dir));
	if (r < 0)
		return r;
	build = strstr(dir, "/build/");
	if (build) {
		/* The last one: the project itself may be below another. */
		for (char *next = build; next;
		     next = strstr(build + 1, "/build/"))
			build = next;
		*build = '\0';
		if (join(dir, name, buf, size) == 0)
			return 0;
	}
	return join(FAME_DATADIR, name, buf, size);
}
