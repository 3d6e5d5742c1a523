/* SPDX-License-Identifier: MIT */

/* noted.h - What is noted about the owners of files below a scratch directory */
#pragma once

#include "../unit.h"
#include "owners.h"
#include "scratch.h"

/* Where it is noted; to be closed. */
__attribute__((unused)) static inline int noted_open(struct scratch *s)
{
	int fd = openat(s->fd, "log", O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC,
			0600);

	assert_true(fd >= 0);
	return fd;
}

/* Of one file; NULL = nothing. */
__attribute__((unused)) static inline const struct owner *
noted_find(struct scratch *s, const struct owners *o, const char *name)
{
	struct owners_file f;
	struct statx st;

	assert_int_equal(
		statx(s->fd, name, AT_SYMLINK_NOFOLLOW, OWNERS_STATX, &st), 0);
	owners_identify(&st, &f);
	return owners_find(o, &f);
}
