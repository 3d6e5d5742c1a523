/* SPDX-License-Identifier: MIT */

/* base64.c - Bytes in texts: RFC 4648, with padding */

#include "base64.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
			       "abcdefghijklmnopqrstuvwxyz0123456789+/";

void base64_encode(const void *data, size_t len, char *text)
{
	const unsigned char *in = data;

	for (; len >= 3; len -= 3, in += 3) {
		uint32_t v = (uint32_t)in[0] << 16 | (uint32_t)in[1] << 8 |
			     in[2];

		for (int shift = 18; shift >= 0; shift -= 6)
			*text++ = alphabet[v >> shift & 63];
	}
	if (len) {
		uint32_t v = (uint32_t)in[0] << 16 |
			     (len > 1 ? (uint32_t)in[1] << 8 : 0);

		*text++ = alphabet[v >> 18 & 63];
		*text++ = alphabet[v >> 12 & 63];
		*text++ = '=';
		if (len > 1)
			text[-1] = alphabet[v >> 6 & 63];
		*text++ = '=';
	}
	*text = '\0';
}

/* -1: none of the alphabet. */
static int value_of(char c)
{
	const char *at = c ? strchr(alphabet, c) : NULL;

	return at ? (int)(at - alphabet) : -1;
}

int base64_decode(const char *text, size_t len, void *data, size_t *ret_n)
{
	size_t pad = 0, n = 0;
	uint8_t *out = data;

	if (len % 4)
		return -EINVAL;
	while (pad < 2 && pad < len && text[len - 1 - pad] == '=')
		pad++;
	for (size_t i = 0; i < len; i += 4) {
		size_t last = i + 4 == len ? pad : 0;
		uint32_t v = 0;

		for (size_t k = 0; k < 4; k++) {
			int digit = k < 4 - last ? value_of(text[i + k]) : 0;

			if (digit < 0)
				return -EINVAL;
			v = v << 6 | (uint32_t)digit;
		}
		/* What would be left over is nothing. */
		if (v & ((1U << 8 * last) - 1))
			return -EINVAL;
		for (size_t k = 0; k < 3 - last; k++)
			out[n++] = (uint8_t)(v >> (16 - 8 * k));
	}
	*ret_n = n;
	return 0;
}
