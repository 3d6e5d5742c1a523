/* SPDX-License-Identifier: MIT */

/* utf8.c - Whether bytes are a text */

#include "utf8.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Bytes behind the first one; -1: nothing begins so. */
static int tail_length(unsigned char c)
{
	if (c < 0x80)
		return 0;
	if (c >= 0xc2 && c < 0xe0)
		return 1;
	if (c >= 0xe0 && c < 0xf0)
		return 2;
	return c >= 0xf0 && c < 0xf5 ? 3 : -1;
}

/* Not longer than needed, no half of a UTF-16 pair, and not behind the end. */
static bool is_character(uint32_t v, int tail)
{
	switch (tail) {
	case 2:
		return v >= 0x800 && (v < 0xd800 || v > 0xdfff);
	case 3:
		return v >= 0x10000 && v <= 0x10ffff;
	default:
		return true;
	}
}

bool utf8_is_valid(const char *text, size_t len)
{
	const unsigned char *p = (const unsigned char *)text;
	const unsigned char *end = p + len;

	while (p < end) {
		int tail = tail_length(*p);
		uint32_t v = *p++;

		if (tail < 0 || tail > end - p)
			return false;
		v &= 0x3fU >> tail;
		for (int i = 0; i < tail; i++, p++) {
			if ((*p & 0xc0) != 0x80)
				return false;
			v = v << 6 | (*p & 0x3f);
		}
		if (!is_character(v, tail))
			return false;
	}
	return true;
}

char *utf8_show(const char *text)
{
	static const char replacement[] = "\xef\xbf\xbd";
	size_t width = sizeof(replacement) - 1;
	char *copy, *at;

	if (utf8_is_valid(text, strlen(text)))
		return strdup(text);
	copy = malloc(strlen(text) * width + 1);
	if (!copy)
		return NULL;
	at = copy;
	for (; *text; text++) {
		if (*text & 0x80) {
			memcpy(at, replacement, width);
			at += width;
		} else {
			*at++ = *text;
		}
	}
	*at = '\0';
	return copy;
}
