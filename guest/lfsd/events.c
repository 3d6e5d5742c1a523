/* SPDX-License-Identifier: MIT */

/* events.c - What the Librarian tells unasked, and what is due later */

#include "events.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include "cleanup.h"
#include "thread.h"

/* So many wait at most. One of each shelf would do; it is told again. */
#define WAITING_MAX 4096

struct waiting {
	struct waiting *next;
	struct jread message;
};

struct events {
	struct events_conf conf;
	pthread_t thread;
	bool started;
	pthread_mutex_t lock; /* of all below */
	pthread_cond_t changed;
	struct waiting *first, **last;
	size_t n;
	bool poked;
	bool quit;
};

/* ---- the thread ------------------------------------------------------------ */

/* With the lock */
static struct waiting *take_first(struct events *ev)
{
	struct waiting *w = ev->first;

	if (!w)
		return NULL;
	ev->first = w->next;
	if (!ev->first)
		ev->last = &ev->first;
	ev->n--;
	return w;
}

static void waiting_free(struct waiting *w)
{
	jread_deinit(&w->message);
	free(w);
}

/* Of the next call of due(), by the clock; -1 = never */
static int64_t ask_due(const struct events *ev)
{
	int64_t ms = ev->conf.due ? ev->conf.due(ev->conf.arg) : -1;

	return ms < 0 ? -1 : thread_now_ms() + ms;
}

/* One thing that is to be done, or a wait for it; with the lock */
static void step(struct events *ev, int64_t *due)
{
	const int64_t now = thread_now_ms();
	struct waiting *w;

	if (ev->poked || (*due >= 0 && *due <= now)) {
		ev->poked = false;
		pthread_mutex_unlock(&ev->lock);
		*due = ask_due(ev);
		pthread_mutex_lock(&ev->lock);
	} else if ((w = take_first(ev))) {
		pthread_mutex_unlock(&ev->lock);
		ev->conf.event(ev->conf.arg, w->message.values);
		waiting_free(w);
		pthread_mutex_lock(&ev->lock);
	} else {
		thread_wait(&ev->changed, &ev->lock,
			    *due < 0 ? -1 : *due - now);
	}
}

static void *handle(void *arg)
{
	struct events *ev = arg;
	int64_t due = 0;

	pthread_mutex_lock(&ev->lock);
	while (!ev->quit)
		step(ev, &due);
	pthread_mutex_unlock(&ev->lock);
	return NULL;
}

/* ---- for the others -------------------------------------------------------- */

int events_push(void *arg, struct jread *message)
{
	struct events *ev = arg;
	struct waiting *w = calloc(1, sizeof(*w));
	int r = 0;

	if (!w)
		return -ENOMEM;
	w->message = *message;
	*message = (struct jread){ 0 };
	pthread_mutex_lock(&ev->lock);
	if (ev->n < WAITING_MAX) {
		*ev->last = w;
		ev->last = &w->next;
		ev->n++;
		pthread_cond_signal(&ev->changed);
	} else {
		r = -ENOBUFS;
	}
	pthread_mutex_unlock(&ev->lock);
	if (r < 0)
		waiting_free(w);
	return r;
}

void events_poke(struct events *ev)
{
	pthread_mutex_lock(&ev->lock);
	ev->poked = true;
	pthread_cond_signal(&ev->changed);
	pthread_mutex_unlock(&ev->lock);
}

int events_new(const struct events_conf *conf, struct events **ret_events)
{
	struct events *ev = calloc(1, sizeof(*ev));
	int r;

	if (!ev)
		return -ENOMEM;
	r = thread_cond_init(&ev->changed);
	if (r < 0) {
		free(ev);
		return r;
	}
	(void)pthread_mutex_init(&ev->lock, NULL);
	ev->conf = *conf;
	ev->last = &ev->first;
	*ret_events = ev;
	return 0;
}

int events_start(struct events *ev)
{
	int r = thread_start(&ev->thread, handle, ev);

	if (r == 0)
		ev->started = true;
	return r;
}

void events_stop(struct events *ev)
{
	pthread_mutex_lock(&ev->lock);
	ev->quit = true;
	pthread_cond_signal(&ev->changed);
	pthread_mutex_unlock(&ev->lock);
	if (ev->started)
		(void)pthread_join(ev->thread, NULL);
	ev->started = false;
}

struct events *events_free(struct events *ev)
{
	struct waiting *w;

	if (!ev)
		return NULL;
	events_stop(ev);
	while ((w = take_first(ev)))
		waiting_free(w);
	(void)pthread_cond_destroy(&ev->changed);
	(void)pthread_mutex_destroy(&ev->lock);
	free(ev);
	return NULL;
}
