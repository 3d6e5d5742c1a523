/* SPDX-License-Identifier: MIT */

/* test_switch.c - Where every frame goes */

#include "switch.h"

#include <stdlib.h>

#include "../unit.h"
#include "dns.h"
#include "frames.h"

#define SECOND 1000000000LL

static struct lan lan;
static struct rewrite exposed;
static struct lan_switch sw;

/* What the switch did. */
static struct {
	unsigned sends; /* calls */
	unsigned frames[LAN_NODES_MAX];
	uint8_t wire[256 * 1024]; /* of the last call */
	size_t len;
	unsigned uplinks;
	uint8_t up[2048];
	size_t up_len;
	unsigned resolves;
	struct dns_client asker;
} did;

static void op_send(void *arg, unsigned port, const uint8_t *wire, size_t len)
{
	assert_ptr_equal(arg, &did);
	did.sends++;
	assert_true(len <= sizeof(did.wire));
	memcpy(did.wire, wire, len);
	did.len = len;
	for (size_t at = 0; at < len; at += 4 + get_be32(wire + at))
		did.frames[port]++;
}

static void op_uplink(void *arg, const uint8_t *frame, size_t len)
{
	(void)arg;
	did.uplinks++;
	assert_true(len <= sizeof(did.up));
	memcpy(did.up, frame, len);
	did.up_len = len;
}

static void op_resolve(void *arg, const struct dns_client *from,
		       const uint8_t *query, size_t len)
{
	(void)arg;
	(void)query;
	(void)len;
	did.resolves++;
	did.asker = *from;
}

static const struct switch_ops ops = { op_send, op_uplink, op_resolve };

static int set_up(void **state)
{
	struct err e;

	(void)state;
	(void)lan_init(&lan, "192.168.42.0/24", "fame", &e);
	(void)lan_add(&lan, "node01", "48:50:42:01:01:01", "192.168.42.1", &e);
	(void)lan_add(&lan, "node02", "48:50:42:02:02:02", "192.168.42.2", &e);
	(void)lan_add(&lan, "node03", "48:50:42:03:03:03", "192.168.42.3", &e);
	exposed.n = 0;
	(void)rewrite_add(&exposed, 9093, 40001);
	switch_init(&sw, &lan, &exposed, &ops, &did, 1);
	for (unsigned i = 0; i < 3; i++)
		switch_port_up(&sw, i, true);
	memset(&did, 0, sizeof(did));
	return 0;
}

/* Frames of the port of node @node, of what verdict? */
static enum switch_verdict give(unsigned node, const uint8_t *f, size_t len)
{
	CLEANUP_FREE uint8_t *wire = malloc(4 + len);
	uint64_t before[SWITCH_VERDICT_COUNT];
	const uint64_t *after = sw.ports[node - 1].verdicts;

	assert_non_null(wire);
	memset(&did, 0, sizeof(did));
	memcpy(before, after, sizeof(before));
	put_be32(wire, (uint32_t)len);
	memcpy(wire + 4, f, len);
	switch_input(&sw, node - 1, wire, 4 + len, SECOND);
	for (unsigned i = 0; i < SWITCH_VERDICT_COUNT; i++)
		if (after[i] != before[i])
			return (enum switch_verdict)i;
	fail();
	return SWITCH_PASSED;
}

static void expect_nothing(void)
{
	assert_int_equal(did.sends, 0);
	assert_int_equal(did.uplinks, 0);
	assert_int_equal(did.resolves, 0);
}

static void to_one_to_all(void **state)
{
	uint8_t f[64];
	size_t n;

	(void)state;
	n = test_plain(f, TEST_MAC(1), TEST_MAC(2), "x");
	assert_int_equal(give(1, f, n), SWITCH_PASSED);
	assert_int_equal(did.sends, 1);
	assert_int_equal(did.frames[1], 1);
	assert_memory_equal(did.wire + 4, f, n);
	n = test_plain(f, TEST_MAC(1), test_everyone, "x");
	assert_int_equal(give(1, f, n), SWITCH_PASSED);
	assert_int_equal(did.frames[0], 0);
	assert_int_equal(did.frames[1], 1);
	assert_int_equal(did.frames[2], 1);
	n = test_plain(f, TEST_MAC(1), TEST_MAC(1), "to myself");
	assert_int_equal(give(1, f, n), SWITCH_UNREACHABLE);
	expect_nothing();
	switch_port_up(&sw, 1, false);
	n = test_plain(f, TEST_MAC(1), TEST_MAC(2), "x");
	assert_int_equal(give(1, f, n), SWITCH_UNREACHABLE);
	expect_nothing();
	n = test_plain(f, TEST_MAC(1), test_everyone, "x");
	assert_int_equal(give(1, f, n), SWITCH_PASSED);
	assert_int_equal(did.sends, 1);
	assert_int_equal(did.frames[2], 1);
}

/* Neighbours that go the same way go at once; order to a port is kept. */
static void runs(void **state)
{
	static const unsigned to[] = { 2, 2, 2, 3, 2, 0, 2 };
	uint8_t wire[1024];
	size_t at = 0, n;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(to); i++) {
		n = test_plain(wire + at + 4, TEST_MAC(1),
			       to[i] ? TEST_MAC(to[i]) : test_everyone, "x");
		put_be32(wire + at, (uint32_t)n);
		at += 4 + n;
	}
	memset(&did, 0, sizeof(did));
	switch_input(&sw, 0, wire, at, SECOND);
	/* three, one, one, all (two calls), one */
	assert_int_equal(did.sends, 6);
	assert_int_equal(did.frames[1], 6);
	assert_int_equal(did.frames[2], 2);
}

static void learned(void **state)
{
	static const uint8_t guest[6] = { 2, 0, 0, 0, 0, 7 };
	uint8_t f[64];
	size_t n;

	(void)state;
	n = test_plain(f, guest, TEST_MAC(1), "x");
	assert_int_equal(give(2, f, n), SWITCH_PASSED);
	n = test_plain(f, TEST_MAC(1), guest, "x");
	assert_int_equal(give(1, f, n), SWITCH_PASSED);
	assert_int_equal(did.sends, 1);
	assert_int_equal(did.frames[1], 1);
	switch_port_up(&sw, 1, false);
	assert_int_equal(give(1, f, n), SWITCH_PASSED);
	assert_int_equal(did.frames[2], 1); /* to all again */
}

static void lengths(void **state)
{
	static uint8_t f[70000];
	size_t most = 14 + 4 + 1500;

	(void)state;
	test_plain(f, TEST_MAC(1), TEST_MAC(2), "x");
	assert_int_equal(give(1, f, most), SWITCH_PASSED);
	assert_int_equal(give(1, f, most + 1), SWITCH_TOO_LONG);
	expect_nothing();
	assert_int_equal(give(1, f, 69632), SWITCH_TOO_LONG);
	lan.mtu = 9000;
	assert_int_equal(give(1, f, 9014), SWITCH_PASSED);
	for (size_t n = 0; n < 14; n++)
		assert_int_equal(give(1, f, n), SWITCH_MALFORMED);
	expect_nothing();
}

static void in_anothers_name(void **state)
{
	uint8_t f[256];
	size_t n;

	(void)state;
	n = test_plain(f, TEST_MAC(3), TEST_MAC(2), "x");
	assert_int_equal(give(1, f, n), SWITCH_SPOOFED);
	n = test_plain(f, test_gateway_mac, TEST_MAC(2), "x");
	assert_int_equal(give(1, f, n), SWITCH_SPOOFED);
	n = test_plain(f, test_everyone, TEST_MAC(2), "x");
	assert_int_equal(give(1, f, n), SWITCH_SPOOFED);
	n = test_arp(f, 1, TEST_SUBNET | 2);
	put_be32(f + 28, TEST_SUBNET | 3);
	assert_int_equal(give(1, f, n), SWITCH_SPOOFED);
	put_be32(f + 28, TEST_GATEWAY);
	assert_int_equal(give(1, f, n), SWITCH_SPOOFED);
	n = test_arp(f, 1, TEST_SUBNET | 2);
	memcpy(f + 22, TEST_MAC(3), 6);
	assert_int_equal(give(1, f, n), SWITCH_SPOOFED);
	/* IPv4 source: own MAC, another's address */
	n = test_udp(f, 3, TEST_SUBNET | 2, 1, 2, "x", 1);
	memcpy(f, TEST_MAC(2), 6);
	memcpy(f + 6, TEST_MAC(1), 6);
	assert_int_equal(give(1, f, n), SWITCH_SPOOFED);
	expect_nothing();
	/* ... and right where it belongs */
	memcpy(f + 6, TEST_MAC(3), 6);
	assert_int_equal(give(3, f, n), SWITCH_PASSED);
	/* An address that is nobody's is free to use. */
	n = test_udp(f, 77, TEST_SUBNET | 2, 1, 2, "x", 1);
	memcpy(f, TEST_MAC(2), 6);
	memcpy(f + 6, TEST_MAC(1), 6);
	assert_int_equal(give(1, f, n), SWITCH_PASSED);
}

/* Linux takes frames of VLAN 0 for untagged ones, whatever is in them. */
static void in_vlan_0(void **state)
{
	static const uint16_t types[] = { ETHERTYPE_VLAN, ETHERTYPE_QINQ };
	uint8_t f[256];
	size_t n;

	(void)state;
	n = test_arp(f, 1, TEST_SUBNET | 2);
	put_be32(f + 28, TEST_GATEWAY);
	memcpy(f, TEST_MAC(2), 6);
	memmove(f + 16, f + 12, n - 12);
	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		put_be16(f + 12, types[i]);
		put_be16(f + 14, 0);
		assert_int_equal(give(1, f, n + 4), SWITCH_SPOOFED);
		put_be16(f + 14, 0xe000); /* a priority */
		assert_int_equal(give(1, f, n + 4), SWITCH_SPOOFED);
		assert_int_equal(give(1, f, 15), SWITCH_SPOOFED);
		expect_nothing();
		put_be16(f + 14, 0xe005);
		assert_int_equal(give(1, f, n + 4), SWITCH_PASSED);
		assert_int_equal(did.frames[1], 1);
		memset(&did, 0, sizeof(did));
	}
}

static void arp_probe(void **state)
{
	uint8_t f[64];
	size_t n = test_arp(f, 1, TEST_SUBNET | 1);

	(void)state;
	put_be32(f + 28, 0); /* "does anybody have my address?" */
	assert_int_equal(give(1, f, n), SWITCH_PASSED);
	assert_int_equal(did.frames[1] + did.frames[2], 2);
	f[18] = 8; /* longer addresses than there are */
	assert_int_equal(give(1, f, n), SWITCH_MALFORMED);
}

/* The answer that went to node01. */
static struct packet answer(void)
{
	struct packet p;

	assert_int_equal(did.sends, 1);
	assert_int_equal(did.frames[0], 1);
	assert_int_equal(packet_parse(did.wire + 4, did.len - 4, &p), 0);
	assert_memory_equal(did.wire + 4, TEST_MAC(1), 6);
	assert_memory_equal(did.wire + 10, test_gateway_mac, 6);
	assert_true(packet_sums_ok(&p));
	assert_int_equal(p.src, TEST_GATEWAY);
	assert_int_equal(p.dst, TEST_SUBNET | 1);
	return p;
}

static void ping(void **state)
{
	uint8_t f[256];
	size_t n = test_ping(f, 1, TEST_GATEWAY, 3);
	struct packet p;

	(void)state;
	assert_int_equal(give(1, f, n), SWITCH_PASSED);
	p = answer();
	assert_int_equal(p.l4[0], 0);
	assert_memory_equal(p.l4 + 4, f + 38, 8);
	f[n - 1] ^= 1;
	assert_int_equal(give(1, f, n), SWITCH_MALFORMED);
	f[n - 1] ^= 1;
	f[20] = 0x20; /* a fragment: header checksum does not matter then */
	assert_int_equal(give(1, f, n), SWITCH_UNSERVED);
	expect_nothing();
}

static void closed_ports(void **state)
{
	static const struct {
		uint8_t flags;
		uint32_t seq, ack;
		uint8_t want_flags;
		uint32_t want_seq, want_ack;
	} cases[] = {
		{ 2, 100, 0, 0x14, 0, 105 }, /* SYN, four bytes */
		{ 1, 100, 0, 0x14, 0, 105 }, /* FIN */
		{ 0x10, 100, 7, 4, 7, 0 },   /* ACK */
		{ 0x12, 100, 7, 4, 7, 0 },   /* SYN, ACK */
		{ 2, UINT32_MAX, 0, 0x14, 0, 4 },
	};
	uint8_t f[256];
	size_t n;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct packet p;

		n = test_tcp(f, 1, TEST_GATEWAY, 1234, 22, cases[i].flags,
			     cases[i].seq, cases[i].ack, "data", 4);
		assert_int_equal(give(1, f, n), SWITCH_UNSERVED);
		assert_int_equal(did.uplinks, 0);
		p = answer();
		assert_int_equal(p.sport, 22);
		assert_int_equal(p.dport, 1234);
		assert_int_equal(p.l4[TCP_FLAGS], cases[i].want_flags);
		assert_int_equal(get_be32(p.l4 + TCP_SEQ), cases[i].want_seq);
		assert_int_equal(get_be32(p.l4 + TCP_ACK), cases[i].want_ack);
	}
	n = test_tcp(f, 1, TEST_GATEWAY, 1, 22, 4, 1, 0, "", 0);
	assert_int_equal(give(1, f, n), SWITCH_UNSERVED); /* RST */
	expect_nothing();
	n = test_udp(f, 1, TEST_GATEWAY, 1, 69, "x", 1);
	assert_int_equal(give(1, f, n), SWITCH_UNSERVED);
	expect_nothing();
}

/* The answer to node01, from the address and port that libslirp knows. */
static void from_host(uint8_t *f, uint32_t src, uint16_t sport)
{
	size_t n =
		test_tcp(f, 1, TEST_SUBNET | 1, sport, 5000, 0x12, 9, 2, "", 0);

	put_be32(f + 26, src);
	put_be16(f + 24, 0);
	put_be16(f + 24, checksum_finish(checksum_add(0, f + 14, 20)));
	put_be16(f + 50, 0);
	put_be16(f + 50, packet_l4_checksum(src, TEST_SUBNET | 1, PROTO_TCP,
					    f + 34, 20));
	memcpy(f + 6, test_gateway_mac, 6);
	memset(&did, 0, sizeof(did));
	switch_from_uplink(&sw, f, n);
}

static void exposed_port_and_back(void **state)
{
	uint8_t f[256];
	size_t n = test_tcp(f, 1, TEST_GATEWAY, 5000, 9093, 2, 1, 0, "", 0);
	struct packet p;

	(void)state;
	assert_int_equal(give(1, f, n), SWITCH_PASSED);
	assert_int_equal(did.uplinks, 1);
	assert_int_equal(did.sends, 0);
	assert_int_equal(packet_parse(did.up, did.up_len, &p), 0);
	assert_int_equal(p.dport, 40001);
	assert_true(packet_sums_ok(&p));
	from_host(f, TEST_GATEWAY, 40001);
	p = answer();
	assert_int_equal(p.sport, 9093);
	/* Nobody may use the host's number, nor another's address. */
	n = test_tcp(f, 1, TEST_GATEWAY, 5000, 40001, 2, 1, 0, "", 0);
	assert_int_equal(give(1, f, n), SWITCH_UNSERVED);
	assert_int_equal(did.uplinks, 0);
	n = test_tcp(f, 77, TEST_GATEWAY, 5000, 9093, 2, 1, 0, "", 0);
	memcpy(f + 6, TEST_MAC(1), 6);
	assert_int_equal(give(1, f, n), SWITCH_UNSERVED);
	assert_int_equal(did.uplinks, 0);
}

static void dns_by_tcp(void **state)
{
	uint8_t f[256];
	size_t n = test_tcp(f, 1, TEST_GATEWAY, 5000, 53, 2, 1, 0, "", 0);
	struct packet p;

	(void)state;
	assert_int_equal(give(1, f, n), SWITCH_PASSED);
	assert_int_equal(did.uplinks, 1);
	assert_int_equal(packet_parse(did.up, did.up_len, &p), 0);
	assert_int_equal(p.dst, TEST_GATEWAY - 1);
	assert_int_equal(p.dport, 53);
	assert_true(packet_sums_ok(&p));
	from_host(f, TEST_GATEWAY - 1, 53);
	p = answer(); /* from torms */
	assert_int_equal(p.sport, 53);
	/* Not by the name server's own address, which nodes do not know. */
	n = test_tcp(f, 1, TEST_GATEWAY - 1, 5000, 53, 2, 1, 0, "", 0);
	assert_int_equal(give(1, f, n), SWITCH_UNREACHABLE);
	expect_nothing();
	lan.isolated = true;
	n = test_tcp(f, 1, TEST_GATEWAY, 5000, 53, 2, 1, 0, "", 0);
	assert_int_equal(give(1, f, n), SWITCH_UNSERVED);
	assert_int_equal(did.uplinks, 0);
}

static void what_may_leave(void **state)
{
	static const struct {
		uint32_t dst;
		bool leaves;
	} cases[] = {
		{ 0x08080808, true },	      { 0x0a000001, true },
		{ 0xc0a82b01, true },	      { 0xc0a82900, true },
		{ 0x7f000001, false },	      { 0x7fffffff, false },
		{ 0x00000000, false },	      { 0x00ffffff, false },
		{ 0xe0000001, false },	      { 0xf0000001, false },
		{ 0xffffffff, false },	      { TEST_GATEWAY - 1, false },
		{ TEST_SUBNET | 77, false },  { TEST_SUBNET, false },
		{ TEST_SUBNET | 255, false },
	};
	uint8_t f[256];
	size_t n;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		bool leaves = cases[i].leaves;

		n = test_tcp(f, 1, cases[i].dst, 1, 80, 2, 1, 0, "", 0);
		assert_int_equal(give(1, f, n),
				 leaves ? SWITCH_PASSED : SWITCH_UNREACHABLE);
		assert_int_equal(did.uplinks, leaves);
		n = test_udp(f, 1, cases[i].dst, 1, 53, "x", 1);
		(void)give(1, f, n);
		assert_int_equal(did.uplinks, leaves);
		n = test_ping(f, 1, cases[i].dst, 1);
		(void)give(1, f, n);
		assert_int_equal(did.uplinks, leaves);
		assert_int_equal(did.sends, 0);
	}
	/* Not from an address to which no answer could come. */
	n = test_udp(f, 77, 0x08080808, 1, 53, "x", 1);
	memcpy(f + 6, TEST_MAC(1), 6);
	assert_int_equal(give(1, f, n), SWITCH_UNREACHABLE);
	/* Not with options. */
	n = test_udp(f, 1, 0x08080808, 1, 53, "12345", 5);
	f[14] = 0x46;
	put_be16(f + 42, 9); /* the UDP header is four bytes further now */
	assert_int_equal(give(1, f, n), SWITCH_UNSERVED);
	/* Nothing but IPv4. */
	n = test_plain(f, TEST_MAC(1), test_gateway_mac, "x");
	assert_int_equal(give(1, f, n), SWITCH_UNSERVED);
	put_be16(f + 12, 0x86dd);
	assert_int_equal(give(1, f, n), SWITCH_UNSERVED);
	lan.isolated = true;
	n = test_udp(f, 1, 0x08080808, 1, 53, "x", 1);
	assert_int_equal(give(1, f, n), SWITCH_UNREACHABLE);
	expect_nothing();
}

static void names_of_others(void **state)
{
	uint8_t q[128], f[256], reply[4000] = { 0 };
	size_t n = test_query(q, 7, "www.example.com", 1);
	size_t m = test_udp(f, 1, TEST_GATEWAY, 4000, 53, q, n);
	struct packet p;

	(void)state;
	assert_int_equal(give(1, f, m), SWITCH_PASSED);
	assert_int_equal(did.resolves, 1);
	assert_int_equal(did.sends, 0);
	memcpy(reply, q, n);
	reply[2] |= 0x80;
	memset(&did.sends, 0, sizeof(did.sends));
	switch_resolved(&sw, &did.asker, reply, 1472);
	p = answer();
	assert_int_equal(p.l4_len, 8 + 1472);
	assert_int_equal(p.l4[8 + 2] & 2, 0);
	/* One byte more is more than a frame: truncated. */
	did.sends = did.frames[0] = 0;
	switch_resolved(&sw, &did.asker, reply, 1473);
	p = answer();
	assert_int_equal(p.l4_len, 8 + n);
	assert_int_equal(p.l4[8 + 2] & 2, 2);
	lan.isolated = true;
	assert_int_equal(give(1, f, m), SWITCH_PASSED);
	assert_int_equal(did.resolves, 0);
	p = answer();
	assert_int_equal(p.l4[8 + 3] & 15, DNS_REFUSED);
}

static void dhcp_is_for_us_alone(void **state)
{
	uint8_t q[300], f[400], mac[6];
	struct packet_ends e = { .src_mac = test_mac(1, mac),
				 .dst_mac = test_everyone,
				 .dst = UINT32_MAX,
				 .sport = 68,
				 .dport = 67 };
	size_t n;

	(void)state;
	n = test_dhcp(q, 1, 1, 0);
	memcpy(f + UDP_PAYLOAD, q, n);
	n = packet_put_udp(f, &e, n);
	assert_int_equal(give(1, f, n), SWITCH_PASSED);
	(void)answer();
	/* With another station's number: no answer, and no flood. */
	n = test_dhcp(q, 2, 1, 0);
	memcpy(f + UDP_PAYLOAD, q, n);
	n = packet_put_udp(f, &e, n);
	assert_int_equal(give(1, f, n), SWITCH_UNSERVED);
	expect_nothing();
}

/* What libslirp has to keep is limited; whole packets go on. */
static void fragments(void **state)
{
	uint8_t f[256], whole[256];
	size_t n = test_udp(whole, 1, 0x08080808, 1, 2, "x", 1);

	(void)state;
	memcpy(f, whole, n);
	put_be16(f + ETH_HEADER + IPV4_FRAGMENT, 0x2000);
	for (unsigned i = 0; i < 50; i++)
		assert_int_equal(give(1, f, n), SWITCH_PASSED);
	assert_int_equal(did.uplinks, 1);
	assert_int_equal(give(1, f, n), SWITCH_STORM);
	expect_nothing();
	assert_int_equal(give(1, whole, n), SWITCH_PASSED);
}

static void storm(void **state)
{
	uint8_t f[64];
	size_t n = test_plain(f, TEST_MAC(1), test_everyone, "x");

	(void)state;
	for (unsigned i = 0; i < 500; i++)
		assert_int_equal(give(1, f, n), SWITCH_PASSED);
	assert_int_equal(give(1, f, n), SWITCH_STORM);
	/* It still speaks to single nodes, and others to all. */
	test_plain(f, TEST_MAC(1), TEST_MAC(2), "x");
	assert_int_equal(give(1, f, n), SWITCH_PASSED);
	test_plain(f, TEST_MAC(2), test_everyone, "x");
	assert_int_equal(give(2, f, n), SWITCH_PASSED);
}

static void uplink_asks_for_nodes(void **state)
{
	uint8_t f[64];
	size_t n = test_arp(f, 1, TEST_SUBNET | 2);

	(void)state;
	memcpy(f + 6, test_gateway_mac, 6);
	memcpy(f + 22, test_gateway_mac, 6);
	put_be32(f + 28, TEST_GATEWAY);
	switch_from_uplink(&sw, f, n);
	assert_int_equal(did.sends, 0);
	assert_int_equal(did.uplinks, 1);
	assert_int_equal(get_be16(did.up + 20), ARP_REPLY);
	assert_memory_equal(did.up + 22, TEST_MAC(2), 6);
	assert_int_equal(get_be32(did.up + 28), TEST_SUBNET | 2);
	put_be32(f + 38, TEST_SUBNET | 9);
	switch_from_uplink(&sw, f, n);
	assert_int_equal(did.uplinks, 1);
	assert_int_equal(sw.uplink_drops, 1);
	switch_from_uplink(&sw, f, 3);
	assert_int_equal(sw.uplink_drops, 2);
}

static void uplink_only_reaches_nodes(void **state)
{
	static uint8_t f[70000];
	size_t n = test_udp(f, 1, TEST_SUBNET | 9, 53, 4000, "x", 1);

	(void)state;
	switch_from_uplink(&sw, f, n);
	n = test_udp(f, 1, TEST_SUBNET | 255, 53, 4000, "x", 1);
	switch_from_uplink(&sw, f, n);
	n = test_udp(f, 1, TEST_SUBNET | 2, 53, 4000, "x", 1);
	switch_from_uplink(&sw, f, 1515);
	assert_int_equal(sw.uplink_drops, 3);
	assert_int_equal(did.sends, 0);
	switch_from_uplink(&sw, f, n);
	assert_int_equal(did.frames[1], 1);
	assert_memory_equal(did.wire + 4, TEST_MAC(2), 6);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup(f, set_up)
	const struct CMUnitTest tests[] = {
		TEST(to_one_to_all),
		TEST(runs),
		TEST(learned),
		TEST(lengths),
		TEST(in_anothers_name),
		TEST(in_vlan_0),
		TEST(arp_probe),
		TEST(ping),
		TEST(closed_ports),
		TEST(exposed_port_and_back),
		TEST(dns_by_tcp),
		TEST(what_may_leave),
		TEST(names_of_others),
		TEST(dhcp_is_for_us_alone),
		TEST(fragments),
		TEST(storm),
		TEST(uplink_asks_for_nodes),
		TEST(uplink_only_reaches_nodes),
	};

	return cmocka_run_group_tests_name("switch", tests, NULL, NULL);
}
