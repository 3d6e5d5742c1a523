/* SPDX-License-Identifier: MIT */

/* serve.h - Threads that answer what fam.ko asks, and hear of lost mappings */
#pragma once

#include <pthread.h>

#include "../lfs.h"
#include "err.h"

/* As many writes may wait for the Librarian at the same time. */
#define SERVE_THREADS 4

struct serve {
	struct lfs *lfs;
	int fd;	      /* of fam.ko's questions */
	int epoll_fd; /* of shelves that are mapped, but not open */
	pthread_t threads[SERVE_THREADS];
	unsigned n;
	pthread_t watcher;
	bool watching;
};

/* Once, before anything else. Takes what serve_watch() wants from then on. */
int serve_init(struct serve *s, struct lfs *lfs, struct err *e);

/* Start all threads, when the file system has started. */
int serve_start(struct serve *s, struct err *e);

/* Ends them; idempotent. */
void serve_stop(struct serve *s);

/* For lfs_hooks; @arg is the struct serve. */
int serve_watch(void *arg, const struct shelf *shelf);
void serve_unwatch(void *arg, const struct shelf *shelf);
