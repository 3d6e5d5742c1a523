/* SPDX-License-Identifier: MIT */

/* server.c - Clients on sockets: accept, collect requests, send replies
 *
 * Requests that arrive are queued. The event "turn" runs all of them as one
 * batch: it is made active by the first one, and libevent runs what is active
 * in that order, so all sockets that the last poll has found ready are read
 * before it. Zeroing books has a lower priority: it is done when there is
 * nothing else to do.
 */

#include "server.h"

#include <errno.h>
#include <event2/event.h>
#include <event2/util.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "acceptor.h"
#include "batch.h"
#include "cleanup.h"
#include "client.h"
#include "later.h"
#include "lease.h"
#include "listen.h"
#include "log.h"

#define QUEUE_MAX 4096U /* requests in one batch */

/* In the order of importance. */
enum {
	SERVER_PRIORITY_HIGH,	/* nothing */
	SERVER_PRIORITY_NORMAL, /* libevent's default: the middle */
	SERVER_PRIORITY_ZERO,
	SERVER_PRIORITIES,
};

struct server {
	struct event_base *base;
	struct librarian *lib;
	struct acceptor *acceptor;
	struct event *turn;
	struct event *zero;
	struct event *lease; /* now and then, if leases end */
	struct later *later;
	struct client_list clients;
	unsigned n_clients; /* without the administrator */
	bool full;	    /* said once that there are too many */
	bool deaf;	    /* the administrator comes first */
	int admin_fd;	    /* its client's; -1 = none */
	/* Requests, and whose they are; NULL = gone. */
	struct request queue[QUEUE_MAX];
	struct client *owners[QUEUE_MAX];
	size_t n_queue;
	bool in_turn;
	struct client *due[QUEUE_MAX]; /* to be resumed after a turn */
	size_t n_due;
	struct client *alone; /* the only one in a turn of reads; or NULL */
	char address[LISTEN_ADDRESS_MAX];
};

/* ---- turns ---------------------------------------------------------------- */

static void wake(struct event *ev)
{
	event_active(ev, EV_TIMEOUT, 0);
}

/* The same from within a callback of that priority: libevent would run it
 * without a look at the sockets, as long as it wakes itself.
 */
static void wake_later(struct event *ev)
{
	const struct timeval at_once = { 0, 0 };

	(void)event_add(ev, &at_once);
}

static void answer_all(struct server *s)
{
	uint64_t now = metrics_now_us();

	s->n_due = 0;
	for (size_t i = 0; i < s->n_queue; i++) {
		struct client *c = s->owners[i];

		if (later_take(s->later, c, &s->queue[i]))
			continue;
		dispatch_count(s->lib, &s->queue[i], now);
		if (c) {
			client_answer(c, &s->queue[i]);
			if (!c->waiting)
				s->due[s->n_due++] = c;
		}
		request_deinit(&s->queue[i]);
	}
	s->n_queue = 0;
}

/* Clients that had to wait may go on; those that are over, end. As a rule
 * only those that were just answered are concerned.
 */
static void resume(struct server *s, bool all)
{
	struct client *c, *next;

	for (size_t i = 0; !all && i < s->n_due; i++)
		client_resume(s->due[i]);
	for (c = TAILQ_FIRST(&s->clients); all && c; c = next) {
		next = TAILQ_NEXT(c, link);
		client_resume(c);
	}
}

static struct client *client_of(struct session *s)
{
	return (struct client *)((char *)s - offsetof(struct client, session));
}

/* To be followed by resume() of all, if it returns true. */
static bool push_all(struct server *s)
{
	struct outbox *o = &s->lib->outbox;
	bool any = o->n;

	for (size_t i = 0; i < o->n; i++)
		client_push(client_of(o->list[i].to), o->list[i].body,
			    o->list[i].must);
	outbox_cut(o, 0);
	return any;
}

/* What the administrator has sent before the start is done before anybody is
 * heard: who wants to say hello must not come before its token.
 */
static bool admin_first(const struct server *s)
{
	int n = 0;

	return s->admin_fd >= 0 && ioctl(s->admin_fd, FIONREAD, &n) == 0 &&
	       n > 0;
}

/* Unless it has failed and waits to try again. */
static void zero_soon(struct server *s)
{
	if (zero_needed(s->lib) && !event_pending(s->zero, EV_TIMEOUT, NULL))
		wake(s->zero);
}

static void on_turn(evutil_socket_t fd, short what, void *arg)
{
	struct server *s = arg;
	bool all = s->n_queue == QUEUE_MAX;

	s->in_turn = true;
	(void)fd;
	(void)what;
	/* Whoever has sent something during a commit has its turn first. */
	s->alone = NULL;
	if (!batch_run(s->lib, s->queue, s->n_queue) && s->n_queue == 1)
		s->alone = s->owners[0];
	answer_all(s);
	all = push_all(s) || all;
	resume(s, all || s->lib->sessions_closed);
	s->lib->sessions_closed = false;
	if (s->n_queue)
		wake_later(s->turn);
	s->in_turn = false;
	if (s->deaf && !admin_first(s)) {
		s->deaf = false;
		acceptor_rest(s->acceptor, false);
	}
	zero_soon(s);
}

void server_poke(void *arg)
{
	struct server *s = arg;

	if (!s->alone || s->n_queue)
		return;
	/* That is the turn: there is none to be waited for. */
	s->in_turn = true;
	client_poke(s->alone);
	s->in_turn = false;
	if (s->n_queue)
		on_turn(-1, 0, s);
}

static void on_zero(evutil_socket_t fd, short what, void *arg)
{
	const struct timeval later = { 1, 0 };
	struct server *s = arg;
	int r;

	(void)fd;
	(void)what;
	if (!zero_needed(s->lib))
		return;
	r = zero_some(s->lib);
	if (r < 0) {
		log_err_errno(r, "cannot zero books in the FAM: %s",
			      db_message(s->lib->db));
		(void)event_add(s->zero, &later);
	} else if (zero_needed(s->lib)) {
		wake_later(s->zero);
	}
}

/* Sessions that were closed end in a turn. */
static void on_lease(evutil_socket_t fd, short what, void *arg)
{
	struct server *s = arg;
	int r;

	(void)fd;
	(void)what;
	r = lease_check(s->lib, lease_now());
	if (r < 0)
		log_err_errno(r, "cannot release what silent nodes hold: %s",
			      db_message(s->lib->db));
	if (s->lib->sessions_closed || s->lib->outbox.n)
		wake_later(s->turn);
	zero_soon(s);
}

/* ---- clients -------------------------------------------------------------- */

static bool has_room(void *arg)
{
	const struct server *s = arg;

	return s->n_queue < QUEUE_MAX;
}

static void on_request(struct client *c, const struct request *rq, void *arg)
{
	struct server *s = arg;

	s->queue[s->n_queue] = *rq;
	s->queue[s->n_queue].arrived = metrics_now_us();
	s->owners[s->n_queue] = c;
	if (!s->n_queue++ && !s->in_turn)
		wake(s->turn);
}

static void forget(struct server *s, struct client *c)
{
	for (size_t i = 0; c->waiting && i < s->n_queue; i++) {
		if (s->owners[i] != c)
			continue;
		s->owners[i] = NULL;
		s->queue[i].session = NULL;
		c->waiting--;
	}
	/* What a lease's end has left is still to be sent. */
	outbox_forget(&s->lib->outbox, &c->session);
	if (s->alone == c)
		s->alone = NULL;
	if (s->later)
		later_forget(s->later, c);
	TAILQ_REMOVE(&s->clients, c, link);
	TAILQ_REMOVE(&s->lib->sessions, &c->session, link);
}

static void on_gone(struct client *c, void *arg)
{
	struct server *s = arg;

	forget(s, c);
	if (c->session.admin) {
		s->admin_fd = -1;
		/* Whoever started us has ended. */
		log_info("the administrator has closed its connection");
		/* In a turn of server_poke() there is no loop to break. */
		(void)event_base_loopexit(s->base, NULL);
		return;
	}
	s->n_clients--;
	s->full = false;
}

static const struct client_ops client_ops = { has_room, on_request, on_gone };

static int add(struct server *s, int fd, bool admin, struct client **ret_c)
{
	struct client *c;
	int r;

	r = client_new(s->base, fd, &client_ops, s, &c);
	if (r < 0)
		return r;
	c->session.admin = admin;
	c->session.newline = admin;
	if (!admin && s->lib->auth.mode == AUTH_TOKEN)
		r = client_expect_hello(c);
	if (r < 0) {
		client_free(c);
		return r;
	}
	TAILQ_INSERT_TAIL(&s->clients, c, link);
	TAILQ_INSERT_TAIL(&s->lib->sessions, &c->session, link);
	if (!admin)
		s->n_clients++;
	*ret_c = c;
	return 0;
}

int server_add_connection(struct server *s, int fd, bool admin)
{
	struct client *c;

	return add(s, fd, admin, &c);
}

static void on_accept(int fd, const struct sockaddr *addr, void *arg)
{
	struct server *s = arg;
	struct client *c;
	int r;

	if (s->n_clients >= SERVER_CLIENTS_MAX) {
		if (!s->full)
			log_warn("more than %u clients, turned away",
				 SERVER_CLIENTS_MAX);
		s->full = true;
		(void)close(fd);
		return;
	}
	r = add(s, fd, false, &c);
	if (r < 0) {
		log_err_errno(r, "a client was turned away");
		return;
	}
	c->session.local = auth_address_local(addr);
	if (s->lib->auth.mode == AUTH_ADDRESS)
		c->session.node_id = auth_address_node(addr);
}

/* ---- start and end -------------------------------------------------------- */

static struct event *new_event(struct server *s, int priority,
			       event_callback_fn fn)
{
	struct event *ev = event_new(s->base, -1, 0, fn, s);

	if (ev && event_priority_set(ev, priority) < 0) {
		event_free(ev);
		return NULL;
	}
	return ev;
}

static int make_events(struct server *s)
{
	s->turn = new_event(s, SERVER_PRIORITY_NORMAL, on_turn);
	s->zero = new_event(s, SERVER_PRIORITY_ZERO, on_zero);
	s->lease = event_new(s->base, -1, EV_PERSIST, on_lease, s);
	if (!s->turn || !s->zero || !s->lease)
		return -ENOMEM;
	return later_new(s->base, s->lib, &s->later);
}

/* Takes the socket over. */
static int start_listening(struct server *s, int fd)
{
	int r = acceptor_new(s->base, fd, on_accept, s, &s->acceptor);

	if (r == 0)
		(void)listen_describe(fd, s->address, sizeof(s->address));
	return r;
}

static int start(struct server *s, const struct server_conf *conf)
{
	const struct timeval lease_period = { 1, 0 };
	int listening, added = 0, r;

	if (event_base_priority_init(s->base, SERVER_PRIORITIES) < 0)
		r = -ENOMEM;
	else
		r = make_events(s);
	listening = start_listening(s, conf->listen_fd);
	if (conf->admin_fd >= 0)
		added = server_add_connection(s, conf->admin_fd, true);
	if (r == 0)
		r = listening < 0 ? listening : added;
	if (r == 0 && zero_needed(s->lib))
		wake(s->zero);
	if (r == 0 && s->lib->lease)
		r = event_add(s->lease, &lease_period) < 0 ? -ENOMEM : 0;
	s->admin_fd = r == 0 ? conf->admin_fd : -1;
	s->deaf = admin_first(s);
	if (r == 0 && s->deaf)
		acceptor_rest(s->acceptor, true);
	return r;
}

int server_new(struct event_base *base, struct librarian *lib,
	       const struct server_conf *conf, struct server **ret_s)
{
	struct server *s = calloc(1, sizeof(*s));
	int r;

	if (!s) {
		(void)close(conf->listen_fd);
		if (conf->admin_fd >= 0)
			(void)close(conf->admin_fd);
		return -ENOMEM;
	}
	s->base = base;
	s->lib = lib;
	TAILQ_INIT(&s->clients);
	r = start(s, conf);
	if (r < 0) {
		(void)server_free(s);
		return r;
	}
	*ret_s = s;
	return 0;
}

struct server *server_free(struct server *s)
{
	struct client *c;

	if (!s)
		return NULL;
	while ((c = TAILQ_FIRST(&s->clients))) {
		forget(s, c);
		client_free(c);
	}
	for (size_t i = 0; i < s->n_queue; i++)
		request_deinit(&s->queue[i]);
	s->acceptor = acceptor_free(s->acceptor);
	if (s->turn)
		event_free(s->turn);
	if (s->zero)
		event_free(s->zero);
	s->later = later_free(s->later);
	if (s->lease)
		event_free(s->lease);
	free(s);
	return NULL;
}

const char *server_address(const struct server *s)
{
	return s->address;
}
