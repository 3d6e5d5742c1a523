/* SPDX-License-Identifier: MIT */

/* down.h - End a cluster, for "down" and "run" */
#pragma once

#include <stdbool.h>

#include "err.h"
#include "settings.h"

/**
 * down_end() - End a cluster, and wait until nothing of it runs
 * @s:		Loaded
 * @purge:	Remove what is stored, too
 *
 * Return: 0, -ENOTCONN if it was down, ...
 */
int down_end(const struct settings *s, bool purge, struct err *e);
