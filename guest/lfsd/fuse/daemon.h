/* SPDX-License-Identifier: MIT */

/* daemon.h - lfsd at work: mount, serve, unmount */
#pragma once

#include "err.h"

struct lfs;
struct options;

/**
 * daemon_run() - Everything from connecting to unmounting
 * @opt:	Command line
 * @e:		Why it failed
 *
 * Return: 0 after SIGTERM, SIGINT or an unmount from outside; a negative errno
 */
int daemon_run(const struct options *opt, struct err *e);
