/* SPDX-License-Identifier: MIT */

/* jwrite.c - Replies as text */

#include "jwrite.h"

#include <errno.h>
#include <event2/buffer.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define STEP 4096
#define NUMBER_MAX 40 /* characters of a number */

struct jwrite {
	struct evbuffer *out;
	size_t max;
	int error;
	size_t len;
	char buf[STEP];
};

static void flush(struct jwrite *w)
{
	if (w->error)
		return;
	if (evbuffer_get_length(w->out) + w->len > w->max)
		w->error = -EMSGSIZE;
	else if (evbuffer_add(w->out, w->buf, w->len) < 0)
		w->error = -ENOMEM;
	w->len = 0;
}

/* Room for @n more, which is at most STEP. */
static char *room(struct jwrite *w, size_t n)
{
	if (w->len + n > STEP)
		flush(w);
	if (w->error)
		w->len = 0;
	return w->buf + w->len;
}

static void put(struct jwrite *w, const char *s, size_t n)
{
	while (n) {
		size_t part = n < STEP ? n : STEP;

		memcpy(room(w, part), s, part);
		w->len += part;
		s += part;
		n -= part;
	}
}

static void put_char(struct jwrite *w, char c)
{
	*room(w, 1) = c;
	w->len++;
}

/* ---- numbers -------------------------------------------------------------- */

static void put_integer(struct jwrite *w, int64_t v)
{
	uint64_t u = v < 0 ? -(uint64_t)v : (uint64_t)v;
	char text[NUMBER_MAX], *p = text + sizeof(text);

	do {
		*--p = (char)('0' + u % 10);
		u /= 10;
	} while (u);
	if (v < 0)
		*--p = '-';
	put(w, p, (size_t)(text + sizeof(text) - p));
}

/* Only what a client has sent comes here, so jansson's own form will do. */
static void put_real(struct jwrite *w, const json_t *v)
{
	w->len +=
		json_dumpb(v, room(w, NUMBER_MAX), NUMBER_MAX, JSON_ENCODE_ANY);
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

	put(w, text, sizeof(text));
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

static void put_text(struct jwrite *w, const char *text, size_t n)
{
	const unsigned char *s = (const unsigned char *)text;
	size_t i = 0;

	put_char(w, '"');
	while (i < n) {
		size_t from = i;

		while (i < n && is_plain(s[i]))
			i++;
		put(w, text + from, i - from);
		if (i == n)
			break;
		if (s[i] < 0x80)
			put_escape(w, s[i++]);
		else
			i += put_wide(w, s + i, n - i);
	}
	put_char(w, '"');
}

/* ---- values --------------------------------------------------------------- */

static void put_value(struct jwrite *w, const json_t *v);

static void put_array(struct jwrite *w, const json_t *v)
{
	size_t n = json_array_size(v);

	put_char(w, '[');
	for (size_t i = 0; i < n; i++) {
		if (i)
			put_char(w, ',');
		put_value(w, json_array_get(v, i));
	}
	put_char(w, ']');
}

static void put_object(struct jwrite *w, const json_t *v)
{
	/* Iterating changes nothing. */
	json_t *o = (json_t *)(uintptr_t)v;
	void *first = json_object_iter(o);

	put_char(w, '{');
	for (void *at = first; at; at = json_object_iter_next(o, at)) {
		const char *key = json_object_iter_key(at);

		if (at != first)
			put_char(w, ',');
		put_text(w, key, strlen(key));
		put_char(w, ':');
		put_value(w, json_object_iter_value(at));
	}
	put_char(w, '}');
}

/* Recursion ends: requests have a limit of depth, and replies are flat. */
static void put_value(struct jwrite *w, const json_t *v)
{
	switch (json_typeof(v)) {
	case JSON_OBJECT:
		put_object(w, v);
		break;
	case JSON_ARRAY:
		put_array(w, v);
		break;
	case JSON_STRING:
		put_text(w, json_string_value(v), json_string_length(v));
		break;
	case JSON_INTEGER:
		put_integer(w, json_integer_value(v));
		break;
	case JSON_REAL:
		put_real(w, v);
		break;
	case JSON_TRUE:
		put(w, "true", 4);
		break;
	case JSON_FALSE:
		put(w, "false", 5);
		break;
	case JSON_NULL:
		put(w, "null", 4);
		break;
	}
}

int jwrite(struct evbuffer *out, const json_t *v, size_t max)
{
	struct jwrite w;

	w.out = out;
	w.max = max;
	w.error = 0;
	w.len = 0;
	put_value(&w, v);
	flush(&w);
	return w.error;
}
