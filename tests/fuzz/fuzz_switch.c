/* SPDX-License-Identifier: MIT */

/* fuzz_switch.c - Whole frames from a node and from the uplink
 *
 * Input is a run of: a byte (0..2 the node, 3 the uplink, and 4 more to mend
 * the checksums, or the fuzzer would never see what is behind them), a length
 * of two bytes, the frame. Whatever goes out has to be whole frames, to ports
 * that are up; what goes to the uplink has to be allowed to.
 *
 * room: switch
 */

#include <stdlib.h>
#include <string.h>

#include "port.h"
#include "switch.h"

#define N_NODES 3U
#define FROM_UPLINK 3U
#define MEND 4U
#define FRAME_ROOM 2048U

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct lan lan;
static struct rewrite exposed;
static struct lan_switch sw;

static void check(int ok)
{
	if (!ok)
		abort();
}

static void op_send(void *arg, unsigned port, const uint8_t *wire, size_t len)
{
	size_t at = 0;

	(void)arg;
	check(port < N_NODES && sw.ports[port].up);
	while (at < len) {
		check(len - at >= WIRE_HEADER);
		at += WIRE_HEADER + get_be32(wire + at);
	}
	check(at == len);
}

static void op_uplink(void *arg, const uint8_t *frame, size_t len)
{
	struct packet p;

	(void)arg;
	check(packet_parse(frame, len, &p) == 0);
	if (p.type == ETHERTYPE_ARP)
		return;
	check(p.type == ETHERTYPE_IPV4 && p.ip_header == IPV4_HEADER);
	check(lan_by_ip(&lan, p.src) >= 0);
	if (p.dst == lan.gateway)
		check(p.proto == PROTO_TCP && !p.fragment && p.dport == 40001);
	else if (p.dst == lan.nameserver)
		check(p.proto == PROTO_TCP && !p.fragment && p.dport == 53);
	else
		check(p.dst >> 24 && p.dst >> 24 != 127 && p.dst >> 28 < 14 &&
		      !lan_contains(&lan, p.dst));
}

static void op_resolve(void *arg, const struct dns_client *from,
		       const uint8_t *query, size_t len)
{
	(void)arg;
	/* An answer that is as long as can be. */
	switch_resolved(&sw, from, query, len);
}

static const struct switch_ops ops = { op_send, op_uplink, op_resolve };

static void set_up(void)
{
	(void)lan_init(&lan, "192.168.42.0/24", "fame", NULL);
	(void)lan_add(&lan, "node01", "48:50:42:01:01:01", "192.168.42.1",
		      NULL);
	(void)lan_add(&lan, "node02", "48:50:42:02:02:02", "192.168.42.2",
		      NULL);
	(void)lan_add(&lan, "node03", "48:50:42:03:03:03", "192.168.42.3",
		      NULL);
	(void)rewrite_add(&exposed, 9093, 40001);
}

static void mend(uint8_t *f, size_t len)
{
	static const size_t fields[] = {
		[PROTO_ICMP] = 2, [PROTO_TCP] = TCP_SUM, [PROTO_UDP] = UDP_SUM
	};
	uint8_t *ip = f + ETH_HEADER, *l4;
	struct packet p;

	if (packet_parse(f, len, &p) < 0 || p.type != ETHERTYPE_IPV4)
		return;
	put_be16(ip + IPV4_SUM, 0);
	put_be16(ip + IPV4_SUM,
		 checksum_finish(checksum_add(0, ip, p.ip_header)));
	if (p.fragment || p.proto >= sizeof(fields) / sizeof(fields[0]) ||
	    !fields[p.proto] || p.l4_len < fields[p.proto] + 2)
		return;
	l4 = f + (p.l4 - p.frame);
	put_be16(l4 + fields[p.proto], 0);
	put_be16(l4 + fields[p.proto],
		 p.proto == PROTO_ICMP ?
			 checksum_finish(checksum_add(0, l4, p.l4_len)) :
			 packet_l4_checksum(p.src, p.dst, p.proto, l4,
					    p.l4_len));
}

/* The frame has a block of its own, so that no byte beside it is touched. */
static void give(unsigned how, const uint8_t *data, size_t len, int64_t now)
{
	uint8_t *wire = malloc(WIRE_HEADER + len);

	if (!wire)
		return;
	put_be32(wire, (uint32_t)len);
	memcpy(wire + WIRE_HEADER, data, len);
	if (how & MEND)
		mend(wire + WIRE_HEADER, len);
	if ((how & 3) == FROM_UPLINK)
		switch_from_uplink(&sw, wire + WIRE_HEADER, len);
	else
		switch_input(&sw, how & 3, wire, WIRE_HEADER + len, now);
	free(wire);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t at = 0, len;
	int64_t now = 0;

	if (!lan.n_hosts)
		set_up();
	switch_init(&sw, &lan, &exposed, &ops, NULL, 1);
	switch_port_up(&sw, 0, true);
	switch_port_up(&sw, 1, true);
	while (size - at >= 3) {
		unsigned how = data[at];

		len = get_be16(data + at + 1) % FRAME_ROOM;
		at += 3;
		if (len > size - at)
			len = size - at;
		give(how, data + at, len, now);
		at += len;
		now += 1000000;
	}
	return 0;
}
