/* SPDX-License-Identifier: MIT */

/* down.c - End a cluster */

#include "down.h"

#include <errno.h>
#include <time.h>

#include "cleanup.h"
#include "client.h"
#include "cluster.h"
#include "keepers.h"

/* Ten seconds, as a start or an end takes at most, apart from an image's build. */
#define TRIES 200U
#define PAUSE_NS 50000000

/* The supervisor's reply comes when its children have ended; the lock is free
 * when it has itself.
 */
static int stop(struct cluster *c, struct err *e)
{
	int r;

	keepers_wake(c);
	r = client_call(c, json_pack("{s:s}", "op", "down"), NULL, e);
	if (r == -ECONNRESET)
		r = 0; /* killed meanwhile: down is down */
	return r == 0 ? cluster_wait_lock(c) : r;
}

/* Another command may be just starting or ending it. */
static int stop_patiently(struct cluster *c, struct err *e)
{
	const struct timespec pause = { 0, PAUSE_NS };
	int r = 0;

	for (unsigned i = 0; i < TRIES; i++) {
		r = stop(c, e);
		if (r != -EAGAIN)
			break;
		(void)nanosleep(&pause, NULL);
	}
	return r;
}

int down_end(const struct settings *s, bool purge, struct err *e)
{
	CLEANUP_CLUSTER struct cluster c = CLUSTER_NULL;
	int r;

	r = client_open(&c, s, e);
	if (r < 0)
		return r;
	r = stop_patiently(&c, e);
	if (purge && r == -ENOTCONN)
		(void)cluster_try_lock(&c);
	if (!purge || c.lock < 0)
		return r;
	/* A cluster that is down already can still be removed. */
	e->msg[0] = '\0';
	return cluster_purge(&c, settings_get(s, SETTING_FAM), e);
}
