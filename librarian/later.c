/* SPDX-License-Identifier: MIT */

/* later.c - The request that takes long, while others are served
 *
 * A step of it is made in each round of the loop, in the order in which
 * requests are, so that neither waits long for the other.
 */

#include "later.h"

#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>

#include "client.h"
#include "dispatch.h"
#include "librarian.h"

struct later {
	struct librarian *lib;
	struct event *step;
	struct client *owner; /* NULL: there is none */
	struct request rq;
};

/* After a look at the sockets. */
static void go_on(struct later *l)
{
	const struct timeval at_once = { 0, 0 };

	(void)event_add(l->step, &at_once);
}

static void on_step(evutil_socket_t fd, short what, void *arg)
{
	struct later *l = arg;
	struct client *c = l->owner;

	(void)fd;
	(void)what;
	if (!c)
		return;
	if (dispatch_go_on(l->lib, &l->rq)) {
		go_on(l);
		return;
	}
	l->owner = NULL;
	dispatch_count(l->lib, &l->rq, metrics_now_us());
	client_answer_held(c, &l->rq);
	request_deinit(&l->rq);
	client_resume(c);
}

bool later_take(struct later *l, struct client *c, struct request *rq)
{
	if (!rq->later)
		return false;
	if (!c || l->owner) {
		dispatch_fail(rq, -EBUSY, "another one is running");
		return false;
	}
	l->rq = *rq;
	l->owner = c;
	client_hold(c);
	go_on(l);
	return true;
}

void later_forget(struct later *l, const struct client *c)
{
	if (l->owner != c)
		return;
	request_deinit(&l->rq);
	l->owner = NULL;
}

int later_new(struct event_base *base, struct librarian *lib,
	      struct later **ret_l)
{
	struct later *l = calloc(1, sizeof(*l));

	if (!l)
		return -ENOMEM;
	l->lib = lib;
	l->step = evtimer_new(base, on_step, l);
	if (!l->step) {
		free(l);
		return -ENOMEM;
	}
	*ret_l = l;
	return 0;
}

struct later *later_free(struct later *l)
{
	if (!l)
		return NULL;
	event_free(l->step);
	request_deinit(&l->rq);
	free(l);
	return NULL;
}
