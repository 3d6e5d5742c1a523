/* SPDX-License-Identifier: MIT */

/* jwrite.c - JSON as text, written from its beginning to its end */

#include "jwrite.h"

#include <errno.h>
#include <event2/buffer.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "jread.h"
#include "json.h"
#include "utf8.h"

#define ROOM_MIN 512
#define NUMBER_MAX 40 /* characters of a number */

void jwrite_init(struct jwrite *w, size_t max)
{
	*w = (struct jwrite){ .max = max };
}

void jwrite_deinit(struct jwrite *w)
{
	free(w->text);
	*w = (struct jwrite){ .max = w->max };
}

void jwrite_cut(struct jwrite *w, size_t len)
{
	w->len = len;
	w->error = 0;
}

static bool grow(struct jwrite *w, size_t need)
{
	size_t room = w->room ? w->room : ROOM_MIN;
	char *more;

	while (room < need)
		room *= 2;
	more = realloc(w->text, room);
	if (!more) {
		w->error = -ENOMEM;
		return false;
	}
	w->text = more;
	w->room = room;
	return true;
}

/* Room for @n more; false: it has failed, now or before. */
static bool room(struct jwrite *w, size_t n)
{
	if (w->error)
		return false;
	if (n > w->max - w->len) {
		w->error = -EMSGSIZE;
		return false;
	}
	return w->len + n <= w->room || grow(w, w->len + n);
}

void jwrite_raw(struct jwrite *w, const char *s, size_t len)
{
	if (!len || !room(w, len))
		return;
	memcpy(w->text + w->len, s, len);
	w->len += len;
}

static void put_char(struct jwrite *w, char c)
{
	if (room(w, 1))
		w->text[w->len++] = c;
}

/* Unless the value is the first, or has its key before it. */
static bool needs_comma(const struct jwrite *w)
{
	char last = w->len ? w->text[w->len - 1] : '[';

	return last != '[' && last != '{' && last != ':';
}

static void put_comma(struct jwrite *w)
{
	if (needs_comma(w))
		put_char(w, ',');
}

/* What needs no escapes, at once: with the comma before it, in quotes if it is
 * a text, with the colon behind it if that is a key.
 */
static void put_plain(struct jwrite *w, const char *s, size_t len, bool quotes,
		      bool colon)
{
	bool comma = needs_comma(w);
	size_t n = len + comma + 2UL * quotes + colon;
	char *p;

	if (!n || !room(w, n))
		return;
	p = w->text + w->len;
	if (comma)
		*p++ = ',';
	if (quotes)
		*p++ = '"';
	p = mempcpy(p, s, len);
	if (quotes)
		*p++ = '"';
	if (colon)
		*p++ = ':';
	w->len = (size_t)(p - w->text);
}

static void put_word(struct jwrite *w, const char *word)
{
	put_plain(w, word, strlen(word), false, false);
}

void jwrite_open(struct jwrite *w, char bracket)
{
	put_comma(w);
	put_char(w, bracket);
}

void jwrite_close(struct jwrite *w, char bracket)
{
	put_char(w, bracket);
}

void jwrite_null(struct jwrite *w)
{
	put_word(w, "null");
}

/* ---- numbers -------------------------------------------------------------- */

void jwrite_int(struct jwrite *w, int64_t v)
{
	uint64_t u = v < 0 ? -(uint64_t)v : (uint64_t)v;
	char text[NUMBER_MAX], *p = text + sizeof(text);

	do {
		*--p = (char)('0' + u % 10);
		u /= 10;
	} while (u);
	if (v < 0)
		*--p = '-';
	put_plain(w, p, (size_t)(text + sizeof(text) - p), false, false);
}

/* Only what a client has sent comes here, so jansson's own form will do. */
static void put_real(struct jwrite *w, const json_t *v)
{
	char text[NUMBER_MAX];

	if (v)
		put_plain(w, text,
			  json_dumpb(v, text, sizeof(text), JSON_ENCODE_ANY),
			  false, false);
	else if (!w->error)
		w->error = -ENOMEM;
}

/* ---- texts ---------------------------------------------------------------- */

static void put_unit(struct jwrite *w, unsigned u)
{
	static const char digits[] = "0123456789ABCDEF";
	const char text[] = { '\\',
			      'u',
			      digits[u >> 12 & 15],
			      digits[u >> 8 & 15],
			      digits[u >> 4 & 15],
			      digits[u & 15] };

	jwrite_raw(w, text, sizeof(text));
}

static void put_escape(struct jwrite *w, unsigned char c)
{
	static const char from[] = "\"\\\b\f\n\r\t", to[] = "\"\\bfnrt";
	const char *at = c ? strchr(from, c) : NULL;

	if (!at) {
		put_unit(w, c);
		return;
	}
	put_char(w, '\\');
	put_char(w, to[at - from]);
}

/* A character of several bytes. Return: how many. */
static size_t put_wide(struct jwrite *w, const unsigned char *s, size_t n)
{
	size_t len = *s >= 0xf0 ? 4 : *s >= 0xe0 ? 3 : 2;
	uint32_t u = *s & (0x7fU >> len);

	if (len > n) /* it is valid, so this does not happen */
		return n;
	for (size_t i = 1; i < len; i++)
		u = u << 6 | (s[i] & 0x3fU);
	if (u < 0x10000) {
		put_unit(w, u);
	} else {
		u -= 0x10000;
		put_unit(w, 0xd800 | u >> 10);
		put_unit(w, 0xdc00 | (u & 0x3ff));
	}
	return len;
}

static bool is_plain(unsigned char c)
{
	return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
}

void jwrite_text(struct jwrite *w, const char *text, size_t len)
{
	const unsigned char *s = (const unsigned char *)text;
	size_t i = 0;

	while (i < len && is_plain(s[i]))
		i++;
	if (i == len) {
		put_plain(w, text, len, true, false);
		return;
	}
	i = 0;
	put_comma(w);
	put_char(w, '"');
	while (i < len) {
		size_t from = i;

		while (i < len && is_plain(s[i]))
			i++;
		jwrite_raw(w, text + from, i - from);
		if (i == len)
			break;
		if (s[i] < 0x80)
			put_escape(w, s[i++]);
		else
			i += put_wide(w, s + i, len - i);
	}
	put_char(w, '"');
}

/* ---- values --------------------------------------------------------------- */

void jwrite_key(struct jwrite *w, const char *key)
{
	put_plain(w, key, strlen(key), true, true);
}

void jwrite_members(struct jwrite *w, const json_t *v)
{
	/* Iterating changes nothing. */
	json_t *o = (json_t *)(uintptr_t)v;

	for (void *at = json_object_iter(o); at;
	     at = json_object_iter_next(o, at)) {
		const char *key = json_object_iter_key(at);

		jwrite_text(w, key, strlen(key));
		put_char(w, ':');
		jwrite_json(w, json_object_iter_value(at));
	}
}

static void put_array(struct jwrite *w, const json_t *v)
{
	size_t n = json_array_size(v);

	jwrite_open(w, '[');
	for (size_t i = 0; i < n; i++)
		jwrite_json(w, json_array_get(v, i));
	jwrite_close(w, ']');
}

void jwrite_shown(struct jwrite *w, const char *s)
{
	char *shown;

	if (utf8_is_valid(s, strlen(s))) {
		jwrite_text(w, s, strlen(s));
		return;
	}
	shown = utf8_show(s);
	if (shown)
		jwrite_text(w, shown, strlen(shown));
	else if (!w->error)
		w->error = -ENOMEM;
	free(shown);
}

/* Recursion ends: requests have a limit of depth, and replies are flat. */
void jwrite_json(struct jwrite *w, const json_t *v)
{
	switch (json_typeof(v)) {
	case JSON_OBJECT:
		jwrite_open(w, '{');
		jwrite_members(w, v);
		jwrite_close(w, '}');
		break;
	case JSON_ARRAY:
		put_array(w, v);
		break;
	case JSON_STRING:
		jwrite_text(w, json_string_value(v), json_string_length(v));
		break;
	case JSON_INTEGER:
		jwrite_int(w, json_integer_value(v));
		break;
	case JSON_REAL:
		put_real(w, v);
		break;
	case JSON_TRUE:
		put_word(w, "true");
		break;
	case JSON_FALSE:
		put_word(w, "false");
		break;
	case JSON_NULL:
		jwrite_null(w);
		break;
	}
}

static void put_text(struct jwrite *w, const struct jvalue *v, bool colon)
{
	if (v->plain) {
		put_plain(w, v->text, v->n, true, colon);
		return;
	}
	jwrite_text(w, v->text, v->n);
	if (colon)
		put_char(w, ':');
}

/* An array's values, or an object's keys and values. */
static void put_inside(struct jwrite *w, const struct jvalue *v)
{
	for (const struct jvalue *at = v + 1, *end = jvalue_end(v); at < end;
	     at = jvalue_next(at)) {
		if (v->type == JVALUE_OBJECT) {
			put_text(w, at, true);
			at++;
		}
		jwrite_value(w, at);
	}
}

void jwrite_value(struct jwrite *w, const struct jvalue *v)
{
	CLEANUP_JSON json_t *real = NULL;

	switch (v->type) {
	case JVALUE_OBJECT:
		jwrite_open(w, '{');
		put_inside(w, v);
		jwrite_close(w, '}');
		break;
	case JVALUE_ARRAY:
		jwrite_open(w, '[');
		put_inside(w, v);
		jwrite_close(w, ']');
		break;
	case JVALUE_TEXT:
		put_text(w, v, false);
		break;
	case JVALUE_INT:
		jwrite_int(w, v->integer);
		break;
	case JVALUE_REAL:
		real = json_real(v->real);
		put_real(w, real);
		break;
	case JVALUE_TRUE:
		put_word(w, "true");
		break;
	case JVALUE_FALSE:
		put_word(w, "false");
		break;
	case JVALUE_NULL:
		jwrite_null(w);
		break;
	}
}

int jwrite_evbuffer(struct evbuffer *out, const json_t *v, size_t max)
{
	struct jwrite w;
	int r;

	jwrite_init(&w, max);
	jwrite_json(&w, v);
	r = w.error;
	if (r == 0 && evbuffer_add(out, w.text, w.len) < 0)
		r = -ENOMEM;
	jwrite_deinit(&w);
	return r;
}
