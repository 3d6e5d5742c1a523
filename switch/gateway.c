/* SPDX-License-Identifier: MIT */

/* gateway.c - torms: what the nodes find at its address and behind it
 *
 * Theory of operation
 *
 * The gateway exists only in this file. ARP, DHCP, DNS and ping are answered.
 * TCP to an exposed port goes on to the host's loopback through the uplink, and
 * for DNS to its resolver; to any other port it is reset. Packets for the
 * world go to the uplink if they come from the node's own address and their
 * destination is none of the addresses that mean "this host" or "this LAN".
 *
 * The uplink turns addresses into sockets of this process. So the short list
 * in lan_may_leave() is what keeps the loopback services of the host closed:
 * 127.0.0.0/8, 0.0.0.0/8 (Linux takes 0.0.0.0 for itself), the LAN (libslirp's
 * own addresses are in it), multicast and broadcast (libslirp takes
 * 255.255.255.255 for the host).
 */

#include "switch_internal.h"

#include <string.h>

#include "arp.h"
#include "dhcp.h"
#include "dns.h"
#include "icmp.h"
#include "refuse.h"

static const uint8_t mac_everyone[ETH_ALEN] = { 255, 255, 255, 255, 255, 255 };

static void send_udp(struct lan_switch *sw, const struct dns_client *to,
		     uint16_t sport, size_t len)
{
	struct packet_ends e = { .src_mac = sw->lan->gateway_mac,
				 .dst_mac = to->mac,
				 .src = sw->lan->gateway,
				 .dst = to->ip,
				 .sport = sport,
				 .dport = to->sport };

	switch_send_own(sw, to->port,
			packet_put_udp(switch_own_frame(sw), &e, len));
}

/* ---- from nodes ---- */

static struct dns_client client_of(const struct input *in,
				   const struct packet *p)
{
	struct dns_client c = { .port = in->port,
				.ip = p->src,
				.sport = p->sport };

	memcpy(c.mac, p->frame + ETH_SRC, ETH_ALEN);
	return c;
}

static enum switch_verdict serve_arp(const struct input *in,
				     const struct packet *p)
{
	struct lan_switch *sw = in->sw;
	const uint8_t *arp = arp_body(p->frame, p->len);

	if (get_be16(arp + ARP_OP) != ARP_REQUEST ||
	    get_be32(arp + ARP_TPA) != sw->lan->gateway)
		return SWITCH_UNSERVED;
	switch_send_own(sw, in->port,
			arp_answer(arp, sw->lan->gateway_mac,
				   switch_own_frame(sw)));
	return SWITCH_PASSED;
}

static enum switch_verdict serve_dhcp(const struct input *in,
				      const struct packet *p)
{
	struct lan_switch *sw = in->sw;
	const struct host *h = &sw->lan->hosts[in->port];
	struct dns_client to = { .port = in->port, .sport = DHCP_CLIENT_PORT };
	struct dhcp_reply r;

	if (!packet_sums_ok(p))
		return SWITCH_MALFORMED;
	if (!dhcp_answer(sw->lan, h, p->l4 + UDP_HEADER, p->l4_len - UDP_HEADER,
			 &r))
		return SWITCH_UNSERVED;
	to.ip = r.broadcast ? UINT32_MAX : r.ip;
	memcpy(to.mac, r.broadcast ? mac_everyone : h->mac, ETH_ALEN);
	memcpy(switch_own_frame(sw) + UDP_PAYLOAD, r.data, r.len);
	send_udp(sw, &to, DHCP_SERVER_PORT, r.len);
	return SWITCH_PASSED;
}

static enum switch_verdict serve_dns(const struct input *in,
				     const struct packet *p)
{
	struct lan_switch *sw = in->sw;
	const struct dns_client from = client_of(in, p);
	const uint8_t *query = p->l4 + UDP_HEADER;
	size_t len = p->l4_len - UDP_HEADER;
	struct dns_reply r;

	switch (dns_answer(sw->lan, query, len, &r)) {
	case DNS_DROP:
		return SWITCH_MALFORMED;
	case DNS_RELAY:
		if (!sw->lan->isolated && sw->ops->resolve) {
			sw->ops->resolve(sw->arg, &from, query, len);
			return SWITCH_PASSED;
		}
		dns_fail(query, len, DNS_REFUSED, &r);
		break;
	case DNS_ANSWER:
		break;
	}
	switch_resolved(sw, &from, r.data, r.len);
	return SWITCH_PASSED;
}

/* Give a connection to the gateway the target that libslirp is to reach: a
 * port of the host's loopback, or its resolver, which it takes its name server
 * address for. Clients come to that one by TCP when an answer was truncated.
 */
static bool pass_on_tcp(const struct input *in, const struct packet *p,
			uint8_t *frame)
{
	struct lan_switch *sw = in->sw;
	uint16_t host = rewrite_to_host(sw->exposed, p->dport);

	if (!sw->ops->uplink || p->ip_header != IPV4_HEADER ||
	    p->src != sw->lan->hosts[in->port].ip)
		return false;
	if (host)
		rewrite_tcp_port(p, frame, L4_DPORT, host);
	else if (p->dport == DNS_PORT && !sw->lan->isolated)
		rewrite_tcp_address(p, frame, IPV4_DST, sw->lan->nameserver);
	else
		return false;
	sw->ops->uplink(sw->arg, frame, p->len);
	return true;
}

static enum switch_verdict serve_tcp(const struct input *in,
				     const struct packet *p, uint8_t *frame)
{
	struct lan_switch *sw = in->sw;
	size_t len;

	if (pass_on_tcp(in, p, frame))
		return SWITCH_PASSED;
	if (!packet_sums_ok(p))
		return SWITCH_MALFORMED;
	len = refuse_tcp(p, switch_own_frame(sw));
	if (len)
		switch_send_own(sw, in->port, len);
	return SWITCH_UNSERVED;
}

static enum switch_verdict serve_icmp(const struct input *in,
				      const struct packet *p)
{
	size_t len;

	if (!packet_sums_ok(p))
		return SWITCH_MALFORMED;
	len = icmp_answer(p, switch_own_frame(in->sw));
	if (!len)
		return SWITCH_UNSERVED;
	switch_send_own(in->sw, in->port, len);
	return SWITCH_PASSED;
}

static enum switch_verdict serve_ipv4(const struct input *in,
				      const struct packet *p, uint8_t *frame)
{
	if (p->fragment)
		return SWITCH_UNSERVED;
	if (p->proto == PROTO_TCP)
		return serve_tcp(in, p, frame);
	if (p->proto == PROTO_ICMP)
		return serve_icmp(in, p);
	if (p->proto != PROTO_UDP || p->dport != DNS_PORT)
		return SWITCH_UNSERVED;
	return packet_sums_ok(p) ? serve_dns(in, p) : SWITCH_MALFORMED;
}

static enum switch_verdict leave(const struct input *in, const struct packet *p)
{
	struct lan_switch *sw = in->sw;

	if (sw->lan->isolated || !sw->ops->uplink ||
	    !lan_may_leave(sw->lan, p->dst))
		return SWITCH_UNREACHABLE;
	/* Options serve nobody any more but those who look for bugs. */
	if (p->ip_header != IPV4_HEADER)
		return SWITCH_UNSERVED;
	/* Answers would not find their way back to any other address. */
	if (p->src != sw->lan->hosts[in->port].ip)
		return SWITCH_UNREACHABLE;
	if (p->fragment && !storm_allow(&sw->ports[in->port].fragments,
					STORM_FRAGMENT_LEN, in->now))
		return SWITCH_STORM;
	sw->ops->uplink(sw->arg, p->frame, p->len);
	return SWITCH_PASSED;
}

static bool is_dhcp(const struct packet *p)
{
	return p->type == ETHERTYPE_IPV4 && p->proto == PROTO_UDP &&
	       !p->fragment && p->dport == DHCP_SERVER_PORT;
}

enum switch_verdict gateway_input(const struct input *in,
				  const struct packet *p, uint8_t *frame)
{
	if (p->type == ETHERTYPE_ARP)
		return serve_arp(in, p);
	if (p->type != ETHERTYPE_IPV4)
		return SWITCH_UNSERVED;
	if (is_dhcp(p) && !lan_may_leave(in->sw->lan, p->dst))
		return serve_dhcp(in, p);
	if (p->dst == in->sw->lan->gateway)
		return serve_ipv4(in, p, frame);
	return leave(in, p);
}

bool gateway_is_meant(const struct lan *lan, const struct packet *p)
{
	if (p->type == ETHERTYPE_ARP)
		return get_be32(arp_body(p->frame, p->len) + ARP_TPA) ==
		       lan->gateway;
	return p->type == ETHERTYPE_IPV4 &&
	       (is_dhcp(p) || p->dst == lan->gateway);
}

/* ---- from outside ---- */

/* libslirp asks for nodes' addresses, of which it remembers only 16. */
static bool uplink_arp(struct lan_switch *sw, const struct packet *p)
{
	const uint8_t *arp = arp_body(p->frame, p->len);
	uint8_t reply[ETH_FRAME_MIN];
	int i;

	if (!arp || get_be16(arp + ARP_OP) != ARP_REQUEST)
		return false;
	i = lan_by_ip(sw->lan, get_be32(arp + ARP_TPA));
	if (i < 0)
		return false;
	sw->ops->uplink(sw->arg, reply,
			arp_answer(arp, sw->lan->hosts[i].mac, reply));
	return true;
}

/* Undo what pass_on_tcp() did to the other direction. */
static void restore_tcp(const struct lan_switch *sw, const struct packet *p,
			uint8_t *frame)
{
	uint16_t port = rewrite_to_port(sw->exposed, p->sport);

	if (p->src == sw->lan->nameserver)
		rewrite_tcp_address(p, frame, IPV4_SRC, sw->lan->gateway);
	else if (p->src == sw->lan->gateway && port)
		rewrite_tcp_port(p, frame, L4_SPORT, port);
}

static bool uplink_ipv4(struct lan_switch *sw, const struct packet *p)
{
	int i = lan_by_ip(sw->lan, p->dst);
	uint8_t *frame = switch_own_frame(sw);

	if (i < 0 || p->len > ETH_HEADER + sw->lan->mtu)
		return false;
	memcpy(frame, p->frame, p->len);
	memcpy(frame + ETH_DST, sw->lan->hosts[i].mac, ETH_ALEN);
	if (p->proto == PROTO_TCP && !p->fragment)
		restore_tcp(sw, p, frame);
	switch_send_own(sw, (unsigned)i, p->len);
	return true;
}

void switch_from_uplink(struct lan_switch *sw, const uint8_t *frame, size_t len)
{
	struct packet p;
	bool ok = false;

	if (packet_parse(frame, len, &p) == 0) {
		if (p.type == ETHERTYPE_ARP)
			ok = uplink_arp(sw, &p);
		else if (p.type == ETHERTYPE_IPV4)
			ok = uplink_ipv4(sw, &p);
	}
	if (!ok)
		sw->uplink_drops++;
}

void switch_resolved(struct lan_switch *sw, const struct dns_client *to,
		     const uint8_t *reply, size_t len)
{
	uint8_t *data = switch_own_frame(sw) + UDP_PAYLOAD;
	size_t room = sw->lan->mtu - IPV4_HEADER - UDP_HEADER;
	size_t copied = len < room ? len : room;

	memcpy(data, reply, copied);
	if (len > room)
		copied = dns_truncate(data, copied);
	send_udp(sw, to, DNS_PORT, copied);
}
