/* SPDX-License-Identifier: MIT */

/* tap.h - Network interfaces whose other end is a descriptor
 *
 * Each lasts as long as its descriptor, so nothing can be left behind.
 */
#pragma once

#include "err.h"

enum tap_kind {
	TAP_NODE,   /* whole frames, with the offloads that QEMU knows */
	TAP_PACKETS /* IP packets without a header before them */
};

/**
 * tap_open() - Make one, in this process's network namespace
 * @kind:	What goes through
 * @name:	At most 15 characters
 * @ret_fd:	Non-blocking; the caller's
 * @e:		Says what the host lacks or forbids
 *
 * Return: 0, or a negative errno
 */
int tap_open(enum tap_kind kind, const char *name, int *ret_fd, struct err *e);
