/* SPDX-License-Identifier: MIT */

/* moved.h - Directories that other nodes have moved */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "proto_librarian.h"

struct lfs;

/* Directories of which the place is remembered; a power of two */
#define MOVED_KNOWN 4096

/**
 * struct moved - What the kernel takes for the places of directories
 * @lfs: @mountpoint:	Borrowed
 * @known:	By number of directory, where the kernel has it
 * @parent_id: @name:	What is to be looked at, for
 * @pid:	the thread that has met it; 0 = nothing, atomic
 * @self:	The thread that looks
 */
struct moved {
	struct lfs *lfs;
	const char *mountpoint;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct {
		uint64_t id;
		uint64_t parent_id;
	} known[MOVED_KNOWN];
	uint64_t parent_id;
	char name[LIBRARIAN_NAME_MAX + 1];
	pid_t pid;
	pid_t self;
	pthread_t thread;
	bool started;
	bool quit;
};

void moved_init(struct moved *m, struct lfs *lfs, const char *mountpoint);

/* 0 or a negative errno */
int moved_start(struct moved *m);

/* When the session is no more; idempotent. */
void moved_stop(struct moved *m);

/* The kernel is about to learn of a directory in a directory, or puts it there
 * itself.
 */
void moved_note(struct moved *m, uint64_t id, uint64_t parent_id);

/* The same when thread @pid has looked a name up. */
void moved_meet(struct moved *m, uint64_t id, uint64_t parent_id,
		const char *name, pid_t pid);

/* Waits if that thread has met a moved directory just now. */
void moved_wait(struct moved *m, pid_t pid);
