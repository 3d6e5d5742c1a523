/* SPDX-License-Identifier: MIT */

/* selftest.h - What the checks of fam-check selftest have in common */
#pragma once

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fault.h"

#define PAGE 4096UL
#define HUGE (2UL << 20)

/**
 * struct test - A check at work
 * @dir:	Where to make files
 * @path:	A fresh file there, for this check alone
 * @book:	Size of a book
 * @size:	Of the file
 * @fd:		The file, open for reading and writing
 * @p:		Its shared mapping, all of it
 * @dev:	/dev/fam, and
 * @id:		the shelf there, and
 * @has_bell:	whether there is a doorbell: for the checks of the module alone
 * @skip:	Why the check was not made, or NULL
 * @why:	What is wrong
 *
 * A check may close, unmap or unlink; it then sets fd to -1 or p to NULL.
 */
struct test {
	const char *dir;
	char path[PATH_MAX];
	size_t book;
	size_t size;
	int fd;
	char *p;
	int dev;
	uint64_t id;
	bool has_bell;
	const char *skip;
	char why[256];
};

struct check {
	const char *name;
	unsigned books; /* of the file; 0 = it stays empty and unmapped */
	bool (*run)(struct test *t);
};

/* Each ends with a name of NULL. */
extern const struct check checks_map[];
extern const struct check checks_pages[];
extern const struct check checks_file[];

/* Says what is wrong; false. */
__attribute__((format(printf, 2, 3))) bool test_fail(struct test *t,
						     const char *fmt, ...);

/* Leaves the check unless @cond holds. */
#define CHECK(t, cond, ...)                               \
	do {                                              \
		if (!(cond))                              \
			return test_fail(t, __VA_ARGS__); \
	} while (0)

/* The same for a call that must fail with @error. */
#define CHECK_ERRNO(t, call, error)                                        \
	do {                                                               \
		errno = 0;                                                 \
		if ((long)(call) != -1 || errno != (error))                \
			return test_fail(t, "%s: errno %d, not %d", #call, \
					 errno, error);                    \
	} while (0)

/**
 * test_run() - Run checks, and print what comes out as TAP
 * @t:		What they work on
 * @lists:	Lists of checks, @n of them
 * @set_up: @tear_down:	Before and after each; the latter also if the former
 *		has failed
 *
 * Return: how many failed
 */
int test_run(struct test *t, const struct check *const lists[], size_t n,
	     bool (*set_up)(struct test *t, const struct check *c, int number),
	     void (*tear_down)(struct test *t));

/* Maps all of the file, if it has a size. */
bool test_map(struct test *t);
void test_unmap(struct test *t);

/* A path beside the check's own. */
void test_path(const struct test *t, const char *suffix,
	       char buf[static PATH_MAX]);
