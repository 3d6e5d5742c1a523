/* SPDX-License-Identifier: MIT */

/* gpgv.h - Is a text signed by a key that we trust? */
#pragma once

#include <stddef.h>

#include "err.h"

/**
 * gpgv_verify() - Verify a clear-signed file
 * @file:	Its path
 * @keyring:	Path of the keys
 * @what:	How messages call the file
 * @ret_text:	The signed text and nothing else of the file, terminated;
 *		free() it
 * @e:		Why not
 *
 * At least one signature must be good and none bad; signatures by keys that
 * At least one signature must be good and none bad; signatures by keys that
 * are not in the keyring do not matter, and those that have expired or whose
 * key has expired or was revoked do not count.
 *
 * Return: 0, -EKEYREJECTED, -ENOENT (gpgv or the keyring is missing), ...
 */
int gpgv_verify(const char *file, const char *keyring, const char *what,
		char **ret_text, struct err *e);

/**
 * gpgv_judge() - The verdict in what gpgv wrote to its status descriptor
 *
 * Return: 0, or -EKEYREJECTED
 */
int gpgv_judge(const char *status);
