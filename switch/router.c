/* SPDX-License-Identifier: MIT */

/* router.c - The way out for nodes on a bridge
 *
 * Theory of operation
 *
 * The kernel routes into a tun device what is not for the LAN. Its packets get
 * an Ethernet header and go to libslirp, whose frames come back without one; so
 * all that libslirp asks by ARP has the same answer.
 *
 * Behind the bridge a packet no longer says which port it came from, only an
 * address; that it is the sender's own, the tap's guard has seen to (guard.h).
 * Where the kernel has none, a node that takes another's name can ask the world
 * something, and the answer goes to the other.
 */

#include "router.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "arp.h"
#include "capture.h"
#include "cleanup.h"
#include "dns.h"
#include "expose.h"
#include "fdpass.h"
#include "log.h"
#include "loop.h"
#include "netlink.h"
#include "pollset.h"
#include "process.h"
#include "proto_switch.h"
#include "sandbox.h"
#include "sniff.h"
#include "spawn.h"
#include "uplink.h"

#define NS_PER_SECOND 1000000000LL
#define BURST 64 /* packets read in a turn */

struct router {
	const struct lan *lan;
	struct uplink *uplink;
	int tun;
	int signal_fd;
	int owner_fd; /* -1 = none, or it has gone */
	struct captures captures;
	struct sniff sniff;
	int netlink;		      /* -1 = none */
	unsigned taps[LAN_NODES_MAX]; /* indexes of the nodes' interfaces */
	struct expose *expose;
	struct pollset set;
	struct router_limits limits;
	uint8_t frame[ETH_HEADER + UINT16_MAX];
};

static int64_t now_ns(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * NS_PER_SECOND + now.tv_nsec;
}

/* ---- to the world --------------------------------------------------------- */

static bool is_name_query(const struct lan *lan, const struct packet *p)
{
	return p->src == lan->gateway && p->dst == lan->nameserver &&
	       !p->fragment && p->dport == DNS_PORT &&
	       (p->proto == PROTO_UDP || p->proto == PROTO_TCP);
}

bool router_lets_pass(const struct lan *lan, struct router_limits *l,
		      const struct packet *p, int64_t now)
{
	int i;

	/* Options serve nobody any more but those who look for bugs. */
	if (lan->isolated || p->ip_header != IPV4_HEADER)
		return false;
	if (is_name_query(lan, p))
		return true;
	i = lan_by_ip(lan, p->src);
	return i >= 0 && lan_may_leave(lan, p->dst) &&
	       (!p->fragment ||
		storm_allow(&l->fragments[i], STORM_FRAGMENT_LEN, now));
}

/* Return: whether there was something to read */
static bool read_packet(struct router *r)
{
	uint8_t *f = r->frame;
	ssize_t n = read(r->tun, f + ETH_HEADER, sizeof(r->frame) - ETH_HEADER);
	struct packet p;

	if (n < 0)
		return false;
	/* From whom to whom is not looked at any more. */
	memcpy(f + ETH_DST, r->lan->gateway_mac, ETH_ALEN);
	memcpy(f + ETH_SRC, r->lan->gateway_mac, ETH_ALEN);
	put_be16(f + ETH_TYPE, ETHERTYPE_IPV4);
	/* IPv6 is what the interface itself says to its neighbours. */
	if (n >= 1 && f[ETH_HEADER] >> 4 == 4 &&
	    packet_parse(f, ETH_HEADER + (size_t)n, &p) == 0 &&
	    router_lets_pass(r->lan, &r->limits, &p, now_ns()))
		uplink_input(r->uplink, f, p.len);
	return true;
}

/* ---- from the world ------------------------------------------------------- */

static void answer_arp(struct router *r, const struct packet *p)
{
	const uint8_t *arp = arp_body(p->frame, p->len);
	uint8_t reply[ETH_FRAME_MIN];

	if (arp && get_be16(arp + ARP_OP) == ARP_REQUEST)
		uplink_input(r->uplink, reply,
			     arp_answer(arp, r->lan->gateway_mac, reply));
}

static void on_uplink(void *arg, const uint8_t *frame, size_t len)
{
	struct router *r = arg;
	struct packet p;

	if (packet_parse(frame, len, &p) < 0)
		return;
	if (p.type == ETHERTYPE_ARP)
		answer_arp(r, &p);
	/* What does not fit in its queue is lost, as on any line. */
	else if (p.type == ETHERTYPE_IPV4)
		(void)!write(r->tun, p.ip, p.ip_header + p.l4_len);
}

/* ---- the owner ------------------------------------------------------------ */

static void look_on(struct router *r, unsigned node, int fd)
{
	int code = sniff_switch(&r->sniff, true);

	if (code == 0)
		code = captures_add(&r->captures, node, fd);
	else
		(void)close(fd);
	if (code < 0)
		log_warn_errno(code, "nobody more can look on");
}

static void change_link(struct router *r, const struct switch_link_message *m)
{
	unsigned i = m->node - 1;
	int code = -EINVAL;

	if (i < r->lan->n_hosts)
		code = netlink_set_port(r->netlink, r->taps[i], !m->link.down);
	if (code < 0)
		log_warn_errno(code, "cannot change the link of node %u",
			       m->node);
}

static void hear_owner(struct router *r)
{
	union {
		struct switch_capture_message capture;
		struct switch_link_message link;
	} m = { 0 };
	int fds[FDPASS_MAX], code;
	size_t len = 0, n = 0;

	code = fdpass_recv(r->owner_fd, &m, sizeof(m), &len, fds, &n);
	if (code == -EAGAIN)
		return;
	if (code < 0 || !len) {
		/* It ends soon, and we with it. */
		close_fd(&r->owner_fd);
		return;
	}
	if (n == 1 && len == sizeof(m.capture)) {
		look_on(r, m.capture.node, fds[0]);
		return;
	}
	if (n == 0 && len == sizeof(m.link)) {
		change_link(r, &m.link);
		return;
	}
	log_warn("a message of the owner was not understood");
	while (n)
		(void)close(fds[--n]);
}

/* ---- life ----------------------------------------------------------------- */

static int dnsmasq_ended(const struct bridge *b)
{
	int status = 0;

	if (waitpid(b->pid, &status, WNOHANG) <= 0)
		return 0;
	status = spawn_status(status);
	log_err("dnsmasq ended (%s %d)", status > 128 ? "signal" : "status",
		status > 128 ? status - 128 : status);
	return -ECHILD;
}

/* Where things stand in the turn's set */
struct slots {
	int signal, dnsmasq, owner, tun, sniff;
};

static int fill(struct router *r, const struct bridge *b, struct slots *ret)
{
	int timeout_ms = -1;

	pollset_clear(&r->set);
	ret->signal = pollset_add(&r->set, r->signal_fd, POLLIN);
	ret->dnsmasq = pollset_add(&r->set, b->pidfd, POLLIN);
	ret->tun = pollset_add(&r->set, r->tun, POLLIN);
	ret->owner = r->owner_fd < 0 ?
			     -1 :
			     pollset_add(&r->set, r->owner_fd, POLLIN);
	ret->sniff = r->sniff.on ? pollset_add(&r->set, r->sniff.fd, POLLIN) :
				   -1;
	captures_fill(&r->captures, &r->set);
	expose_fill(r->expose, &r->set);
	uplink_fill(r->uplink, &r->set, &timeout_ms);
	return timeout_ms;
}

static void handle(struct router *r, const struct slots *at)
{
	if (pollset_revents(&r->set, at->tun))
		for (int i = 0; i < BURST && read_packet(r); i++)
			;
	if (pollset_revents(&r->set, at->sniff))
		sniff_read(&r->sniff, &r->captures);
	captures_dispatch(&r->captures, &r->set);
	expose_dispatch(r->expose, &r->set);
	if (!captures_any(&r->captures))
		(void)sniff_switch(&r->sniff, false);
	if (pollset_revents(&r->set, at->owner))
		hear_owner(r);
}

static int run(struct router *r, const struct bridge *b)
{
	for (;;) {
		struct slots at;
		int timeout_ms = fill(r, b, &at);
		int n = poll(r->set.fds, r->set.n, timeout_ms);

		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0 && pollset_revents(&r->set, at.signal))
			return 0;
		if (n > 0 && pollset_revents(&r->set, at.dnsmasq))
			return dnsmasq_ended(b);
		uplink_dispatch(r->uplink, &r->set, n < 0);
		if (n > 0)
			handle(r, &at);
	}
}

static void find_taps(struct router *r)
{
	char name[BRIDGE_TAP_NAME_MAX];

	for (unsigned i = 0; i < r->lan->n_hosts; i++)
		r->taps[i] =
			netlink_find(r->netlink, bridge_tap_name(i + 1, name));
}

static void log_refused(const struct router *r)
{
	for (unsigned i = 0; i < r->lan->n_hosts; i++) {
		uint32_t n = 0;

		(void)netlink_get_drops(r->netlink, r->taps[i], &n);
		if (n)
			log_info("%s: %u frames refused: sent in the name of "
				 "another station",
				 r->lan->hosts[i].name, n);
	}
}

static int set_up(struct router *r, const struct options *o, struct bridge *b)
{
	process_limit_files();
	r->signal_fd = process_open_signals();
	if (r->signal_fd < 0) {
		log_err_errno(r->signal_fd, "cannot wait for signals");
		return r->signal_fd;
	}
	r->uplink = uplink_new(r->lan, on_uplink, r);
	if (!r->uplink) {
		log_err("cannot start libslirp with MTU %u", r->lan->mtu);
		return -EIO;
	}
	r->expose = expose_new(&o->exposed, b->exposed);
	for (unsigned i = 0; i < REWRITE_MAX; i++)
		b->exposed[i] = -1;
	return r->expose ? 0 : -ENOMEM;
}

static int give_up_calls(const struct options *o)
{
	struct err e = { .msg = "" };
	int code = o->no_seccomp ? 0 : sandbox_enter(true, &e);

	if (code < 0)
		log_err("%s", e.msg);
	return code;
}

int router_run(const struct options *o, struct bridge *b)
{
	struct router *r = calloc(1, sizeof(*r));
	int code;

	if (!r)
		return -ENOMEM;
	r->lan = &o->lan;
	r->tun = b->uplink;
	r->signal_fd = -1;
	r->owner_fd = o->owner_fd;
	captures_init(&r->captures);
	sniff_init(&r->sniff, b->sniff, o);
	r->netlink = b->netlink;
	find_taps(r);
	code = set_up(r, o, b);
	if (code == 0)
		code = give_up_calls(o);
	if (code == 0) {
		int ready = loop_ready(o->ready_fd);

		if (ready < 0)
			log_warn_errno(ready,
				       "nobody hears that all is set up");
		code = run(r, b);
	}
	log_refused(r);
	captures_deinit(&r->captures);
	expose_free(r->expose);
	uplink_free(r->uplink);
	pollset_deinit(&r->set);
	close_fd(&r->signal_fd);
	close_fd(&r->owner_fd);
	free(r);
	return code;
}
