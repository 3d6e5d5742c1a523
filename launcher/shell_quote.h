/* SPDX-License-Identifier: MIT */

/* shell_quote.h - Words for a shell */
#pragma once

#include <stdio.h>

/* Write @word so that a shell reads exactly it; as it is, if that will do. */
void shell_quote(FILE *f, const char *word);

/* The same where ssh expands '%' first. */
void shell_quote_for_ssh(FILE *f, const char *word);
