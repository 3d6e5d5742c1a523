/* SPDX-License-Identifier: MIT */

/* lmp_clients.c - How many monitoring clients there are, and for how long
 *
 * Theory of operation
 *
 * evhttp tells when it takes a connection, as it asks for a bufferevent, but
 * not when it gives one up. So each is kept by a reference of ours. Whatever
 * evhttp has freed has no callbacks any more; that is looked for at every new
 * connection, and by a clock that runs while there are any. The reference also
 * keeps the socket open until then, so a number of a descriptor is not used
 * again under libevent's hands.
 *
 * When the table is full the listener rests: others wait in the kernel's queue,
 * whose length is limited, and are served as places become free. They do,
 * because evhttp ends a client that is silent, and the clock one that takes too
 * long in all, however busy it looks.
 */

#include "lmp_clients.h"

#include <errno.h>
#include <event2/bufferevent.h>
#include <event2/listener.h>
#include <time.h>

#define TICK_MS 200

static long long now_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

static bufferevent_event_cb event_cb(struct bufferevent *bev)
{
	bufferevent_event_cb fn = NULL;

	bufferevent_getcb(bev, NULL, NULL, &fn, NULL);
	return fn;
}

static void forget_gone(struct lmp_clients *c)
{
	for (unsigned i = 0; i < c->n;) {
		if (event_cb(c->v[i].bev)) {
			i++;
			continue;
		}
		(void)bufferevent_decref(c->v[i].bev);
		c->v[i] = c->v[--c->n];
	}
	if (c->n < LMP_CLIENTS_MAX)
		(void)evconnlistener_enable(c->listener);
}

static void schedule(struct lmp_clients *c)
{
	const struct timeval t = { 0, TICK_MS * 1000 };

	if (c->n && !evtimer_pending(c->tick, NULL))
		(void)evtimer_add(c->tick, &t);
}

void lmp_clients_expire(struct lmp_clients *c, long long ms)
{
	long long now = now_ms();

	for (unsigned i = 0; i < c->n; i++)
		if (event_cb(c->v[i].bev) && now - c->v[i].since >= ms)
			bufferevent_trigger_event(
				c->v[i].bev,
				BEV_EVENT_READING | BEV_EVENT_TIMEOUT, 0);
	forget_gone(c);
	schedule(c);
}

static void on_tick(evutil_socket_t fd, short events, void *arg)
{
	(void)fd;
	(void)events;
	lmp_clients_expire(arg, LMP_CLIENT_SECONDS * 1000LL);
}

/* NULL: evhttp makes one itself, which nobody counts; there is no memory for
 * it then, either.
 */
static struct bufferevent *on_client(struct event_base *base, void *arg)
{
	struct lmp_clients *c = arg;
	struct bufferevent *bev;

	forget_gone(c);
	if (c->n == LMP_CLIENTS_MAX)
		return NULL;
	bev = bufferevent_socket_new(base, -1, BEV_OPT_CLOSE_ON_FREE);
	if (!bev)
		return NULL;
	bufferevent_incref(bev);
	c->v[c->n++] = (struct lmp_client){ bev, now_ms() };
	if (c->n == LMP_CLIENTS_MAX)
		(void)evconnlistener_disable(c->listener);
	schedule(c);
	return bev;
}

int lmp_clients_init(struct lmp_clients *c, struct event_base *base,
		     struct evhttp *http)
{
	c->tick = evtimer_new(base, on_tick, c);
	if (!c->tick)
		return -ENOMEM;
	evhttp_set_bevcb(http, on_client, c);
	return 0;
}

void lmp_clients_deinit(struct lmp_clients *c)
{
	while (c->n)
		(void)bufferevent_decref(c->v[--c->n].bev);
	if (c->tick)
		event_free(c->tick);
	c->tick = NULL;
}
