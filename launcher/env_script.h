/* SPDX-License-Identifier: MIT */

/* env_script.h - NAME_env.sh: the settings of a cluster for a shell to source
 *
 * The original writes it, and scripts of its users read it. Whoever has sourced
 * it means this cluster with every fame-run. Passwords are not in it.
 */
#pragma once

#include "cluster.h"
#include "err.h"
#include "settings.h"

/**
 * env_script_text() - Its text (pure)
 *
 * Return: to be freed; NULL = no memory
 */
char *env_script_text(const struct settings *s);

/* Write it into the cluster directory. */
int env_script_write(const struct cluster *c, const struct settings *s,
		     struct err *e);
