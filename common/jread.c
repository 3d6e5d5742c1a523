/* SPDX-License-Identifier: MIT */

/* jread.c - A JSON object that was received, as a flat list of its values
 *
 * Texts are decoded in place: no escape is shorter than what it stands for, and
 * the closing quote leaves room for the 0.
 */

#include "jread.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "utf8.h"

#define ROOM_MIN 48U /* a request has some twenty values */

struct reader {
	struct jread *doc;
	char *at, *end;
	size_t values;	/* at most */
	unsigned depth; /* that are still allowed */
};

static int read_value(struct reader *rd);

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static void skip_space(struct reader *rd)
{
	while (rd->at < rd->end && (*rd->at == ' ' || *rd->at == '\n' ||
				    *rd->at == '\t' || *rd->at == '\r'))
		rd->at++;
}

static bool take(struct reader *rd, char c)
{
	skip_space(rd);
	if (rd->at == rd->end || *rd->at != c)
		return false;
	rd->at++;
	return true;
}

static int add(struct reader *rd, const struct jvalue *v)
{
	struct jread *doc = rd->doc;

	if (doc->n == rd->values)
		return -EINVAL;
	if (doc->n == doc->room) {
		size_t room = doc->room ? doc->room * 2 : ROOM_MIN;
		struct jvalue *more;

		more = reallocarray(doc->values, room, sizeof(*more));
		if (!more)
			return -ENOMEM;
		doc->values = more;
		doc->room = room;
	}
	doc->values[doc->n++] = *v;
	return 0;
}

/* ---- texts ---------------------------------------------------------------- */

/* Four digits. Return: -1 = they are none */
static int32_t take_hex(struct reader *rd)
{
	int32_t u = 0;

	if (rd->end - rd->at < 4)
		return -1;
	for (int i = 0; i < 4; i++) {
		char c = *rd->at++;

		if (is_digit(c))
			u = u << 4 | (c - '0');
		else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
			u = u << 4 | ((c | 0x20) - 'a' + 10);
		else
			return -1;
	}
	return u;
}

/* Behind "\u". Return: a character; -1 = it is none, as half of a pair is */
static int32_t take_unit(struct reader *rd)
{
	int32_t u = take_hex(rd), low;

	if (u < 0xd800 || u > 0xdfff)
		return u;
	if (u > 0xdbff || rd->end - rd->at < 6 || rd->at[0] != '\\' ||
	    rd->at[1] != 'u')
		return -1;
	rd->at += 2;
	low = take_hex(rd);
	if (low < 0xdc00 || low > 0xdfff)
		return -1;
	return 0x10000 + ((u & 0x3ff) << 10 | (low & 0x3ff));
}

static char *put_character(char *to, int32_t u)
{
	if (u < 0x80) {
		*to++ = (char)u;
		return to;
	}
	if (u < 0x800) {
		*to++ = (char)(0xc0 | u >> 6);
	} else {
		if (u < 0x10000) {
			*to++ = (char)(0xe0 | u >> 12);
		} else {
			*to++ = (char)(0xf0 | u >> 18);
			*to++ = (char)(0x80 | (u >> 12 & 0x3f));
		}
		*to++ = (char)(0x80 | (u >> 6 & 0x3f));
	}
	*to++ = (char)(0x80 | (u & 0x3f));
	return to;
}

/* Behind a backslash. Return: where to go on; NULL = there is no such escape */
static char *take_escape(struct reader *rd, char *to)
{
	static const char from[] = "\"\\/bfnrt", what[] = "\"\\/\b\f\n\r\t";
	const char *known;
	char c;

	if (rd->at == rd->end || !*rd->at)
		return NULL;
	c = *rd->at++;
	if (c == 'u') {
		int32_t u = take_unit(rd);

		return u < 0 ? NULL : put_character(to, u);
	}
	known = strchr(from, c);
	if (!known)
		return NULL;
	*to++ = what[known - from];
	return to;
}

/* Where a plain part ends: at quotes, backslashes and control characters. Return:
 * the bits that are set in any of its bytes
 */
static unsigned char skip_plain(struct reader *rd)
{
	const char *at = rd->at;
	unsigned char all = 0;

	for (; at < rd->end && (unsigned char)*at >= 0x20 && *at != '"' &&
	       *at != '\\';
	     at++)
		all |= (unsigned char)*at;
	rd->at += at - rd->at;
	return all;
}

/* Behind the quote. */
static int read_text(struct reader *rd)
{
	struct jvalue v = { .type = JVALUE_TEXT, .text = rd->at };
	char *text = rd->at, *to = text;
	bool escaped = false;
	unsigned char all = 0;

	for (;;) {
		const char *from = rd->at;
		size_t n;

		all |= skip_plain(rd);
		n = (size_t)(rd->at - from);
		if (escaped)
			memmove(to, from, n);
		to += n;
		if (rd->at == rd->end || (unsigned char)*rd->at < 0x20)
			return -EINVAL;
		if (*rd->at++ == '"')
			break;
		escaped = true;
		to = take_escape(rd, to);
		if (!to)
			return -EINVAL;
	}
	*to = '\0';
	v.n = (uint32_t)(to - text);
	v.plain = !escaped && all < 0x80;
	if (all >= 0x80 && !utf8_is_valid(text, v.n))
		return -EINVAL;
	return add(rd, &v);
}

/* ---- numbers and words ---------------------------------------------------- */

/* Return: how many; they are skipped */
static size_t skip_digits(struct reader *rd)
{
	const char *from = rd->at;

	while (rd->at < rd->end && is_digit(*rd->at))
		rd->at++;
	return (size_t)(rd->at - from);
}

static int add_int(struct reader *rd, const char *digits, bool minus)
{
	struct jvalue v = { .type = JVALUE_INT };

	/* Downwards: the smallest number has no positive one. */
	for (; digits < rd->at; digits++)
		if (__builtin_mul_overflow(v.integer, 10, &v.integer) ||
		    __builtin_sub_overflow(v.integer, *digits - '0',
					   &v.integer))
			return -EINVAL;
	if (!minus && __builtin_sub_overflow(0, v.integer, &v.integer))
		return -EINVAL;
	return add(rd, &v);
}

static int add_real(struct reader *rd, const char *from)
{
	struct jvalue v = { .type = JVALUE_REAL };
	char after = *rd->at;

	*rd->at = '\0';
	v.real = strtod(from, NULL);
	*rd->at = after;
	return isinf(v.real) ? -EINVAL : add(rd, &v);
}

/* Return: whether it is there, and whole */
static bool skip_fraction(struct reader *rd)
{
	if (rd->at < rd->end && *rd->at == '.') {
		rd->at++;
		if (!skip_digits(rd))
			return false;
	}
	if (rd->at < rd->end && (*rd->at == 'e' || *rd->at == 'E')) {
		rd->at++;
		if (rd->at < rd->end && (*rd->at == '+' || *rd->at == '-'))
			rd->at++;
		if (!skip_digits(rd))
			return false;
	}
	return true;
}

static int read_number(struct reader *rd)
{
	const char *from = rd->at, *digits, *behind;
	bool minus = *from == '-';
	size_t n;

	if (minus)
		rd->at++;
	digits = rd->at;
	n = skip_digits(rd);
	behind = rd->at;
	if (!n || (n > 1 && *digits == '0') || !skip_fraction(rd))
		return -EINVAL;
	/* The object is still to be closed. */
	if (rd->at == rd->end)
		return -EINVAL;
	return rd->at == behind ? add_int(rd, digits, minus) :
				  add_real(rd, from);
}

static int read_word(struct reader *rd)
{
	static const struct {
		const char *word;
		enum jvalue_type type;
	} words[] = {
		{ "null", JVALUE_NULL },
		{ "true", JVALUE_TRUE },
		{ "false", JVALUE_FALSE },
	};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		size_t len = strlen(words[i].word);

		if ((size_t)(rd->end - rd->at) < len ||
		    memcmp(rd->at, words[i].word, len) != 0)
			continue;
		rd->at += len;
		return add(rd, &(struct jvalue){ .type = words[i].type });
	}
	return -EINVAL;
}

/* ---- members -------------------------------------------------------------- */

/* That no key is there twice. */
static int check_keys(const struct jvalue *o)
{
	const struct jvalue *keys[JREAD_KEYS_MAX];
	size_t n = 0;

	for (const struct jvalue *key = o + 1, *end = jvalue_end(o); key < end;
	     key = jvalue_next(key + 1)) {
		if (n == JREAD_KEYS_MAX)
			return -EINVAL;
		for (size_t i = 0; i < n; i++)
			if (keys[i]->n == key->n &&
			    !memcmp(keys[i]->text, key->text, key->n))
				return -EINVAL;
		keys[n++] = key;
	}
	return 0;
}

static int read_member(struct reader *rd)
{
	const struct jvalue *key;
	int r;

	if (!take(rd, '"'))
		return -EINVAL;
	r = read_text(rd);
	if (r < 0)
		return r;
	key = &rd->doc->values[rd->doc->n - 1];
	if (memchr(key->text, 0, key->n) || !take(rd, ':'))
		return -EINVAL;
	return read_value(rd);
}

/* Behind the bracket; @type's end is @close. */
static int read_inside(struct reader *rd, enum jvalue_type type, char close)
{
	size_t at = rd->doc->n;
	struct jvalue *v;
	int r;

	if (!rd->depth)
		return -EINVAL;
	rd->depth--;
	r = add(rd, &(struct jvalue){ .type = type });
	if (r == 0 && !take(rd, close)) {
		do {
			r = type == JVALUE_OBJECT ? read_member(rd) :
						    read_value(rd);
		} while (r == 0 && take(rd, ','));
		if (r == 0 && !take(rd, close))
			r = -EINVAL;
	}
	if (r < 0)
		return r;
	rd->depth++;
	v = &rd->doc->values[at];
	v->n = (uint32_t)(rd->doc->n - at - 1);
	return type == JVALUE_OBJECT ? check_keys(v) : 0;
}

/* Recursion ends: depth has a limit. */
static int read_value(struct reader *rd)
{
	skip_space(rd);
	if (rd->at == rd->end)
		return -EINVAL;
	switch (*rd->at) {
	case '"':
		rd->at++;
		return read_text(rd);
	case '{':
		rd->at++;
		return read_inside(rd, JVALUE_OBJECT, '}');
	case '[':
		rd->at++;
		return read_inside(rd, JVALUE_ARRAY, ']');
	case 'n':
	case 't':
	case 'f':
		return read_word(rd);
	default:
		return read_number(rd);
	}
}

/* ---- the whole ------------------------------------------------------------ */

static int read_object(struct jread *doc, size_t len,
		       const struct jread_limits *limits)
{
	struct reader rd = { doc, doc->text, doc->text + len, limits->values,
			     limits->depth };
	int r;

	if (len > JREAD_MAX || !take(&rd, '{'))
		return -EINVAL;
	r = read_inside(&rd, JVALUE_OBJECT, '}');
	skip_space(&rd);
	return r == 0 && rd.at < rd.end ? -EINVAL : r;
}

int jread_object(char *text, size_t len, const struct jread_limits *limits,
		 struct jread *ret_doc)
{
	struct jread doc = { .text = text };
	int r;

	r = read_object(&doc, len, limits);
	if (r < 0)
		jread_deinit(&doc);
	else
		*ret_doc = doc;
	return r;
}

void jread_deinit(struct jread *doc)
{
	free(doc->values);
	free(doc->text);
	*doc = (struct jread){ 0 };
}

size_t jvalue_count(const struct jvalue *array)
{
	const struct jvalue *end = jvalue_end(array);
	size_t n = 0;

	for (const struct jvalue *v = array + 1; v < end; v = jvalue_next(v))
		n++;
	return n;
}

const struct jvalue *jvalue_get(const struct jvalue *o, const char *key)
{
	size_t len = strlen(key);

	if (!jvalue_is(o, JVALUE_OBJECT))
		return NULL;
	for (const struct jvalue *at = o + 1, *end = jvalue_end(o); at < end;
	     at = jvalue_next(at + 1))
		if (at->n == len && !memcmp(at->text, key, len))
			return at + 1;
	return NULL;
}

const char *jvalue_text(const struct jvalue *v)
{
	return jvalue_is(v, JVALUE_TEXT) && !memchr(v->text, 0, v->n) ?
		       v->text :
		       NULL;
}
