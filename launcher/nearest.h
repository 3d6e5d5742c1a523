/* SPDX-License-Identifier: MIT */

/* nearest.h - What somebody may have meant who mistyped a name */
#pragma once

#include <stddef.h>

/**
 * nearest() - The name that takes the fewest changes
 * @word:	As typed
 * @names: @n:	What it could have been
 *
 * Return: one of @names, NULL if none is near: more than a third of @word would
 *         have to be changed (but two letters always may)
 */
const char *nearest(const char *word, const char *const *names, size_t n);
