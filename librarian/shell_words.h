/* SPDX-License-Identifier: MIT */

/* shell_words.h - A line of the shell: words, quotes, variables
 *
 * Words are separated by blanks; '...' keeps all as it is, "..." and a
 * backslash keep blanks, # begins a comment. $NAME and ${NAME} are replaced by
 * what NAME stands for, but in '...' and after a backslash.
 */
#pragma once

#include "err.h"
#include "strv.h"

/**
 * shell_split() - A line to words
 * @words:	Gets them; variables are still to be replaced
 * @e:		What is wrong
 *
 * Return: 0, -EINVAL (a quote is open), -ENOMEM
 */
int shell_split(const char *line, struct strv *words, struct err *e);

/* What a name stands for: 0 and a new text, -ENOENT, -ENOMEM */
typedef int (*shell_lookup_fn)(void *arg, const char *name, char **ret_text);

/**
 * shell_expand() - Replace the variables in a word
 * @ret_text:	For free()
 *
 * Return: 0, -EINVAL, -ENOENT, -ENOMEM
 */
int shell_expand(const char *word, shell_lookup_fn lookup, void *arg,
		 char **ret_text, struct err *e);
