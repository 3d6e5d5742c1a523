/* SPDX-License-Identifier: MIT */

/* topology_tm.h - Reading tmconfig: values, and where they are in the text
 *
 * Between topology_json.c (nodes), topology_groups.c (interleave groups and
 * books) and topology_values.c. Whoever fails has said why.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "json_locate.h"
#include "topology.h"

struct tm_reader {
	const char *name;
	const char *text;
	struct err *e;
	struct topology *t;
	/* By index of node and module: named by a group, which one. */
	bool taken[LIBRARIAN_NODES_MAX][TOPOLOGY_MODULES_MAX];
	bool groups[LZA_IG_MAX + 1];
	uint64_t bytes[LZA_IG_MAX + 1]; /* of a group */
	uint32_t n_addresses;
	uint32_t n_modules;
};

/* A value, and how it was reached. */
struct tm_at {
	struct json_step step;
	const json_t *v; /* NULL = absent */
};

/* Says what is wrong with a value. Return: -EINVAL */
__attribute__((format(printf, 3, 4))) int
tm_fail(struct tm_reader *r, const struct tm_at *at, const char *fmt, ...);

static inline struct tm_at tm_member(const struct tm_at *o, const char *key)
{
	return (struct tm_at){ { &o->step, key, 0 },
			       json_object_get(o->v, key) };
}

static inline struct tm_at tm_item(const struct tm_at *a, size_t i)
{
	return (struct tm_at){ { &a->step, NULL, i }, json_array_get(a->v, i) };
}

/* It must be a list of 1 to @max elements. */
int tm_array(struct tm_reader *r, const struct tm_at *at, size_t max);

/* A text, borrowed. */
int tm_text(struct tm_reader *r, const struct tm_at *at, const char **ret_s);

/* The same into @buf, which keeps what it has if there is none, or "". */
int tm_optional(struct tm_reader *r, const struct tm_at *at, char *buf,
		size_t size);

/* Bytes as a number, or as a text with a suffix. */
int tm_size(struct tm_reader *r, const struct tm_at *at, uint64_t *ret_bytes);

/* "coordinate" of @o, which has the form @pattern: '*' is a name, '#' a number;
 * one of each is of interest.
 */
int tm_coordinate(struct tm_reader *r, const struct tm_at *o,
		  const char *pattern, char *name, uint32_t *number);

/* interleaveGroups: which module is in which group; whole books in each. */
int tm_groups(struct tm_reader *r, const struct tm_at *top);
