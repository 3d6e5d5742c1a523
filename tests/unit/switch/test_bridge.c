/* SPDX-License-Identifier: MIT */

/* test_bridge.c - A real bridge, where this user may have one */

#include "bridge.h"

#include <errno.h>
#include <linux/virtio_net.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../unit.h"
#include "fdpass.h"
#include "frames.h"
#include "netlink.h"
#include "proto_switch.h"
#include "sniff.h"

#define VNET sizeof(struct virtio_net_hdr)
#define TIMEOUT_MS 5000

static struct options o = {
	.bridge = "br_test", .listen = 9093, .owner_fd = -1, .ready_fd = -1
};
static struct bridge b;
static int owner = -1, listener, taps[2];

static int receive(unsigned node)
{
	struct switch_port_message m = { .node = 99 };
	size_t len = 0, n = 0;
	int fds[FDPASS_MAX] = { -1 };

	assert_int_equal(fdpass_recv(owner, &m, sizeof(m), &len, fds, &n), 0);
	assert_int_equal(n, 1);
	assert_int_equal(m.node, node);
	return fds[0];
}

static int set_up(void **state)
{
	struct err e;
	int sv[2];

	(void)state;
	if (lan_init(&o.lan, "192.168.42.0/24", "fame", &e) < 0 ||
	    lan_add(&o.lan, "node01", "48:50:42:01:01:01", "192.168.42.1", &e) <
		    0 ||
	    lan_add(&o.lan, "node02", "48:50:42:02:02:02", "192.168.42.2", &e) <
		    0)
		return -1;
	o.lan.mtu = 1500;
	/* It logs why: the tests are skipped. */
	if (bridge_try(&o) < 0)
		return 0;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sv) < 0)
		return -1;
	owner = sv[0];
	o.owner_fd = sv[1];
	if (bridge_start(&o, &b) < 0)
		return -1;
	listener = receive(0);
	taps[0] = receive(1);
	taps[1] = receive(2);
	return 0;
}

static void needs_bridge(void)
{
	if (owner < 0)
		skip();
}

static size_t read_frame(int tap, uint8_t *buf, size_t size)
{
	struct pollfd p = { .fd = tap, .events = POLLIN };
	ssize_t n;

	if (poll(&p, 1, TIMEOUT_MS) != 1)
		fail_msg("no frame came");
	n = read(tap, buf, size);
	assert_true(n > (ssize_t)(VNET + ETH_HEADER));
	return (size_t)n;
}

static void send_arp(int tap, unsigned from, uint32_t to)
{
	uint8_t buf[VNET + ETH_FRAME_MIN] = { 0 };
	size_t n = test_arp(buf + VNET, from, to);

	assert_int_equal(write(tap, buf, VNET + n), VNET + n);
}

/* Skips what the bridge's own IPv6 says. */
static const uint8_t *read_arp(int tap, uint8_t *buf, size_t size)
{
	const uint8_t *frame = buf + VNET;
	size_t n;

	do
		n = read_frame(tap, buf, size);
	while (get_be16(frame + ETH_TYPE) != ETHERTYPE_ARP);
	return arp_body(frame, n - VNET);
}

static void torms_is_there(void **state)
{
	uint8_t buf[2048];
	const uint8_t *arp;

	(void)state;
	needs_bridge();
	send_arp(taps[0], 1, TEST_GATEWAY);
	arp = read_arp(taps[0], buf, sizeof(buf));
	assert_non_null(arp);
	assert_int_equal(get_be16(arp + ARP_OP), ARP_REPLY);
	assert_int_equal(get_be32(arp + ARP_SPA), TEST_GATEWAY);
}

static void nodes_hear_each_other(void **state)
{
	uint8_t buf[2048];
	const uint8_t *arp;

	(void)state;
	needs_bridge();
	send_arp(taps[0], 1, TEST_SUBNET | 2);
	do
		arp = read_arp(taps[1], buf, sizeof(buf));
	while (arp && get_be32(arp + ARP_TPA) != (TEST_SUBNET | 2));
	assert_non_null(arp);
	assert_memory_equal(arp + ARP_SHA, TEST_MAC(1), ETH_ALEN);
}

static void a_socket_in_it(void **state)
{
	struct sockaddr_in a = { 0 };
	socklen_t len = sizeof(a);

	(void)state;
	needs_bridge();
	assert_int_equal(getsockname(listener, (struct sockaddr *)&a, &len), 0);
	assert_int_equal(ntohl(a.sin_addr.s_addr), TEST_GATEWAY);
	assert_int_equal(ntohs(a.sin_port), 9093);
}

/* None of it is in the host's network. */
static void the_host_sees_nothing(void **state)
{
	(void)state;
	needs_bridge();
	assert_int_equal(if_nametoindex(o.bridge), 0);
	assert_int_equal(if_nametoindex("tap01"), 0);
}

/* In the network of the bridge */
static unsigned index_of(const char *name)
{
	struct ifreq q = { 0 };

	(void)snprintf(q.ifr_name, sizeof(q.ifr_name), "%s", name);
	assert_int_equal(ioctl(b.sniff, SIOCGIFINDEX, &q), 0);
	return (unsigned)q.ifr_ifindex;
}

struct lie {
	const char *what;
	size_t at;
	const char *bytes;
	size_t len;
};

/* All of a question of node01's for torms, with something else in it */
static const struct lie lies[] = {
	{ "MAC of a node", ETH_SRC, "\x48\x50\x42\x02\x02\x02", 6 },
	{ "MAC in ARP", ETH_HEADER + ARP_SHA, "\x48\x50\x42\x02\x02\x02", 6 },
	{ "address in ARP", ETH_HEADER + ARP_SPA, "\xc0\xa8\x2a\x02", 4 },
	{ "torms' address", ETH_HEADER + ARP_SPA, "\xc0\xa8\x2a\xfe", 4 },
	{ "VLAN 0", ETH_TYPE, "\x81\x00\x20\x00", 4 },
	{ "address of a node in IPv4", ETH_TYPE,
	  "\x08\x00"
	  "\x45\x00\x00\x2e\x00\x00\x00\x00\x40\x11\x00\x00"
	  "\xc0\xa8\x2a\x02\xff\xff\xff\xff",
	  22 },
};

static const struct lie truths[] = {
	{ "a MAC of nobody's", ETH_SRC, "\x02\x00\x00\x00\x00\x01", 6 },
	{ "an address of nobody's", ETH_HEADER + ARP_SPA, "\xc0\xa8\x2a\x63",
	  4 },
	{ "a VLAN", ETH_TYPE, "\x81\x00\x00\x07", 4 },
	{ "another protocol", ETH_TYPE, "\x88\xb5", 2 },
	{ "its own address in IPv4", ETH_TYPE,
	  "\x08\x00"
	  "\x45\x00\x00\x2e\x00\x00\x00\x00\x40\x11\x00\x00"
	  "\xc0\xa8\x2a\x01\xff\xff\xff\xff",
	  22 },
	{ "no address yet", ETH_TYPE,
	  "\x08\x00"
	  "\x45\x00\x00\x2e\x00\x00\x00\x00\x40\x11\x00\x00"
	  "\x00\x00\x00\x00\xff\xff\xff\xff",
	  22 },
};

#define MARK 0x5a

static void send_lie(const struct lie *l)
{
	uint8_t buf[VNET + ETH_FRAME_MIN] = { 0 };
	uint8_t *ip = buf + VNET + ETH_HEADER;
	size_t n = test_arp(buf + VNET, 1, TEST_SUBNET | 77);

	buf[VNET + n - 1] = MARK; /* in its padding */
	memcpy(buf + VNET + l->at, l->bytes, l->len);
	/* Some kernels' bridges look at it. */
	if (get_be16(buf + VNET + ETH_TYPE) == ETHERTYPE_IPV4)
		put_be16(ip + IPV4_SUM,
			 checksum_finish(checksum_add(0, ip, IPV4_HEADER)));
	assert_int_equal(write(taps[0], buf, VNET + n), VNET + n);
}

/* How many marked frames have come to node02, before one of node01's */
static unsigned count_marked(void)
{
	uint8_t buf[2048];
	unsigned n = 0;
	size_t len;

	send_arp(taps[0], 1, TEST_SUBNET | 2);
	for (;;) {
		len = read_frame(taps[1], buf, sizeof(buf));
		if (buf[len - 1] == MARK)
			n++;
		else if (get_be16(buf + VNET + ETH_TYPE) == ETHERTYPE_ARP &&
			 get_be32(buf + VNET + ETH_HEADER + ARP_TPA) ==
				 (TEST_SUBNET | 2))
			return n;
	}
}

static void who_is_who(void **state)
{
	uint32_t before = 0, after = 0;
	unsigned index;

	(void)state;
	needs_bridge();
	index = index_of("tap01");
	if (netlink_get_drops(b.netlink, index, &before) < 0)
		skip(); /* it has been said that the kernel cannot */
	(void)count_marked();
	for (size_t i = 0; i < ARRAY_SIZE(truths); i++) {
		send_lie(&truths[i]);
		if (count_marked() != 1)
			fail_msg("%s: is dropped", truths[i].what);
	}
	for (size_t i = 0; i < ARRAY_SIZE(lies); i++) {
		send_lie(&lies[i]);
		if (count_marked() != 0)
			fail_msg("%s: is believed", lies[i].what);
	}
	assert_int_equal(netlink_get_drops(b.netlink, index, &after), 0);
	assert_int_equal(after - before, ARRAY_SIZE(lies));
}

static void unplugged(void **state)
{
	uint8_t buf[2048];
	unsigned index;

	(void)state;
	needs_bridge();
	index = index_of("tap01");
	assert_int_equal(netlink_set_port(b.netlink, index, false), 0);
	send_arp(taps[0], 1, TEST_SUBNET | 99);
	assert_int_equal(netlink_set_port(b.netlink, index, true), 0);
	send_arp(taps[0], 1, TEST_SUBNET | 2);
	assert_int_equal(
		get_be32(read_arp(taps[1], buf, sizeof(buf)) + ARP_TPA),
		TEST_SUBNET | 2);
}

/* Frames of that reader: how many are the ARP of a node, how many others */
static void count_arp(int fd, unsigned *ret_arp, unsigned *ret_others)
{
	struct switch_record r;
	uint8_t frame[2048];

	*ret_arp = *ret_others = 0;
	while (recv(fd, &r, sizeof(r), MSG_DONTWAIT) == sizeof(r)) {
		if (r.len == SWITCH_RECORD_LOST)
			continue;
		assert_int_equal(recv(fd, frame, r.len, MSG_DONTWAIT), r.len);
		if (get_be16(frame + ETH_TYPE) == ETHERTYPE_ARP)
			++*ret_arp;
		else
			++*ret_others;
	}
}

static void is_seen(void **state)
{
	static struct sniff s;
	struct captures c;
	uint8_t buf[2048];
	unsigned n, others;
	int all[2], second[2];

	(void)state;
	needs_bridge();
	captures_init(&c);
	sniff_init(&s, b.sniff, &o);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, all), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, second), 0);
	assert_int_equal(captures_add(&c, 0, all[0]), 0);
	assert_int_equal(captures_add(&c, 2, second[0]), 0);

	send_arp(taps[0], 1, TEST_SUBNET | 2);
	(void)read_arp(taps[1], buf, sizeof(buf));
	sniff_read(&s, &c);
	count_arp(all[1], &n, &others);
	assert_int_equal(n + others, 0);

	assert_int_equal(sniff_switch(&s, true), 0);
	send_arp(taps[0], 1, TEST_GATEWAY);
	(void)read_arp(taps[0], buf, sizeof(buf));
	sniff_read(&s, &c);
	/* A question that goes to all, and torms' answer, each once */
	count_arp(all[1], &n, &others);
	assert_int_equal(n, 2);
	/* node02 hears the question only. */
	count_arp(second[1], &n, &others);
	assert_int_equal(n, 1);

	/* What was not read in time is not the next one's. */
	send_arp(taps[0], 1, TEST_GATEWAY);
	(void)read_arp(taps[0], buf, sizeof(buf));
	assert_int_equal(sniff_switch(&s, false), 0);
	assert_int_equal(sniff_switch(&s, true), 0);
	sniff_read(&s, &c);
	count_arp(all[1], &n, &others);
	assert_int_equal(n, 0);

	assert_int_equal(sniff_switch(&s, false), 0);
	captures_deinit(&c);
	(void)close(all[1]);
	(void)close(second[1]);
}

static void ends(void **state)
{
	struct pollfd p = { .events = POLLIN };
	pid_t pid = b.pid;

	(void)state;
	needs_bridge();
	assert_int_equal(kill(pid, 0), 0);
	p.fd = dup(b.pidfd);
	bridge_deinit(&b);
	assert_int_equal(poll(&p, 1, TIMEOUT_MS), 1);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	(void)close(p.fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(torms_is_there),
		cmocka_unit_test(nodes_hear_each_other),
		cmocka_unit_test(a_socket_in_it),
		cmocka_unit_test(the_host_sees_nothing),
		cmocka_unit_test(is_seen),
		cmocka_unit_test(who_is_who),
		cmocka_unit_test(unplugged),
		cmocka_unit_test(ends),
	};

	return cmocka_run_group_tests_name("bridge", tests, set_up, NULL);
}
