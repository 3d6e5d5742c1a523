/* SPDX-License-Identifier: MIT */

/* unpack.c - Unpack many packages on all processors */

#include "unpack.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cleanup.h"
#include "dpkgdb.h"

#define WAIT_MS 100

static void note_newest(struct unpack *u, int64_t newest)
{
	(void)pthread_mutex_lock(&u->lock);
	if (newest > u->newest)
		u->newest = newest;
	(void)pthread_mutex_unlock(&u->lock);
}

static int unpack_one(struct unpack *u, size_t i, char **ret_status,
		      struct err *e)
{
	const struct package *p = u->packages[i];
	struct deb d;
	int r;

	r = deb_unpack(u->target, u->paths[i], p->name, &d, e);
	if (r == 0) {
		note_newest(u, d.newest);
		r = dpkgdb_add(u->target->root, &d, ret_status);
		if (r < 0)
			(void)err_set(e, r,
				      "cannot note package \"%s\" in the "
				      "tree's list of packages: %s",
				      p->name, strerror(-r));
	}
	deb_deinit(&d);
	return r;
}

/* The number of a package to be done; -1 = no more. Takes the lock itself. */
static ssize_t take(struct unpack *u)
{
	ssize_t i = -1;

	(void)pthread_mutex_lock(&u->lock);
	while (!u->stop && u->taken == u->queued)
		(void)pthread_cond_wait(&u->more, &u->lock);
	if (!u->stop)
		i = (ssize_t)u->queue[u->taken++];
	(void)pthread_mutex_unlock(&u->lock);
	return i;
}

static void *work(void *arg)
{
	struct unpack *u = arg;
	ssize_t i;

	while ((i = take(u)) >= 0) {
		struct err e = { 0 };
		char *status = NULL;
		int r = unpack_one(u, (size_t)i, &status, &e);

		(void)pthread_mutex_lock(&u->lock);
		u->status[i] = status;
		if (r < 0 && !u->error) {
			u->error = r;
			u->err = e;
			u->stop = true;
			(void)pthread_cond_broadcast(&u->more);
		}
		u->finished++;
		(void)pthread_cond_signal(&u->less);
		(void)pthread_mutex_unlock(&u->lock);
	}
	return NULL;
}

static size_t count_threads(void)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);

	if (n < 1)
		return 1;
	return n > UNPACK_THREADS_MAX ? UNPACK_THREADS_MAX : (size_t)n;
}

int unpack_init(struct unpack *u, const struct deb_target *target,
		const struct package *const *packages, size_t n,
		struct progress *p)
{
	size_t threads = count_threads();

	*u = (struct unpack){
		.target = target, .progress = p, .packages = packages, .n = n
	};
	(void)pthread_mutex_init(&u->lock, NULL);
	(void)pthread_cond_init(&u->more, NULL);
	(void)pthread_cond_init(&u->less, NULL);
	u->paths = calloc(n + 1, sizeof(*u->paths));
	u->status = calloc(n + 1, sizeof(*u->status));
	u->queue = calloc(n + 1, sizeof(*u->queue));
	if (!u->paths || !u->status || !u->queue)
		return -ENOMEM;
	while (u->n_threads < threads) {
		int r = pthread_create(&u->threads[u->n_threads], NULL, work,
				       u);

		if (r)
			return u->n_threads ? 0 : -r;
		u->n_threads++;
	}
	return 0;
}

int unpack_push(struct unpack *u, size_t i, const char *path)
{
	char *copy = strdup(path);

	if (!copy)
		return -ENOMEM;
	(void)pthread_mutex_lock(&u->lock);
	u->paths[i] = copy;
	u->queue[u->queued++] = i;
	(void)pthread_cond_signal(&u->more);
	(void)pthread_mutex_unlock(&u->lock);
	return 0;
}

static void wait_a_little(struct unpack *u)
{
	struct timespec until;

	(void)clock_gettime(CLOCK_REALTIME, &until);
	until.tv_nsec += WAIT_MS * 1000000L;
	if (until.tv_nsec >= 1000000000L) {
		until.tv_nsec -= 1000000000L;
		until.tv_sec++;
	}
	(void)pthread_cond_timedwait(&u->less, &u->lock, &until);
}

int unpack_wait(struct unpack *u, struct err *e)
{
	int r;

	(void)pthread_mutex_lock(&u->lock);
	while (!u->error && u->finished < u->n) {
		wait_a_little(u);
		if (!u->progress)
			continue;
		atomic_store(&u->progress->done, 0);
		for (size_t i = 0; i < u->n; i++)
			if (u->status[i])
				progress_add(u->progress, u->packages[i]->size);
		progress_draw(u->progress);
	}
	r = u->error;
	if (r)
		*e = u->err;
	(void)pthread_mutex_unlock(&u->lock);
	return r;
}

void unpack_deinit(struct unpack *u)
{
	if (!u->packages)
		return;
	(void)pthread_mutex_lock(&u->lock);
	u->stop = true;
	(void)pthread_cond_broadcast(&u->more);
	(void)pthread_mutex_unlock(&u->lock);
	for (size_t i = 0; i < u->n_threads; i++)
		(void)pthread_join(u->threads[i], NULL);
	for (size_t i = 0; i < u->n; i++) {
		if (u->paths)
			free(u->paths[i]);
		if (u->status)
			free(u->status[i]);
	}
	free(u->paths);
	free(u->status);
	free(u->queue);
	(void)pthread_cond_destroy(&u->less);
	(void)pthread_cond_destroy(&u->more);
	(void)pthread_mutex_destroy(&u->lock);
	*u = (struct unpack){ 0 };
}
