/* SPDX-License-Identifier: MIT */

/* utf8.h - Whether bytes are a text */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Whether they are characters of Unicode in their shortest form. */
bool utf8_is_valid(const char *text, size_t len);

/* A copy for people to see: if it is no text, all that is not ASCII is replaced
 * (U+FFFD). For free(); NULL = no memory.
 */
char *utf8_show(const char *text);
