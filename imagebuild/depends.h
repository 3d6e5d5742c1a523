/* SPDX-License-Identifier: MIT */

/* depends.h - Relations between packages: "a (>= 1) | b:any, c [amd64]" */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum depends_op {
	DEPENDS_ANY, /* no version asked for */
	DEPENDS_LT,
	DEPENDS_LE,
	DEPENDS_EQ,
	DEPENDS_GE,
	DEPENDS_GT,
};

/* One alternative; the strings are parts of the field's text. */
struct depends {
	const char *name;
	size_t name_len;
	enum depends_op op;
	const char *version;
	size_t version_len;
	bool last; /* of its group: a comma or the end follows */
};

/**
 * depends_next() - Take the next alternative
 * @at:		Position in the field; moved on
 * @ret_d:	Set if there is one
 *
 * Return: 1 = there is one, 0 = the end, -EBADMSG = not such a field
 */
int depends_next(const char **at, struct depends *ret_d);

/* Does @version do? A version longer than anything sane does not. */
bool depends_match(const struct depends *d, const char *version, size_t len);
