/* SPDX-License-Identifier: MIT */

/* scratch.h - A directory for one test */
#pragma once

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"

struct scratch {
	char path[PATH_MAX / 2];
	int fd;
};

/* For cmocka: set-up and tear-down of a test whose state it is. */
static inline int scratch_setup(void **state)
{
	struct scratch *s = calloc(1, sizeof(*s));
	const char *tmp = getenv("TMPDIR");

	if (!s)
		return -1;
	(void)snprintf(s->path, sizeof(s->path), "%s/fame-test.XXXXXX",
		       tmp ? tmp : "/tmp");
	if (!mkdtemp(s->path)) {
		free(s);
		return -1;
	}
	s->fd = open(s->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	*state = s;
	return s->fd < 0 ? -1 : 0;
}

static inline int scratch_teardown(void **state)
{
	struct scratch *s = *state;
	int r = remove_tree(AT_FDCWD, s->path);

	(void)close(s->fd);
	free(s);
	return r;
}

#define scratch_test(f) \
	cmocka_unit_test_setup_teardown(f, scratch_setup, scratch_teardown)

/* Path below it; one at a time. */
__attribute__((unused)) static inline const char *
scratch_path(struct scratch *s, const char *name, char *buf, size_t size)
{
	(void)snprintf(buf, size, "%s/%s", s->path, name);
	return buf;
}

__attribute__((unused)) static inline void
scratch_put(struct scratch *s, const char *name, const char *text)
{
	char path[PATH_MAX], dir[PATH_MAX];
	char *slash;
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/%s", s->path, name);
	memcpy(dir, path, sizeof(dir));
	slash = strrchr(dir, '/');
	*slash = '\0';
	if (mkdir_parents(dir, 0755) < 0)
		abort();
	f = fopen(path, "w");
	if (!f || fputs(text, f) < 0 || fclose(f))
		abort();
}
