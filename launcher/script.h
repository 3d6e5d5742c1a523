/* SPDX-License-Identifier: MIT */

/* script.h - A shell script that starts the nodes by hand
 *
 * For people who want to see or change what QEMU is told. It needs a POSIX shell,
 * QEMU, the image and fame-librarian, nothing else of fame-run.
 */
#pragma once

#include <stdio.h>

#include "err.h"
#include "plan.h"

/**
 * script_write() - Write it
 * @f:		Where to
 * @p:		From plan_machines(), with topology and machine id
 * @librarian:	Path of fame-librarian
 * @e:		Says why on failure
 */
int script_write(FILE *f, const struct plan *p, const char *librarian,
		 struct err *e);

/**
 * script_identity() - A node's AGENT_IDENTITY as a shell reads it (pure)
 *
 * One word: JSON in single quotes, but for $time, $seed and $port, which the
 * script sets.
 *
 * Return: text to free(), NULL = no memory
 */
char *script_identity(const struct plan *p, unsigned node);
