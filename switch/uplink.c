/* SPDX-License-Identifier: MIT */

/* uplink.c - The way out: libslirp, which turns packets into sockets
 *
 * libslirp remembers the MAC addresses of 16 stations. For any other it asks
 * by ARP and keeps the packet; the switch answers within that very call, so
 * what remains is to give libslirp another turn at once (hurry) to send it.
 */

#include "uplink.h"

#include <arpa/inet.h>
#include <libslirp.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "log.h"

#define NS_PER_MS 1000000

/* Since 4.9 there is a name for descriptors that suits Windows as well. */
#if SLIRP_CHECK_VERSION(4, 9, 0)
#define CONFIG_VERSION 6
#define REGISTER_FD register_poll_socket
#define UNREGISTER_FD unregister_poll_socket
#define POLLFDS_FILL slirp_pollfds_fill_socket
#else
#define CONFIG_VERSION 4
#define REGISTER_FD register_poll_fd
#define UNREGISTER_FD unregister_poll_fd
#define POLLFDS_FILL slirp_pollfds_fill
#endif

struct timer {
	struct timer *next;
	SlirpTimerCb fn;
	void *arg;
	int64_t at_ms; /* -1 = not set */
};

struct uplink {
	Slirp *slirp;
	uplink_output_fn output;
	void *arg;
	struct timer *timers;
	struct pollset *set; /* of the turn */
	bool hurry;
};

static int64_t clock_ns(void *opaque)
{
	struct timespec now;

	(void)opaque;
	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL * NS_PER_MS + now.tv_nsec;
}

static int64_t clock_ms(void)
{
	return clock_ns(NULL) / NS_PER_MS;
}

/* ---- what libslirp calls ---- */

static ssize_t send_packet(const void *data, size_t len, void *opaque)
{
	struct uplink *u = opaque;

	u->output(u->arg, data, len);
	return (ssize_t)len;
}

static void guest_error(const char *msg, void *opaque)
{
	(void)opaque;
	log_debug("uplink: a node misbehaves: %s", msg);
}

static void *timer_new(SlirpTimerCb fn, void *arg, void *opaque)
{
	struct uplink *u = opaque;
	struct timer *t = malloc(sizeof(*t));

	if (!t)
		abort(); /* as libslirp's own allocations do */
	*t = (struct timer){ u->timers, fn, arg, -1 };
	u->timers = t;
	return t;
}

static void timer_free(void *timer, void *opaque)
{
	struct uplink *u = opaque;
	struct timer **at = &u->timers;

	while (*at && *at != timer)
		at = &(*at)->next;
	if (*at)
		*at = (*at)->next;
	free(timer);
}

static void timer_mod(void *timer, int64_t at_ms, void *opaque)
{
	struct timer *t = timer;

	(void)opaque;
	t->at_ms = at_ms;
}

/* The set is filled anew in each turn, so there is nothing to note. */
static void note_fd(int fd, void *opaque)
{
	(void)fd;
	(void)opaque;
}

static void notify(void *opaque)
{
	struct uplink *u = opaque;

	u->hurry = true;
}

static const SlirpCb callbacks = {
	.send_packet = send_packet,
	.guest_error = guest_error,
	.clock_get_ns = clock_ns,
	.timer_new = timer_new,
	.timer_free = timer_free,
	.timer_mod = timer_mod,
	.REGISTER_FD = note_fd,
	.UNREGISTER_FD = note_fd,
	.notify = notify,
};

/* ---- the uplink ---- */

struct uplink *uplink_new(const struct lan *lan, uplink_output_fn output,
			  void *arg)
{
	const SlirpConfig config = {
		.version = CONFIG_VERSION,
		.in_enabled = true,
		.disable_dhcp = true,
		.if_mtu = lan->mtu,
		.if_mru = lan->mtu,
		.vnetwork.s_addr = htonl(lan->network),
		.vnetmask.s_addr = htonl(lan->mask),
		.vhost.s_addr = htonl(lan->gateway),
		.vnameserver.s_addr = htonl(lan->nameserver),
	};
	struct uplink *u = calloc(1, sizeof(*u));

	if (!u)
		return NULL;
	u->output = output;
	u->arg = arg;
	u->slirp = slirp_new(&config, &callbacks, u);
	if (!u->slirp) {
		free(u);
		return NULL;
	}
	return u;
}

void uplink_free(struct uplink *u)
{
	struct timer *t;

	if (!u)
		return;
	slirp_cleanup(u->slirp);
	while ((t = u->timers)) {
		u->timers = t->next;
		free(t);
	}
	free(u);
}

void uplink_input(struct uplink *u, const uint8_t *frame, size_t len)
{
	if (get_be16(frame + ETH_TYPE) == ETHERTYPE_ARP)
		u->hurry = true;
	slirp_input(u->slirp, frame, (int)len);
}

static int add_fd(int fd, int events, void *opaque)
{
	struct uplink *u = opaque;
	short e = 0;

	if (events & SLIRP_POLL_IN)
		e |= POLLIN;
	if (events & SLIRP_POLL_OUT)
		e |= POLLOUT;
	if (events & SLIRP_POLL_PRI)
		e |= POLLPRI;
	return pollset_add(u->set, fd, e);
}

static int get_events(int index, void *opaque)
{
	struct uplink *u = opaque;
	short e = pollset_revents(u->set, index);
	int r = 0;

	if (e & POLLIN)
		r |= SLIRP_POLL_IN;
	if (e & POLLOUT)
		r |= SLIRP_POLL_OUT;
	if (e & POLLPRI)
		r |= SLIRP_POLL_PRI;
	if (e & POLLERR)
		r |= SLIRP_POLL_ERR;
	if (e & POLLHUP)
		r |= SLIRP_POLL_HUP;
	return r;
}

static void shorten(int *timeout_ms, int64_t ms)
{
	if (ms < 0)
		ms = 0;
	if (*timeout_ms < 0 || ms < *timeout_ms)
		*timeout_ms = (int)ms;
}

void uplink_fill(struct uplink *u, struct pollset *s, int *timeout_ms)
{
	uint32_t ms = *timeout_ms < 0 ? UINT32_MAX : (uint32_t)*timeout_ms;
	int64_t now = clock_ms();

	u->set = s;
	POLLFDS_FILL(u->slirp, &ms, add_fd, u);
	if (ms < INT32_MAX)
		shorten(timeout_ms, ms);
	for (struct timer *t = u->timers; t; t = t->next)
		if (t->at_ms >= 0)
			shorten(timeout_ms, t->at_ms - now);
	if (u->hurry)
		*timeout_ms = 0;
	u->hurry = false;
}

/* One a turn: the function may change the list. */
static void run_timer(struct uplink *u)
{
	int64_t now = clock_ms();

	for (struct timer *t = u->timers; t; t = t->next)
		if (t->at_ms >= 0 && t->at_ms <= now) {
			t->at_ms = -1;
			t->fn(t->arg);
			return;
		}
}

void uplink_dispatch(struct uplink *u, struct pollset *s, bool failed)
{
	u->set = s;
	slirp_pollfds_poll(u->slirp, failed, get_events, u);
	run_timer(u);
	u->set = NULL;
}
