/* SPDX-License-Identifier: MIT */

/* ghosts.h - What was deleted here a while ago
 *
 * A process may still be in a directory that was removed, or have a fifo open
 * that was. The Librarian has forgotten it; the kernel still asks what it is.
 * The last ones are remembered, which is enough for whoever looks soon.
 */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "info.h"

#define GHOSTS 256

struct ghosts {
	pthread_mutex_t lock;
	unsigned next;
	struct shelf_info infos[GHOSTS]; /* a ring; id 0 = none */
};

void ghosts_init(struct ghosts *g);

/* It had these attributes; name, handle and books do not matter. */
void ghosts_add(struct ghosts *g, const struct shelf_info *info);

/* Return: whether it is remembered. @ret_info needs no deinit. */
bool ghosts_get(struct ghosts *g, uint64_t id, struct shelf_info *ret_info);
