/* SPDX-License-Identifier: MIT */

/* jwrite.h - JSON as text, written from its beginning to its end
 *
 * What json_dumps() with JSON_COMPACT and JSON_ENSURE_ASCII gives. What is
 * sent often or is long is written without a tree of it: a list of all books
 * is no million allocations then. Commas come by themselves:
 *
 *	jwrite_open(w, '{');
 *	jwrite_key(w, "id");
 *	jwrite_int(w, id);
 *	jwrite_close(w, '}');
 *
 * Failures stay, so whoever has written everything asks once.
 */
#pragma once

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

struct evbuffer;
struct jvalue;

struct jwrite {
	char *text; /* not terminated; NULL as long as @room is 0 */
	size_t len;
	size_t room;
	size_t max; /* of @len */
	int error;  /* -ENOMEM, -EMSGSIZE */
};

void jwrite_init(struct jwrite *w, size_t max);
void jwrite_deinit(struct jwrite *w);

/* The text ends here again, and nothing has failed. */
void jwrite_cut(struct jwrite *w, size_t len);

/* Brackets: '{' or '[', and the other one of the pair. */
void jwrite_open(struct jwrite *w, char bracket);
void jwrite_close(struct jwrite *w, char bracket);

/* A name that needs no escapes; its value is to follow. */
void jwrite_key(struct jwrite *w, const char *key);

/* Values, in an array or behind a key. Texts are valid UTF-8. */
void jwrite_null(struct jwrite *w);
void jwrite_int(struct jwrite *w, int64_t v);
void jwrite_text(struct jwrite *w, const char *text, size_t len);
void jwrite_shown(struct jwrite *w, const char *s); /* see utf8_show() */
void jwrite_json(struct jwrite *w, const json_t *v);
void jwrite_value(struct jwrite *w, const struct jvalue *v); /* jread.h */

/* The members of an object, as members of the one that is open. */
void jwrite_members(struct jwrite *w, const json_t *v);

/* Any bytes, as they are. */
void jwrite_raw(struct jwrite *w, const char *s, size_t len);

/**
 * jwrite_evbuffer() - Append the text of a value
 * @out:	Where to
 * @v:		Any value; valid UTF-8
 * @max:	Largest length of the text
 *
 * Return: 0; -EMSGSIZE, -ENOMEM: nothing was appended
 */
int jwrite_evbuffer(struct evbuffer *out, const json_t *v, size_t max);
