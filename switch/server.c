/* SPDX-License-Identifier: MIT */

/* server.c - The running switch: ports, uplink, relay and the loop
 *
 * Theory of operation
 *
 * One thread and poll(2). libslirp names the descriptors that it waits for
 * anew in each turn, which is what poll(2) takes; libevent would need two
 * system calls for each of them and turn. There are at most 80 ports besides.
 *
 * A turn: what is due at the uplink and at the relay, then for each port what
 * its node can take again, then one read from it. One read is bounded by the
 * receive buffer, so each node gets its turn, however busy another one is.
 *
 * The owner gives each node its port when it starts the node's machine, and a new
 * one when it starts it again.
 *
 * A port whose socket failed while frames were sent to it is closed only at
 * the end of the turn: its own frames may be just what is being read.
 */

#include "server.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "capture.h"
#include "cleanup.h"
#include "dns.h"
#include "fdpass.h"
#include "line.h"
#include "log.h"
#include "pollset.h"
#include "port.h"
#include "process.h"
#include "proto_switch.h"
#include "relay.h"
#include "switch.h"
#include "uplink.h"

#define NS_PER_SECOND 1000000000LL
#define NS_PER_MS 1000000
#define RESOLV_CONF "/etc/resolv.conf"

/* Between a node and its port. */
struct cable {
	struct switch_link link;
	struct line out; /* to the node */
	struct line in;
};

struct server {
	const struct options *o;
	const struct lan *lan;
	int signal_fd;
	int owner_fd; /* -1 = none, or it has gone */
	int owner_slot;
	struct pollset set;
	struct uplink *uplink; /* NULL = none */
	struct relay *relay;   /* NULL = none */
	struct switch_ops ops;
	struct port ports[LAN_NODES_MAX];
	int slots[LAN_NODES_MAX];  /* of the ports in the turn's set */
	int errors[LAN_NODES_MAX]; /* why a port has to be closed; 0 = none */
	struct cable cables[LAN_NODES_MAX];
	int64_t due; /* when a cable needs attention; -1 = none does */
	struct captures captures;
	struct lan_switch sw;
};

static int64_t now_ns(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * NS_PER_SECOND + now.tv_nsec;
}

/* ---- cables ---- */

/* Cables lose different frames, and with the next start others again. */
static int seed_cables(struct server *s)
{
	for (unsigned i = 0; i < s->lan->n_hosts; i++) {
		uint64_t seeds[2];

		if (getrandom(seeds, sizeof(seeds), 0) != sizeof(seeds))
			return -EIO;
		s->cables[i].out.random = seeds[0];
		s->cables[i].in.random = seeds[1];
	}
	return 0;
}

static void note_due(struct server *s, const struct line *l)
{
	int64_t due = line_due(l);

	if (due >= 0 && (s->due < 0 || due < s->due))
		s->due = due;
}

/* ---- what the switch decided ---- */

static void send_now(struct server *s, unsigned port, const uint8_t *wire,
		     size_t len)
{
	int r = port_send(&s->ports[port], wire, len);

	captures_put_run(&s->captures, port + 1, false, wire, len);
	if (r < 0)
		s->errors[port] = r;
}

/* Frames that a cable does something to. */
static void send_through(struct server *s, struct line *l,
			 const struct switch_link *k, const uint8_t *wire,
			 size_t len)
{
	line_put_run(l, k, wire, len, now_ns());
	note_due(s, l);
}

static void op_send(void *arg, unsigned port, const uint8_t *wire, size_t len)
{
	struct server *s = arg;
	struct cable *c = &s->cables[port];

	/* Those of nodes were seen when they came. */
	if (switch_is_own(&s->sw, wire))
		captures_put_run(&s->captures, CAPTURE_NO_NODE, true, wire,
				 len);
	if (line_is_plain(&c->out, &c->link))
		send_now(s, port, wire, len);
	else
		send_through(s, &c->out, &c->link, wire, len);
}

/* What has arrived at the ends of the cables. */
static void run_cables(struct server *s)
{
	int64_t now;

	if (s->due < 0)
		return; /* as ever, but for tests */
	now = now_ns();
	if (s->due > now)
		return;
	s->due = -1;
	for (unsigned i = 0; i < s->lan->n_hosts; i++) {
		struct cable *c = &s->cables[i];
		struct line_frame *f;

		while ((f = line_take(&c->out, now))) {
			send_now(s, i, f->wire, f->len);
			free(f);
		}
		while ((f = line_take(&c->in, now))) {
			switch_input(&s->sw, i, f->wire, f->len, now);
			free(f);
		}
		note_due(s, &c->out);
		note_due(s, &c->in);
	}
}

/* Milliseconds until a frame arrives, rounded up, if that is sooner. */
static int cables_timeout(const struct server *s, int timeout_ms)
{
	int64_t ms;

	if (s->due < 0)
		return timeout_ms;
	ms = (s->due - now_ns() + NS_PER_MS - 1) / NS_PER_MS;
	if (ms < 0)
		ms = 0;
	return timeout_ms < 0 || ms < timeout_ms ? (int)ms : timeout_ms;
}

static void op_uplink(void *arg, const uint8_t *frame, size_t len)
{
	struct server *s = arg;

	uplink_input(s->uplink, frame, len);
}

static void op_resolve(void *arg, const struct dns_client *from,
		       const uint8_t *query, size_t len)
{
	struct server *s = arg;

	relay_ask(s->relay, from, query, len, now_ns() / NS_PER_MS);
}

static void on_uplink(void *arg, const uint8_t *frame, size_t len)
{
	struct server *s = arg;

	switch_from_uplink(&s->sw, frame, len);
}

static void on_answer(void *arg, const struct dns_client *to,
		      const uint8_t *reply, size_t len)
{
	struct server *s = arg;

	switch_resolved(&s->sw, to, reply, len);
}

/* ---- setting up ---- */

static int open_ports(struct server *s, struct err *e)
{
	for (unsigned i = 0; i < s->lan->n_hosts; i++) {
		int fd = s->o->fds[i];
		int r = port_open(&s->ports[i], fd);

		if (r < 0)
			return err_set(e, r,
				       "node \"%s\": descriptor %d is no open "
				       "stream socket: %s",
				       s->lan->hosts[i].name, fd, strerror(-r));
		switch_port_up(&s->sw, i, fd >= 0);
	}
	return 0;
}

/* Isolated nodes still reach the ports that they were given. */
static bool needs_uplink(const struct options *o)
{
	return !o->lan.isolated || o->exposed.n;
}

static int open_outside(struct server *s, struct err *e)
{
	if (needs_uplink(s->o)) {
		s->uplink = uplink_new(s->lan, on_uplink, s);
		if (!s->uplink)
			return err_set(e, -EIO,
				       "cannot start libslirp with MTU %u",
				       s->lan->mtu);
	}
	if (!s->lan->isolated) {
		s->relay = relay_new(RESOLV_CONF, DNS_PORT, on_answer, s);
		if (!s->relay)
			return err_set(e, -ENOMEM, "out of memory");
	}
	return 0;
}

static int set_up(struct server *s, struct err *e)
{
	uint32_t seed;
	int r;

	if (getrandom(&seed, sizeof(seed), 0) != sizeof(seed) ||
	    seed_cables(s) < 0)
		return err_set(e, -EIO, "no random numbers: %s",
			       strerror(errno));
	process_limit_files();
	s->signal_fd = process_open_signals();
	if (s->signal_fd < 0)
		return err_set(e, s->signal_fd, "cannot wait for signals: %s",
			       strerror(-s->signal_fd));
	r = open_outside(s, e);
	if (r < 0)
		return r;
	s->ops = (struct switch_ops){
		.send = op_send,
		.uplink = s->uplink ? op_uplink : NULL,
		.resolve = s->relay ? op_resolve : NULL,
	};
	switch_init(&s->sw, s->lan, &s->o->exposed, &s->ops, s, seed);
	return open_ports(s, e);
}

int server_new(const struct options *o, struct err *e, struct server **ret_s)
{
	struct server *s = calloc(1, sizeof(*s));
	int r;

	if (!s)
		return err_set(e, -ENOMEM, "out of memory");
	s->o = o;
	s->lan = &o->lan;
	s->signal_fd = -1;
	s->due = -1;
	s->owner_fd = o->owner_fd;
	captures_init(&s->captures);
	for (unsigned i = 0; i < LAN_NODES_MAX; i++)
		s->ports[i].fd = -1;
	r = set_up(s, e);
	if (r < 0) {
		server_free(s);
		return r;
	}
	*ret_s = s;
	return 0;
}

/* Also what is under way; how good the cable is stays. */
static void unplug(struct server *s, unsigned i)
{
	line_clear(&s->cables[i].out);
	line_clear(&s->cables[i].in);
	port_close(&s->ports[i]);
}

void server_free(struct server *s)
{
	if (!s)
		return;
	/* The uplink says good-bye to the nodes' connections: it goes first. */
	uplink_free(s->uplink);
	relay_free(s->relay);
	for (unsigned i = 0; i < LAN_NODES_MAX; i++)
		unplug(s, i);
	captures_deinit(&s->captures);
	close_fd(&s->signal_fd);
	close_fd(&s->owner_fd);
	pollset_deinit(&s->set);
	free(s);
}

/* ---- the owner ---- */

/* The node's machine is another one: nothing of the last one's stays. */
static void replace_port(struct server *s, unsigned i, int fd)
{
	int r;

	switch_port_up(&s->sw, i, false);
	unplug(s, i);
	r = port_open(&s->ports[i], fd);
	if (r < 0) {
		log_warn_errno(r, "%s: its new port is not usable",
			       s->lan->hosts[i].name);
		(void)close(fd);
		return;
	}
	switch_port_up(&s->sw, i, true);
	log_debug("%s: its port is open", s->lan->hosts[i].name);
}

static bool hear_link(struct server *s, const struct switch_link_message *m)
{
	struct cable *c = &s->cables[m->node - 1];
	int64_t now = now_ns();

	if (m->link.delay_us > SWITCH_DELAY_MAX_US ||
	    m->link.loss_ppm > SWITCH_LOSS_MAX_PPM)
		return false;
	c->link = m->link;
	line_change(&c->out, &c->link, now);
	line_change(&c->in, &c->link, now);
	note_due(s, &c->out);
	note_due(s, &c->in);
	return true;
}

static void hear_owner(struct server *s)
{
	union {
		struct switch_port_message port;
		struct switch_link_message link;
		struct switch_capture_message capture;
	} m = { 0 };
	int fds[FDPASS_MAX];
	size_t len = 0, n = 0;
	int r;

	r = fdpass_recv(s->owner_fd, &m, sizeof(m), &len, fds, &n);
	if (r == -EAGAIN)
		return;
	if (r < 0 || !len) {
		/* It ends soon, and we with it. */
		close_fd(&s->owner_fd);
		return;
	}
	if (n == 1 && len == sizeof(m.capture)) {
		r = captures_add(&s->captures, m.capture.node, fds[0]);
		if (r < 0)
			log_warn_errno(r, "nobody more can look on");
		return;
	}
	if (m.port.node >= 1 && m.port.node <= s->lan->n_hosts) {
		if (n == 1 && len == sizeof(m.port)) {
			replace_port(s, m.port.node - 1, fds[0]);
			return;
		}
		if (n == 0 && len == sizeof(m.link) && hear_link(s, &m.link))
			return;
	}
	log_warn("a message of the owner was not understood");
	while (n)
		(void)close(fds[--n]);
}

/* ---- the loop ---- */

static void close_failed_ports(struct server *s)
{
	for (unsigned i = 0; i < s->lan->n_hosts; i++) {
		int error = s->errors[i];

		if (!error)
			continue;
		s->errors[i] = 0;
		switch_port_up(&s->sw, i, false);
		unplug(s, i);
		if (error == -EPIPE || error == -ECONNRESET)
			log_debug("%s: its port is closed",
				  s->lan->hosts[i].name);
		else
			log_warn_errno(error, "%s: closing its port",
				       s->lan->hosts[i].name);
	}
}

static int read_port(struct server *s, unsigned i)
{
	struct cable *c = &s->cables[i];
	struct port *p = &s->ports[i];
	size_t len;
	int r = port_receive(p);

	if (r < 0)
		return r;
	r = port_frames(p, &len);
	if (r < 0)
		return r;
	if (len) {
		captures_put_run(&s->captures, i + 1, true, p->rx, len);
		if (line_is_plain(&c->in, &c->link))
			switch_input(&s->sw, i, p->rx, len, now_ns());
		else
			send_through(s, &c->in, &c->link, p->rx, len);
		port_consume(p, len);
	}
	return 0;
}

static void handle_ports(struct server *s)
{
	for (unsigned i = 0; i < s->lan->n_hosts; i++) {
		short e = pollset_revents(&s->set, s->slots[i]);
		int r = 0;

		if (e & POLLOUT)
			r = port_flush(&s->ports[i]);
		if (r == 0 && e & (POLLIN | POLLHUP | POLLERR))
			r = read_port(s, i);
		if (r < 0)
			s->errors[i] = r;
	}
	close_failed_ports(s);
}

static int fill(struct server *s)
{
	int timeout_ms = -1;

	pollset_clear(&s->set);
	(void)pollset_add(&s->set, s->signal_fd, POLLIN);
	s->owner_slot = s->owner_fd < 0 ?
				-1 :
				pollset_add(&s->set, s->owner_fd, POLLIN);
	for (unsigned i = 0; i < s->lan->n_hosts; i++) {
		const struct port *p = &s->ports[i];

		s->slots[i] = -1;
		if (port_is_open(p))
			s->slots[i] = pollset_add(&s->set, p->fd,
						  p->queued ? POLLIN | POLLOUT :
							      POLLIN);
	}
	if (s->relay)
		relay_fill(s->relay, &s->set, now_ns() / NS_PER_MS,
			   &timeout_ms);
	if (s->uplink)
		uplink_fill(s->uplink, &s->set, &timeout_ms);
	captures_fill(&s->captures, &s->set);
	return cables_timeout(s, timeout_ms);
}

int server_run(struct server *s)
{
	for (;;) {
		int timeout_ms = fill(s);
		int n = poll(s->set.fds, s->set.n, timeout_ms);

		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0 && pollset_revents(&s->set, 0))
			return 0;
		if (s->uplink)
			uplink_dispatch(s->uplink, &s->set, n < 0);
		if (s->relay && n >= 0)
			relay_dispatch(s->relay, &s->set, now_ns() / NS_PER_MS);
		run_cables(s);
		if (n > 0)
			captures_dispatch(&s->captures, &s->set);
		if (n > 0)
			handle_ports(s);
		if (n > 0 && pollset_revents(&s->set, s->owner_slot))
			hear_owner(s);
	}
}

/* "1 malformed, 0 too long, ..." */
static void format_refused(const struct switch_port *p, char *text, size_t size)
{
	size_t n = 0;

	for (unsigned k = SWITCH_PASSED + 1;
	     k < SWITCH_VERDICT_COUNT && n < size; k++)
		n += (size_t)snprintf(text + n, size - n, "%s%" PRIu64 " %s",
				      n ? ", " : "", p->verdicts[k],
				      switch_verdict_names[k]);
}

void server_log_counters(const struct server *s)
{
	for (unsigned i = 0; i < s->lan->n_hosts; i++) {
		const struct port *p = &s->ports[i];
		const struct cable *c = &s->cables[i];
		char refused[256] = "";

		format_refused(&s->sw.ports[i], refused, sizeof(refused));
		log_info("%s: in %" PRIu64 " frames, %" PRIu64
			 " bytes; out %" PRIu64 " frames, %" PRIu64
			 " bytes, %" PRIu64 " lost; refused %s; lost in the "
			 "cable %" PRIu64,
			 s->lan->hosts[i].name, p->frames_in, p->bytes_in,
			 p->frames_out, p->bytes_out, p->dropped, refused,
			 c->in.lost + c->out.lost);
	}
}
