/* SPDX-License-Identifier: MIT */

/* bridge.c - The nodes' LAN in the kernel, in a network namespace of its own
 *
 * Theory of operation
 *
 * A child leaves the host's network for an empty one, in which it may do all:
 *
 *	br_node      192.168.42.254, torms. DHCP and names by dnsmasq; other
 *	 |  |  |     services listen here, their sockets are passed out
 *	tap01 ...    a node each; the descriptors are passed out, for QEMU
 *
 *	uplink       a tun device: what has a destination elsewhere is routed
 *	             into it, and the parent reads IP packets (router.c)
 *
 * Then the child becomes dnsmasq. Sockets and interfaces keep the network that
 * they were made in, whoever uses them. The parent stays in the host's network,
 * so that its sockets, libslirp's, are the host's.
 *
 * So there are no privileges, no addresses that could clash with the host's, and
 * nothing to undo: the child dies with its parent, the namespaces with the last
 * process or descriptor that needs them.
 */

#include "bridge.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cleanup.h"
#include "dnsmasq.h"
#include "fdpass.h"
#include "guard.h"
#include "log.h"
#include "netlink.h"
#include "netns.h"
#include "proto_switch.h"
#include "sniff.h"
#include "spawn.h"
#include "tap.h"

#define UPLINK "uplink"
#define BACKLOG 128

const char *bridge_tap_name(unsigned node, char buf[static BRIDGE_TAP_NAME_MAX])
{
	(void)snprintf(buf, BRIDGE_TAP_NAME_MAX, "tap%02u", node);
	return buf;
}

/* ---- in the child: the network -------------------------------------------- */

/* Bits of the network's part of an address. */
static unsigned prefix(const struct lan *lan)
{
	return (unsigned)__builtin_popcount(lan->mask);
}

static int add_bridge(int nl, const struct options *o, unsigned *ret_index)
{
	const struct lan *lan = &o->lan;
	unsigned index;
	int r;

	r = netlink_set_up(
		nl, &(struct netlink_link){ .index = if_nametoindex("lo") });
	if (r == 0)
		r = netlink_add_bridge(nl, o->bridge);
	if (r < 0)
		return r;
	index = if_nametoindex(o->bridge);
	r = netlink_set_up(nl, &(struct netlink_link){ .index = index,
						       .mtu = lan->mtu,
						       .forward = true });
	if (r == 0)
		r = netlink_add_address(nl, index, lan->gateway, prefix(lan));
	if (r == 0)
		*ret_index = index;
	return r;
}

static int give(int to, unsigned node, int fd)
{
	const struct switch_port_message m = { .node = node };

	return to < 0 ? 0 : fdpass_send(to, &m, sizeof(m), &fd, 1);
}

/* Without it nodes are what they say they are, as on any bridge. */
static void guard(int nl, const struct lan *lan, unsigned node, unsigned index)
{
	struct sock_filter ops[GUARD_PROGRAM_MAX];
	unsigned n = guard_program(lan, node - 1, ops);
	int r = netlink_add_filter(nl, index, ops, n);

	if (r < 0 && node == 1)
		log_warn_errno(r, "nodes can take each other's addresses: the "
				  "kernel's 'cls_bpf' and 'sch_ingress' are of "
				  "no use");
}

static int add_node(int nl, const struct options *o, unsigned node,
		    unsigned bridge, struct err *e)
{
	CLEANUP_FD int fd = -1;
	char name[BRIDGE_TAP_NAME_MAX];
	int r;

	(void)bridge_tap_name(node, name);
	r = tap_open(TAP_NODE, name, &fd, e);
	if (r < 0)
		return r;
	r = netlink_set_up(
		nl, &(struct netlink_link){ .index = if_nametoindex(name),
					    .mtu = o->lan.mtu,
					    .master = bridge });
	if (r == 0)
		guard(nl, &o->lan, node, if_nametoindex(name));
	if (r == 0)
		r = give(o->owner_fd, node, fd);
	return r < 0 ? err_set(e, r, "cannot set up interface '%s': %s", name,
			       strerror(-r)) :
		       0;
}

/* A port of torms; @node: as whose the socket is given */
static int add_listener(const struct options *o, uint16_t port, int to,
			unsigned node, struct err *e)
{
	const struct sockaddr_in a = { .sin_family = AF_INET,
				       .sin_port = htons(port),
				       .sin_addr.s_addr =
					       htonl(o->lan.gateway) };
	CLEANUP_FD int fd =
		socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int r;

	if (fd < 0 || bind(fd, (const struct sockaddr *)&a, sizeof(a)) < 0 ||
	    listen(fd, BACKLOG) < 0)
		r = -errno;
	else
		r = give(to, node, fd);
	return r < 0 ? err_set(e, r, "cannot listen at port %u: %s", port,
			       strerror(-r)) :
		       0;
}

/* The way to the world, and to libslirp's name server. */
static int add_routes(int nl, const struct lan *lan)
{
	unsigned index = if_nametoindex(UPLINK);
	int r;

	r = netlink_set_up(nl, &(struct netlink_link){ .index = index,
						       .mtu = lan->mtu,
						       .forward = true });
	if (r == 0)
		r = netlink_add_route(nl, index, lan->nameserver, 32,
				      lan->gateway);
	if (r == 0)
		r = netlink_add_route(nl, index, 0, 0, lan->gateway);
	return r;
}

/* What the parent is given, as which node's. The uplink comes last. */
enum {
	GIVEN_UPLINK,
	GIVEN_NETLINK,
	GIVEN_SNIFF,
	GIVEN_EXPOSED, /* and further ones */
};

static int give_parent(const struct options *o, int nl, int parent,
		       struct err *e)
{
	CLEANUP_FD int sniff = -1;
	int r = give(parent, GIVEN_NETLINK, nl);

	/* It works without. */
	if (r == 0 && sniff_open(&sniff) == 0)
		r = give(parent, GIVEN_SNIFF, sniff);
	if (r < 0)
		return err_set(e, r, "cannot pass a socket: %s", strerror(-r));
	for (unsigned i = 0; i < o->exposed.n && r == 0; i++)
		r = add_listener(o, o->exposed.ports[i].port, parent,
				 GIVEN_EXPOSED + i, e);
	return r;
}

/* Last of all: to the parent it says that the rest is there. */
static int add_uplink(int nl, const struct options *o, int parent,
		      struct err *e)
{
	CLEANUP_FD int fd = -1;
	int r;

	r = tap_open(TAP_PACKETS, UPLINK, &fd, e);
	if (r < 0)
		return r;
	if (!o->lan.isolated)
		r = add_routes(nl, &o->lan);
	if (r == 0)
		r = give(parent, GIVEN_UPLINK, fd);
	return r < 0 ? err_set(e, r, "cannot set up '" UPLINK "': %s",
			       strerror(-r)) :
		       0;
}

static int set_up(const struct options *o, int parent, struct err *e)
{
	CLEANUP_FD int nl = -1;
	unsigned bridge = 0;
	int r;

	r = netlink_open(&nl);
	if (r == 0)
		r = add_bridge(nl, o, &bridge);
	if (r < 0)
		return err_set(e, r, "cannot make bridge '%s': %s", o->bridge,
			       r == -EOPNOTSUPP ? "the kernel's module is not "
						  "loaded ('modprobe bridge')" :
						  strerror(-r));
	r = 0;
	if (o->listen)
		r = add_listener(o, o->listen, o->owner_fd, 0, e);
	for (unsigned i = 1; i <= o->lan.n_hosts && r == 0; i++)
		r = add_node(nl, o, i, bridge, e);
	if (r == 0)
		r = give_parent(o, nl, parent, e);
	return r < 0 ? r : add_uplink(nl, o, parent, e);
}

/* ---- in the child: dnsmasq ------------------------------------------------ */

static int become_dnsmasq(const struct options *o, bool only_test,
			  struct err *e)
{
	/* An ordinary user's PATH often lacks the last. */
	static const char *const places[] = {
		DNSMASQ_PROGRAM, "/usr/sbin/" DNSMASQ_PROGRAM,
		"/usr/local/sbin/" DNSMASQ_PROGRAM
	};
	CLEANUP_STRV struct strv args = { 0 };
	int r = -ENOENT;

	dnsmasq_args(&o->lan, o->bridge, &args);
	if (only_test)
		strv_push(&args, "--test");
	if (!strv_ok(&args))
		return err_set(e, -ENOMEM, "out of memory");
	for (size_t i = 0; i < ARRAY_SIZE(places) && r == -ENOENT; i++) {
		(void)execvp(places[i], args.v);
		r = -errno;
	}
	return err_set(e, r, "cannot start '" DNSMASQ_PROGRAM "': %s",
		       r == -ENOENT ? "it is not installed ('apt install "
				      "dnsmasq-base')" :
				      strerror(-r));
}

__attribute__((noreturn)) static void child(const struct options *o, int parent,
					    pid_t parent_pid)
{
	struct err e = { .msg = "" };
	int r;

	r = netns_enter(&e);
	/* Only now: a change of privileges clears it. */
	if (r == 0)
		r = spawn_die_with_parent(parent_pid, SIGKILL);
	if (r == 0)
		r = set_up(o, parent, &e);
	if (r == 0)
		(void)become_dnsmasq(o, parent < 0, &e);
	log_err("%s", e.msg);
	_exit(EXIT_FAILURE);
}

/* ---- in the parent -------------------------------------------------------- */

static pid_t start(const struct options *o, int to)
{
	pid_t self = getpid(), pid = fork();

	if (pid == 0)
		child(o, to, self);
	if (pid < 0)
		log_err_errno(errno, "cannot fork");
	return pid;
}

int bridge_try(const struct options *o)
{
	pid_t pid = start(o, -1);

	return pid > 0 && spawn_wait(pid) == 0 ? 0 : -EIO;
}

/* Where a descriptor that came as a node's goes; NULL = nowhere */
static int *place_of(struct bridge *b, unsigned node)
{
	if (node == GIVEN_UPLINK)
		return &b->uplink;
	if (node == GIVEN_NETLINK)
		return &b->netlink;
	if (node == GIVEN_SNIFF)
		return &b->sniff;
	return node - GIVEN_EXPOSED < REWRITE_MAX ?
		       &b->exposed[node - GIVEN_EXPOSED] :
		       NULL;
}

/* Until the uplink is there, too. */
static int receive_all(int from, struct bridge *b)
{
	struct switch_port_message m;
	int fds[FDPASS_MAX], r, *to;
	size_t len, n;

	while (b->uplink < 0) {
		r = fdpass_recv(from, &m, sizeof(m), &len, fds, &n);
		if (r < 0 || n != 1)
			return r < 0 ? r : -EPIPE;
		to = place_of(b, m.node);
		if (!to || *to >= 0) {
			(void)close(fds[0]);
			return -EPROTO;
		}
		*to = fds[0];
	}
	return 0;
}

int bridge_start(const struct options *o, struct bridge *ret_b)
{
	CLEANUP_FD int ours = -1, theirs = -1;
	struct bridge b = {
		.pidfd = -1, .uplink = -1, .netlink = -1, .sniff = -1
	};
	int sv[2], r;

	for (size_t i = 0; i < ARRAY_SIZE(b.exposed); i++)
		b.exposed[i] = -1;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sv) < 0) {
		r = -errno;
		log_err_errno(r, "cannot make a socket");
		return r;
	}
	ours = sv[0];
	theirs = sv[1];
	b.pid = start(o, theirs);
	if (b.pid < 0)
		return -EAGAIN;
	close_fd(&theirs);
	r = receive_all(ours, &b);
	if (r < 0) { /* it has said why */
		bridge_deinit(&b);
		return r;
	}
	b.pidfd = (int)syscall(SYS_pidfd_open, b.pid, 0);
	if (b.pidfd < 0) {
		r = -errno;
		log_err_errno(r, "cannot watch '" DNSMASQ_PROGRAM "'");
		bridge_deinit(&b);
		return r;
	}
	*ret_b = b;
	return 0;
}

void bridge_deinit(struct bridge *b)
{
	if (b->pid > 0)
		(void)kill(b->pid, SIGKILL);
	close_fd(&b->pidfd);
	close_fd(&b->uplink);
	close_fd(&b->netlink);
	close_fd(&b->sniff);
	for (size_t i = 0; i < ARRAY_SIZE(b->exposed); i++)
		close_fd(&b->exposed[i]);
	b->pid = 0;
}
