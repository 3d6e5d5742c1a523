/* SPDX-License-Identifier: MIT */

/* jstream.c - Bytes from a connection to whole JSON objects */

#include "jstream.h"

#include <stdlib.h>
#include <string.h>

#define KEEP_ROOM 65536 /* what an idle connection may hold */

void jstream_init(struct jstream *js, size_t size_max, unsigned depth_max)
{
	*js = (struct jstream){ .size_max = size_max, .depth_max = depth_max };
}

void jstream_deinit(struct jstream *js)
{
	free(js->text);
	js->text = NULL;
}

char *jstream_take(struct jstream *js)
{
	char *text = js->text;

	js->text = NULL;
	js->room = 0;
	return text;
}

/* Between two objects. */
static void start_over(struct jstream *js)
{
	char *text = js->text;
	size_t room = js->room;

	if (room > KEEP_ROOM) {
		free(text);
		text = NULL;
		room = 0;
	}
	jstream_init(js, js->size_max, js->depth_max);
	js->text = text;
	js->room = room;
}

/* Inside of a text; returns what is behind it, or @len. */
static size_t scan_text(struct jstream *js, const char *data, size_t len)
{
	size_t i = 0;

	if (js->escaped) {
		js->escaped = false;
		i++;
	}
	for (; i < len; i++) {
		if (data[i] == '"') {
			js->in_string = false;
			return i + 1;
		}
		/* One character of an escape may be any. */
		if (data[i] == '\\' && ++i == len)
			js->escaped = true;
	}
	return len;
}

static void open_bracket(struct jstream *js, char c)
{
	if (!js->depth++)
		js->is_array = c == '[';
	if (js->depth > js->depth_max)
		js->too_deep = true;
}

/* Outside of texts, up to a quote or bracket; returns what is behind it, or @len.
 * Which kind of bracket closes does not matter: the parser will say.
 */
static size_t scan_outside(struct jstream *js, const char *data, size_t len)
{
	size_t i = 0;

	/* In ASCII a bracket and its brace differ by 0x20. */
	while (i < len && data[i] != '"' && (data[i] | 0x20) != '{' &&
	       (data[i] | 0x20) != '}')
		i++;
	if (i == len)
		return len;
	if (data[i] == '"')
		js->in_string = true;
	else if ((data[i] | 0x20) == '{')
		open_bracket(js, data[i]);
	else
		js->depth--;
	return i + 1;
}

static bool keep(struct jstream *js, const char *data, size_t len)
{
	size_t need = js->len + len, room = js->room ? js->room : 1024;
	char *more;

	if (js->is_array || js->too_large || js->too_deep)
		return true;
	if (need > js->size_max) {
		js->too_large = true;
		return true;
	}
	while (room < need)
		room *= 2;
	if (room != js->room) {
		more = realloc(js->text, room);
		if (!more)
			return false;
		js->text = more;
		js->room = room;
	}
	memcpy(js->text + js->len, data, len);
	js->len = need;
	return true;
}

static enum jstream_result verdict(const struct jstream *js)
{
	if (js->is_array)
		return JSTREAM_MORE;
	if (js->too_deep)
		return JSTREAM_TOO_DEEP;
	return js->too_large ? JSTREAM_TOO_LARGE : JSTREAM_OBJECT;
}

/* From the first bracket on; returns where the value ends, or @len. */
static size_t scan_value(struct jstream *js, const char *data, size_t len)
{
	size_t i = 0;

	do {
		if (js->in_string)
			i += scan_text(js, data + i, len - i);
		else
			i += scan_outside(js, data + i, len - i);
	} while (i < len && js->depth);
	return i;
}

enum jstream_result jstream_feed(struct jstream *js, const char *data,
				 size_t len, size_t *ret_used)
{
	size_t at = 0;

	while (at < len) {
		size_t n;

		if (!js->depth) {
			start_over(js);
			while (at < len && data[at] != '{' && data[at] != '[')
				at++;
			if (at == len)
				break;
		}
		n = scan_value(js, data + at, len - at);
		if (!keep(js, data + at, n))
			return JSTREAM_NO_MEMORY;
		at += n;
		if (!js->depth && verdict(js) != JSTREAM_MORE) {
			*ret_used = at;
			return verdict(js);
		}
	}
	*ret_used = len;
	return JSTREAM_MORE;
}
