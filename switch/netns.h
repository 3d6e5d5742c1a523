/* SPDX-License-Identifier: MIT */

/* netns.h - A network of one's own, without being root */
#pragma once

#include "err.h"

/**
 * netns_enter() - Leave the host's network for an empty one
 * @e:		Says what forbids it
 *
 * An ordinary user becomes root of a user namespace for that. The namespaces
 * last as long as processes in them, and descriptors of their interfaces.
 *
 * Return: 0, or a negative errno
 */
int netns_enter(struct err *e);
