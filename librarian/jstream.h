/* SPDX-License-Identifier: MIT */

/* jstream.h - Bytes from a connection to whole JSON objects
 *
 * tm-librarian's clients send objects one after the other, with nothing
 * between them, in pieces of any size. So the end of an object is found by
 * counting brackets. Bytes outside of objects, and arrays, are skipped.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum jstream_result {
	JSTREAM_MORE,	   /* all bytes used, no object ended */
	JSTREAM_OBJECT,	   /* text and len are one; not parsed yet */
	JSTREAM_TOO_LARGE, /* an object ended that was not kept */
	JSTREAM_TOO_DEEP,
	JSTREAM_NO_MEMORY,
};

struct jstream {
	size_t size_max; /* of an object */
	unsigned depth_max;

	char *text; /* the object, not ended by 0 */
	size_t len;
	size_t room;

	unsigned depth; /* open brackets; 0 = between objects */
	bool is_array;
	bool in_string;
	bool escaped; /* the character before was a backslash */
	bool too_large;
	bool too_deep;
};

void jstream_init(struct jstream *js, size_t size_max, unsigned depth_max);
void jstream_deinit(struct jstream *js);

/* The object that was found; for free(). */
char *jstream_take(struct jstream *js);

/**
 * jstream_feed() - Go on with more bytes
 * @js:		Stream
 * @data: @len:	The bytes
 * @ret_used:	How many of them were used; call again with the rest
 *
 * Forgets the object of the call before.
 */
enum jstream_result jstream_feed(struct jstream *js, const char *data,
				 size_t len, size_t *ret_used);
