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
 *    IPv4 source nor in ARP. Behind the tag of a VLAN that is its own affair;
 *    but VLAN 0 only carries a priority, every system takes the tag off and
 *    the frame for one without, so frames that hide in it are refused.
 * 2. What is for the gateway, torms, or for the world behind it goes to
 *    gateway.c.
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
#include "switch_internal.h"

#define NS_PER_SECOND 1000000000

const char *const switch_verdict_names[] = {
	[SWITCH_PASSED] = "passed",	[SWITCH_MALFORMED] = "malformed",
	[SWITCH_TOO_LONG] = "too long", [SWITCH_SPOOFED] = "spoofed",
	[SWITCH_STORM] = "storm",	[SWITCH_UNREACHABLE] = "unreachable",
	[SWITCH_UNSERVED] = "unserved",
};

_Static_assert(ARRAY_SIZE(switch_verdict_names) == SWITCH_VERDICT_COUNT,
	       "every reason has a name");

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

void switch_send_own(struct lan_switch *sw, unsigned port, size_t len)
{
	uint8_t *frame = switch_own_frame(sw);

	if (!sw->ports[port].up)
		return;
	if (len < ETH_FRAME_MIN) {
		memset(frame + len, 0, ETH_FRAME_MIN - len);
		len = ETH_FRAME_MIN;
	}
	put_be32(sw->scratch, (uint32_t)len);
	sw->ops->send(sw->arg, port, sw->scratch, SWITCH_WIRE_HEADER + len);
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

static bool is_vlan_0(const struct packet *p)
{
	return (p->type == ETHERTYPE_VLAN || p->type == ETHERTYPE_QINQ) &&
	       (p->len < ETH_HEADER + ETH_VLAN_TAG ||
		!(get_be16(p->frame + ETH_HEADER) & VLAN_ID_BITS));
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
	    mac_is_anothers(in, frame + ETH_SRC) || is_vlan_0(ret_p))
		return SWITCH_SPOOFED;
	if (ret_p->type == ETHERTYPE_ARP)
		return check_arp(in, ret_p);
	if (ret_p->type == ETHERTYPE_IPV4 && ip_is_anothers(in, ret_p->src))
		return SWITCH_SPOOFED;
	return SWITCH_PASSED;
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
		return gateway_input(in, &p, frame);
	if (!mac_is_multicast(frame + ETH_DST))
		return to_node(in, frame, len);
	if (gateway_is_meant(lan, &p))
		return gateway_input(in, &p, frame);
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
