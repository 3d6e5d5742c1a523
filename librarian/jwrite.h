/* SPDX-License-Identifier: MIT */

/* jwrite.h - Replies as text
 *
 * What json_dumps() with JSON_COMPACT and JSON_ENSURE_ASCII gives, straight
 * into the connection's buffer, at a third of the cost: a reply is a tree that
 * we have made, so nobody looks for cycles in it, and the text is not copied.
 */
#pragma once

#include <jansson.h>
#include <stddef.h>

struct evbuffer;

/**
 * jwrite() - Append the text of a value
 * @out:	Where to
 * @v:		Any value; valid UTF-8
 * @max:	Largest length of @out
 *
 * Return: 0; -EMSGSIZE, -ENOMEM: a part of it may have been appended
 */
int jwrite(struct evbuffer *out, const json_t *v, size_t max);
