/* SPDX-License-Identifier: MIT */

/* xattr_value.h - Values of extended attributes: bytes, and texts for them
 *
 * They are stored as tm-librarian's clients send them: a text in which each
 * character stands for a byte. Clients of protocol 2 send and get the bytes.
 */
#pragma once

#include <stddef.h>

#define XATTR_VALUE_MAX 65536 /* the kernel's own limit, in bytes */

/**
 * xattr_value_text() - The text of bytes
 * @data: @len:	Bytes
 * @ret_text:	For free()
 * @ret_len:	Its length
 *
 * Return: 0 or -ENOMEM
 */
int xattr_value_text(const void *data, size_t len, char **ret_text,
		     size_t *ret_len);

/**
 * xattr_value_bytes() - The bytes of a text, in its place
 * @text: @len:	Valid UTF-8. Characters that stand for no byte, which only
 *		tm-librarian's clients may have stored, stay as they are
 *
 * Return: how many they are, @len at most
 */
size_t xattr_value_bytes(char *text, size_t len);
