/* SPDX-License-Identifier: MIT */

/* sandbox.h - What the switch can do no more once nodes may talk to it */
#pragma once

#include <stdbool.h>

#include "err.h"

/**
 * sandbox_enter() - Give all other system calls up
 * @has_child:	It has dnsmasq to watch, and to end
 * @e:		Why not
 *
 * Return: 0 or a negative errno
 */
int sandbox_enter(bool has_child, struct err *e);
