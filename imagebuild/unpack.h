/* SPDX-License-Identifier: MIT */

/* unpack.h - Unpack many packages on all processors
 *
 * Packages are handed over as they arrive, so that xz, which is what costs,
 * works while the network does.
 */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "deb.h"
#include "err.h"
#include "index.h"
#include "progress.h"

#define UNPACK_THREADS_MAX 8

struct unpack {
	const struct deb_target *target;
	struct progress *progress; /* counts bytes of packages unpacked */
	const struct package *const *packages;
	size_t n;
	char **paths;  /* of each package; NULL = has not arrived */
	char **status; /* its paragraph for dpkg, when it is unpacked */
	size_t *queue; /* numbers of packages, in order of arrival */
	size_t queued;
	size_t taken;
	size_t finished;
	int64_t newest; /* mtime of all their files' newest */
	bool stop;
	int error;
	struct err err;
	pthread_mutex_t lock;
	pthread_cond_t more;
	pthread_cond_t less;
	pthread_t threads[UNPACK_THREADS_MAX];
	size_t n_threads;
};

/**
 * unpack_init() - Start the threads
 * @u:		To be given to unpack_deinit(), also after a failure
 * @target:	The tree, with dpkgdb_init() done; borrowed
 * @packages: @n: What will come; borrowed
 * @p:		Progress; may be NULL
 */
int unpack_init(struct unpack *u, const struct deb_target *target,
		const struct package *const *packages, size_t n,
		struct progress *p);

/* Package number @i is in the file @path (copied). From the main thread. */
int unpack_push(struct unpack *u, size_t i, const char *path);

/**
 * unpack_wait() - Wait until all @n packages have been unpacked
 *
 * Return: 0 or the first failure, with its sentence
 */
int unpack_wait(struct unpack *u, struct err *e);

/* Ends the threads; idempotent. */
void unpack_deinit(struct unpack *u);
