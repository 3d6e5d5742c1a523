/* SPDX-License-Identifier: MIT */

/* xattr_value.c - Values of extended attributes: bytes, and texts for them */

#include "xattr_value.h"

#include <errno.h>
#include <stdlib.h>

int xattr_value_text(const void *data, size_t len, char **ret_text,
		     size_t *ret_len)
{
	const unsigned char *in = data;
	char *text = malloc(2 * len + 1);
	size_t n = 0;

	if (!text)
		return -ENOMEM;
	for (size_t i = 0; i < len; i++) {
		if (in[i] & 0x80) {
			text[n++] = (char)(0xc0 | in[i] >> 6);
			text[n++] = (char)(0x80 | (in[i] & 0x3f));
		} else {
			text[n++] = (char)in[i];
		}
	}
	text[n] = '\0';
	*ret_text = text;
	*ret_len = n;
	return 0;
}

/* Characters from 80 to ff begin with c2 or c3. */
size_t xattr_value_bytes(char *text, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];

		if ((c == 0xc2 || c == 0xc3) && i + 1 < len)
			text[n++] = (char)(c << 6 | (text[++i] & 0x3f));
		else
			text[n++] = (char)c;
	}
	return n;
}
