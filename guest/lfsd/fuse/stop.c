/* SPDX-License-Identifier: MIT */

/* stop.c - Signals end the session, even while the Librarian does not answer
 *
 * libfuse's own handlers only leave a note for the loop, which then waits for
 * requests that may be waiting for the Librarian. So the signal is for a thread
 * that makes those give up first.
 */

#include "stop.h"

#include <fuse_lowlevel.h>
#include <signal.h>

#include "../client.h"
#include "../thread.h"

/* How long requests may still take, and then giving handles back. Handles that
 * stay are dropped when the node ends.
 */
#define PATIENCE_MS 2000

/* Wakes the loop; it may be just about to wait, so it is repeated. */
#define WAKE SIGUSR1
#define WAKE_MS 100

static void ignore(int sig)
{
	(void)sig; /* it interrupts, that is all */
}

static sigset_t ends(void)
{
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGHUP);
	(void)sigaddset(&set, SIGINT);
	(void)sigaddset(&set, SIGTERM);
	return set;
}

/* Return: whether the loop has ended */
static bool await_end(struct stop *s)
{
	bool ended;

	(void)pthread_mutex_lock(&s->lock);
	if (!s->ended)
		thread_wait(&s->changed, &s->lock, WAKE_MS);
	ended = s->ended;
	(void)pthread_mutex_unlock(&s->lock);
	return ended;
}

static void *wait_for_signal(void *arg)
{
	const sigset_t set = ends();
	struct stop *s = arg;
	int sig;

	if (sigwait(&set, &sig) != 0)
		return NULL;
	/* From now on it ends by itself, and not with the lock. */
	(void)pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
	client_set_patience(s->client, PATIENCE_MS);
	fuse_session_exit(s->session);
	do
		(void)pthread_kill(s->loop, WAKE);
	while (!await_end(s));
	return NULL;
}

int stop_start(struct stop *s, struct fuse_session *session,
	       struct client *client)
{
	const struct sigaction wake = { .sa_handler = ignore };
	const sigset_t set = ends();
	int r;

	*s = (struct stop){ .session = session,
			    .client = client,
			    .loop = pthread_self() };
	(void)pthread_mutex_init(&s->lock, NULL);
	r = thread_cond_init(&s->changed);
	if (r < 0)
		return r;
	(void)sigaction(WAKE, &wake, NULL);
	(void)pthread_sigmask(SIG_BLOCK, &set, NULL);
	r = thread_start(&s->thread, wait_for_signal, s);
	s->started = r == 0;
	return r;
}

void stop_end(struct stop *s)
{
	if (!s->started)
		return;
	s->started = false;
	(void)pthread_mutex_lock(&s->lock);
	s->ended = true;
	(void)pthread_cond_signal(&s->changed);
	(void)pthread_mutex_unlock(&s->lock);
	(void)pthread_cancel(s->thread); /* if there was no signal */
	(void)pthread_join(s->thread, NULL);
	(void)pthread_cond_destroy(&s->changed);
	(void)pthread_mutex_destroy(&s->lock);
	client_set_patience(s->client, PATIENCE_MS);
}
