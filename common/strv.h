/* SPDX-License-Identifier: MIT */

/* strv.h - Growing list of strings, ended by NULL: argument vectors
 *
 * A failure to get memory sticks: pushing goes on without effect, and
 * strv_ok() tells. So a vector is built in one piece and checked once.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct strv {
	char **v; /* NULL-terminated once something was pushed */
	size_t n;
	size_t room;
	bool failed;
};

/* Append a copy of @s. */
void strv_push(struct strv *v, const char *s);

/* Append a formatted string. */
__attribute__((format(printf, 2, 3))) void strv_pushf(struct strv *v,
						      const char *fmt, ...);

static inline bool strv_ok(const struct strv *v)
{
	return !v->failed;
}

bool strv_contains(const struct strv *v, const char *s);

/* By bytes. */
void strv_sort(struct strv *v);

/* As strv_contains(), of a sorted one. */
bool strv_contains_sorted(const struct strv *v, const char *s);

/* All in one string, which is the caller's; NULL: out of memory. */
char *strv_join(const struct strv *v, const char *between);

/* Frees the strings and empties the vector; idempotent. */
void strv_deinit(struct strv *v);

#define CLEANUP_STRV __attribute__((cleanup(strv_deinit)))
