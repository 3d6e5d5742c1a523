/* SPDX-License-Identifier: MIT */

/* base64.h - Bytes in texts: RFC 4648, with padding */
#pragma once

#include <stddef.h>

/* So long is the text of @n bytes, without the NUL behind it. */
#define BASE64_LEN(n) (((n) + 2) / 3 * 4)

/**
 * base64_encode() - Bytes to text
 * @data: @len:	Bytes
 * @text:	BASE64_LEN(@len) + 1 characters; a NUL is put behind them
 */
void base64_encode(const void *data, size_t len, char *text);

/**
 * base64_decode() - Text to bytes
 * @text: @len:	The text; nothing but it, no line breaks
 * @data:	Room for @len / 4 * 3 bytes
 * @ret_n:	So many they are
 *
 * Return: 0, or -EINVAL if it is not what base64_encode() makes
 */
int base64_decode(const char *text, size_t len, void *data, size_t *ret_n);
