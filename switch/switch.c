/* SPDX-License-Identifier: MIT */

/* switch.c - Where every frame goes
 *
 * Theory of operation
 *
 * Every node has one port, and the port is the node: what arrives there was
 * sent by it, whatever the frame says. On that rests all that follows.
 *
 * 1. A frame is checked: its lengths, the LAN's MTU, and in whose name it is
 *    sent. A node may use any addresses (it may hold containers or a bridge)
 *    but not those of another node or of the gateway, neither as Ethernet or
 *    IPv4 source nor in ARP.
 * 2. The gateway, torms, exists only here. ARP, DHCP, DNS and ping are
 *    answered. TCP to an exposed port goes on to the host's loopback through
 *    the uplink, and for DNS to its resolver; to any other it is reset. Packets for the world go to the
 *    uplink if they come from the node's own address and their destination is
 *    none of the addresses that mean "this host" or "this LAN".
 *    The uplink turns addresses into sockets of this process. So the short
 *    list in may_leave() is what keeps the loopback services of the host
 *    closed: 127.0.0.0/8, 0.0.0.0/8 (Linux takes 0.0.0.0 for itself), the LAN
 *    (libslirp's own addresses are in it), multicast and broadcast (libslirp
 *    takes 255.255.255.255 for the host).
 * 3. Everything else is for other nodes. Nodes' MAC addresses are known and
 *    never learned, so a node cannot attract another's frames, and a frame to
 *    a node that is down goes nowhere instead of everywhere. Other addresses
 *    are learned. What is for all, or for nobody known, is flooded within the
 *    port's budget (storm.h).
 *
 * Consecutive frames to the same port are passed on as one run of bytes, which
 * is how they lie in the receive buffer.
 */

#include "switch.h"

#include <string.h>

#include "arp.h"
#include "cleanup.h"
#include "dhcp.h"
#include "dns.h"
#include "icmp.h"
#include "refuse.h"

#define NS_PER_SECOND 1000000000

const char *const switch_verdict_names[] = {
	[SWITCH_PASSED] = "passed",	[SWITCH_MALFORMED] = "malformed",
	[SWITCH_TOO_LONG] = "too long", [SWITCH_SPOOFED] = "spoofed",
	[SWITCH_STORM] = "storm",	[SWITCH_UNREACHABLE] = "unreachable",
	[SWITCH_UNSERVED] = "unserved",
};

_Static_assert(ARRAY_SIZE(switch_verdict_names) == SWITCH_VERDICT_COUNT,
	       "every reason has a name");

static const uint8_t mac_everyone[ETH_ALEN] = { 255, 255, 255, 255, 255, 255 };

/* What is being read from a port. */
struct input {
	struct lan_switch *sw;
	unsigned port;
	int64_t now;
	/* Frames that wait for more ones to the same port. */
	unsigned run_port;
	const uint8_t *run;
	size_t run_len; /* 0 = none wait */
};

void switch_init(struct lan_switch *sw, const struct lan *lan,
		 const struct rewrite *exposed, const struct switch_ops *ops,
		 void *arg, uint32_t seed)
{
	memset(sw, 0, sizeof(*sw));
	sw->lan = lan;
	sw->exposed = exposed;
	sw->ops = ops;
	sw->arg = arg;
	mactable_init(&sw->macs, seed);
}

void switch_port_up(struct lan_switch *sw, unsigned port, bool up)
{
	sw->ports[port].up = up;
	if (!up)
		mactable_forget(&sw->macs, port);
}

/* ---- sending ---- */

static void send_run(struct input *in)
{
	struct lan_switch *sw = in->sw;

	if (in->run_len)
		sw->ops->send(sw->arg, in->run_port, in->run, in->run_len);
	in->run_len = 0;
}

/* @frame lies behind its wire header in the receive buffer. */
static void forward(struct input *in, unsigned port, const uint8_t *frame,
		    size_t len)
{
	const uint8_t *wire = frame - SWITCH_WIRE_HEADER;

	if (in->run_len &&
	    (in->run_port != port || in->run + in->run_len != wire))
		send_run(in);
	if (!in->run_len)
		in->run = wire;
	in->run_port = port;
	in->run_len += SWITCH_WIRE_HEADER + len;
}

/* Room for a frame of the switch's own, to be sent by send_own(). */
static uint8_t *own_frame(struct lan_switch *sw)
{
	return sw->scratch + SWITCH_WIRE_HEADER;
}

static void send_own(struct lan_switch *sw, unsigned port, size_t len)
{
	uint8_t *frame = own_frame(sw);

	if (!sw->ports[port].up)
		return;
	if (len < ETH_FRAME_MIN) {
		memset(frame + len, 0, ETH_FRAME_MIN - len);
		len = ETH_FRAME_MIN;
	}
	put_be32(sw->scratch, (uint32_t)len);
	sw->ops->send(sw->arg, port, sw->scratch, SWITCH_WIRE_HEADER + len);
}

static void send_udp(struct lan_switch *sw, const struct dns_client *to,
		     uint16_t sport, size_t len)
{
	struct packet_ends e = { .src_mac = sw->lan->gateway_mac,
				 .dst_mac = to->mac,
				 .src = sw->lan->gateway,
				 .dst = to->ip,
				 .sport = sport,
				 .dport = to->sport };

	send_own(sw, to->port, packet_put_udp(own_frame(sw), &e, len));
}

/* ---- who is who ---- */

static bool mac_is_anothers(const struct input *in, const uint8_t *mac)
{
	const struct lan *lan = in->sw->lan;
	int i = lan_by_mac(lan, mac);

	if (i >= 0)
		return (unsigned)i != in->port;
	return !memcmp(mac, lan->gateway_mac, ETH_ALEN);
}

static bool ip_is_anothers(const struct input *in, uint32_t ip)
{
	const struct lan *lan = in->sw->lan;
	int i = lan_by_ip(lan, ip);

	if (i >= 0)
		return (unsigned)i != in->port;
	return ip == lan->gateway || ip == lan->nameserver;
}

static enum switch_verdict check_arp(const struct input *in,
				     const struct packet *p)
{
	const uint8_t *arp = arp_body(p->frame, p->len);

	if (!arp)
		return SWITCH_MALFORMED;
	if (mac_is_anothers(in, arp + ARP_SHA) ||
	    ip_is_anothers(in, get_be32(arp + ARP_SPA)))
		return SWITCH_SPOOFED;
	return SWITCH_PASSED;
}

static enum switch_verdict check_frame(const struct input *in,
				       const uint8_t *frame, size_t len,
				       struct packet *ret_p)
{
	if (len > ETH_HEADER + ETH_VLAN_TAG + in->sw->lan->mtu)
		return SWITCH_TOO_LONG;
	if (packet_parse(frame, len, ret_p) < 0)
		return SWITCH_MALFORMED;
	if (mac_is_multicast(frame + ETH_SRC) ||
	    mac_is_anothers(in, frame + ETH_SRC))
		return SWITCH_SPOOFED;
	if (ret_p->type == ETHERTYPE_ARP)
		return check_arp(in, ret_p);
	if (ret_p->type == ETHERTYPE_IPV4 && ip_is_anothers(in, ret_p->src))
		return SWITCH_SPOOFED;
	return SWITCH_PASSED;
}

/* ---- the gateway ---- */

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
	send_own(sw, in->port,
		 arp_answer(arp, sw->lan->gateway_mac, own_frame(sw)));
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
	memcpy(own_frame(sw) + UDP_PAYLOAD, r.data, r.len);
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
	len = refuse_tcp(p, own_frame(sw));
	if (len)
		send_own(sw, in->port, len);
	return SWITCH_UNSERVED;
}

static enum switch_verdict serve_icmp(const struct input *in,
				      const struct packet *p)
{
	size_t len;

	if (!packet_sums_ok(p))
		return SWITCH_MALFORMED;
	len = icmp_answer(p, own_frame(in->sw));
	if (!len)
		return SWITCH_UNSERVED;
	send_own(in->sw, in->port, len);
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

/* Is an address one that the uplink may be asked for? */
static bool may_leave(const struct lan *lan, uint32_t dst)
{
	return !lan_contains(lan, dst) && dst >> 24 != 0 && dst >> 24 != 127 &&
	       dst >> 28 < 0xe; /* multicast, reserved, broadcast */
}

static enum switch_verdict leave(const struct input *in, const struct packet *p)
{
	struct lan_switch *sw = in->sw;

	if (sw->lan->isolated || !sw->ops->uplink ||
	    !may_leave(sw->lan, p->dst))
		return SWITCH_UNREACHABLE;
	/* Options serve nobody any more but those who look for bugs. */
	if (p->ip_header != IPV4_HEADER)
		return SWITCH_UNSERVED;
	/* Answers would not find their way back to any other address. */
	if (p->src != sw->lan->hosts[in->port].ip)
		return SWITCH_UNREACHABLE;
	sw->ops->uplink(sw->arg, p->frame, p->len);
	return SWITCH_PASSED;
}

static bool is_dhcp(const struct packet *p)
{
	return p->type == ETHERTYPE_IPV4 && p->proto == PROTO_UDP &&
	       !p->fragment && p->dport == DHCP_SERVER_PORT;
}

static enum switch_verdict to_gateway(const struct input *in,
				      const struct packet *p, uint8_t *frame)
{
	if (p->type == ETHERTYPE_ARP)
		return serve_arp(in, p);
	if (p->type != ETHERTYPE_IPV4)
		return SWITCH_UNSERVED;
	if (is_dhcp(p) && !may_leave(in->sw->lan, p->dst))
		return serve_dhcp(in, p);
	if (p->dst == in->sw->lan->gateway)
		return serve_ipv4(in, p, frame);
	return leave(in, p);
}

/* Sent to everybody, but meant for the gateway alone? */
static bool is_for_gateway(const struct lan *lan, const struct packet *p)
{
	if (p->type == ETHERTYPE_ARP)
		return get_be32(arp_body(p->frame, p->len) + ARP_TPA) ==
		       lan->gateway;
	return p->type == ETHERTYPE_IPV4 &&
	       (is_dhcp(p) || p->dst == lan->gateway);
}

/* ---- between nodes ---- */

static enum switch_verdict flood(struct input *in, const uint8_t *frame,
				 size_t len)
{
	struct lan_switch *sw = in->sw;

	if (!storm_allow(&sw->ports[in->port].storm, len, in->now))
		return SWITCH_STORM;
	send_run(in);
	for (unsigned i = 0; i < sw->lan->n_hosts; i++)
		if (i != in->port && sw->ports[i].up)
			sw->ops->send(sw->arg, i, frame - SWITCH_WIRE_HEADER,
				      SWITCH_WIRE_HEADER + len);
	return SWITCH_PASSED;
}

static enum switch_verdict to_node(struct input *in, const uint8_t *frame,
				   size_t len)
{
	struct lan_switch *sw = in->sw;
	int port = lan_by_mac(sw->lan, frame + ETH_DST);

	if (port < 0)
		port = mactable_find(&sw->macs, frame + ETH_DST,
				     in->now / NS_PER_SECOND);
	if (port < 0)
		return flood(in, frame, len);
	if ((unsigned)port == in->port || !sw->ports[port].up)
		return SWITCH_UNREACHABLE;
	forward(in, (unsigned)port, frame, len);
	return SWITCH_PASSED;
}

static void learn(struct input *in, const uint8_t *mac)
{
	struct lan_switch *sw = in->sw;

	if (memcmp(mac, sw->lan->hosts[in->port].mac, ETH_ALEN) != 0)
		mactable_learn(&sw->macs, mac, in->port,
			       in->now / NS_PER_SECOND);
}

static enum switch_verdict handle_frame(struct input *in, uint8_t *frame,
					size_t len)
{
	const struct lan *lan = in->sw->lan;
	enum switch_verdict r;
	struct packet p;

	r = check_frame(in, frame, len, &p);
	if (r != SWITCH_PASSED)
		return r;
	learn(in, frame + ETH_SRC);
	if (!memcmp(frame + ETH_DST, lan->gateway_mac, ETH_ALEN))
		return to_gateway(in, &p, frame);
	if (!mac_is_multicast(frame + ETH_DST))
		return to_node(in, frame, len);
	if (is_for_gateway(lan, &p))
		return to_gateway(in, &p, frame);
	return flood(in, frame, len);
}

void switch_input(struct lan_switch *sw, unsigned port, uint8_t *wire,
		  size_t len, int64_t now)
{
	struct input in = { .sw = sw, .port = port, .now = now };
	size_t at = 0, n;

	for (; at < len; at += SWITCH_WIRE_HEADER + n) {
		n = get_be32(wire + at);
		sw->ports[port].verdicts[handle_frame(
			&in, wire + at + SWITCH_WIRE_HEADER, n)]++;
	}
	send_run(&in);
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
	uint8_t *frame = own_frame(sw);

	if (i < 0 || p->len > ETH_HEADER + sw->lan->mtu)
		return false;
	memcpy(frame, p->frame, p->len);
	memcpy(frame + ETH_DST, sw->lan->hosts[i].mac, ETH_ALEN);
	if (p->proto == PROTO_TCP && !p->fragment)
		restore_tcp(sw, p, frame);
	send_own(sw, (unsigned)i, p->len);
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
	uint8_t *data = own_frame(sw) + UDP_PAYLOAD;
	size_t room = sw->lan->mtu - IPV4_HEADER - UDP_HEADER;
	size_t copied = len < room ? len : room;

	memcpy(data, reply, copied);
	if (len > room)
		copied = dns_truncate(data, copied);
	send_udp(sw, to, DNS_PORT, copied);
}
