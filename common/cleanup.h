/* SPDX-License-Identifier: MIT */

/* cleanup.h - Ownership bound to a scope
 *
 * A variable so marked owns its value. Hand the value on with take_fd() or
 * take_ptr(), which leave the "nothing owned" value behind.
 */
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static inline void cleanup_fd(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
}

static inline void cleanup_ptr(void *pp)
{
	free(*(void **)pp);
}

static inline void cleanup_file(FILE **f)
{
	if (*f)
		(void)fclose(*f);
}

#define CLEANUP_FD __attribute__((cleanup(cleanup_fd)))
#define CLEANUP_FREE __attribute__((cleanup(cleanup_ptr)))
#define CLEANUP_FILE __attribute__((cleanup(cleanup_file)))

static inline int take_fd(int *fd)
{
	int v = *fd;

	*fd = -1;
	return v;
}

static inline void *take_ptr_(void **pp)
{
	void *v = *pp;

	*pp = NULL;
	return v;
}

#define take_ptr(pp) ((__typeof__(*(pp)))take_ptr_((void **)(pp)))

/* Close and forget; safe to call again. */
static inline void close_fd(int *fd)
{
	cleanup_fd(fd);
	*fd = -1;
}

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
