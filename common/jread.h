/* SPDX-License-Identifier: MIT */

/* jread.h - A JSON object that was received, as a flat list of its values
 *
 * What jansson accepts with JSON_REJECT_DUPLICATES and JSON_ALLOW_NUL, without
 * an allocation for each value: texts stay where they came, and values follow
 * each other as in the text. An object's or array's are behind it, so what is
 * next to a value is behind all that is in it; a member is its key, a text, and
 * then its value.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum jvalue_type {
	JVALUE_NULL,
	JVALUE_FALSE,
	JVALUE_TRUE,
	JVALUE_INT,
	JVALUE_REAL,
	JVALUE_TEXT,
	JVALUE_ARRAY,
	JVALUE_OBJECT,
};

struct jvalue {
	enum jvalue_type type : 8;
	bool plain : 1; /* a text of ASCII that came without escapes */
	uint32_t n; /* bytes of a text, or how many values are in this one */
	union {
		int64_t integer;
		double real;
		const char *text; /* valid UTF-8, ended by 0; may contain 0 */
	};
};

/* Sizes have 32 bits. */
#define JREAD_MAX (1U << 26)
#define JREAD_KEYS_MAX 64U /* of an object: each is compared with all */

/**
 * struct jread_limits - What is not read
 * @values:	More values than this
 * @depth:	More objects and arrays within each other
 */
struct jread_limits {
	size_t values;
	unsigned depth;
};

struct jread {
	struct jvalue *values; /* the first is the object; NULL = none */
	size_t n;
	size_t room;
	char *text;
};

/**
 * jread_object() - Read a text that must be one object and nothing else
 * @text:	From malloc(); taken over, also on failure
 * @len:	Its length, up to JREAD_MAX
 * @limits:	Behind them, nothing is read
 * @ret_doc:	To be ended by jread_deinit()
 *
 * Return: 0; -EINVAL (not JSON, no object, a key twice, too much of something),
 *	   -ENOMEM
 */
int jread_object(char *text, size_t len, const struct jread_limits *limits,
		 struct jread *ret_doc);

/* Idempotent. */
void jread_deinit(struct jread *doc);

#define CLEANUP_JREAD __attribute__((cleanup(jread_deinit)))

/* Behind @v and what is in it. */
static inline const struct jvalue *jvalue_next(const struct jvalue *v)
{
	bool has = v->type == JVALUE_ARRAY || v->type == JVALUE_OBJECT;

	return v + 1 + (has ? v->n : 0);
}

static inline const struct jvalue *jvalue_end(const struct jvalue *v)
{
	return v + 1 + v->n;
}

static inline bool jvalue_is(const struct jvalue *v, enum jvalue_type type)
{
	return v && v->type == type;
}

/* How many an array has. */
size_t jvalue_count(const struct jvalue *array);

/* The member of that name. NULL: there is none, or @o is no object, or NULL. */
const struct jvalue *jvalue_get(const struct jvalue *o, const char *key);

/* A text that contains no 0; NULL: it is none. */
const char *jvalue_text(const struct jvalue *v);
