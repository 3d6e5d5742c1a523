/* SPDX-License-Identifier: MIT */

/* open_file.h - What an open file is to FUSE
 *
 * Besides its shelf, it remembers who has asked for fcntl() locks by it. A
 * process that closes the file says so (flush), and its locks go. Locks that
 * belong to the open file itself (F_OFD_SETLK) have an owner that never says
 * anything: what is left when the file is released, is of that kind.
 */
#pragma once

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

struct shelf;

struct open_file {
	struct shelf *shelf;
	pthread_mutex_t lock;
	uint64_t *owners;
	size_t n, room;
};

/* NULL = no memory */
struct open_file *open_file_new(struct shelf *s);

/* NULL is fine; returns NULL. */
struct open_file *open_file_free(struct open_file *f);

/* This owner may have locks from now on: 0 or -ENOMEM */
int open_file_add_owner(struct open_file *f, uint64_t owner);
void open_file_remove_owner(struct open_file *f, uint64_t owner);
