/* SPDX-License-Identifier: MIT */

/* shell_request.h - The protocol's commands as words */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "err.h"

/**
 * shell_request_make() - Words to a request
 * @words: @n:	A command and its parameters, in order; or one word that is a
 *		JSON object, which is taken as it is
 * @ret_o:	Without a context, unless it was there
 * @e:		What is wrong, and how the command is used
 *
 * Return: 0, -ENOENT (no such command), -EINVAL, -ENOMEM
 */
int shell_request_make(char *const *words, size_t n, json_t **ret_o,
		       struct err *e);

/* Whether a command has this name. */
bool shell_request_known(const char *name);

/* The i-th command; NULL = there are no more. */
const char *shell_request_at(size_t i);

/* How a command is used; NULL: all of them, one a line. */
int shell_request_help(FILE *out, const char *name);
