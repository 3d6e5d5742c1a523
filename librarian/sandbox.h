/* SPDX-License-Identifier: MIT */

/* sandbox.h - What the Librarian can do no more once it serves */
#pragma once

#include "err.h"

/* Everything is opened that will be needed. Return: 0 or a negative errno. */
int sandbox_enter(struct err *e);
