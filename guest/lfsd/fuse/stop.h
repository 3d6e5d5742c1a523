/* SPDX-License-Identifier: MIT */

/* stop.h - Signals end the session, even while the Librarian does not answer */
#pragma once

#include <pthread.h>
#include <stdbool.h>

struct client;
struct fuse_session;

/**
 * struct stop - A thread that waits for the signal; all 0 is none
 * @session:	To be ended
 * @client:	Whose calls are not to wait any longer then
 * @loop:	The thread that serves the session
 * @ended:	It does not any more
 */
struct stop {
	struct fuse_session *session;
	struct client *client;
	pthread_t loop;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool ended;
	bool started;
};

/* From now on; called by the thread that is going to serve the session, when all
 * others ignore signals. 0 or a negative errno
 */
int stop_start(struct stop *s, struct fuse_session *session,
	       struct client *client);

/* The session has ended, for whatever reason; idempotent. */
void stop_end(struct stop *s);
