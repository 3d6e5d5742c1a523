/* SPDX-License-Identifier: MIT */

/* sandbox.h - What the server can do no more once it serves */
#pragma once

#include <stdbool.h>

#include "err.h"

/**
 * sandbox_enter() - Kill this process at any other system call
 * @has_paths:	It is to remove its sockets and its pid file at the end
 * @e:		Why that cannot be
 */
int sandbox_enter(bool has_paths, struct err *e);
