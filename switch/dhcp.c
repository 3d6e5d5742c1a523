/* SPDX-License-Identifier: MIT */

/* dhcp.c - Every node gets its own address, for good */

#include "dhcp.h"

#include <string.h>

/* RFC 2131: the fixed part */
#define DHCP_OP 0
#define DHCP_HTYPE 1
#define DHCP_HLEN 2
#define DHCP_FLAGS 10
#define DHCP_CIADDR 12 /* client: "my address is" */
#define DHCP_YIADDR 16 /* server: "your address is" */
#define DHCP_SIADDR 20 /* server to boot from */
#define DHCP_GIADDR 24 /* relay */
#define DHCP_CHADDR 28
#define DHCP_SNAME 44
#define DHCP_COOKIE 236
#define DHCP_OPTIONS 240U
#define DHCP_LEN_MIN 300U /* BOOTP's; some clients insist */

#define COOKIE 0x63825363U
#define BROADCAST_FLAG 0x8000U
#define LEASE_SECONDS 86400U

enum dhcp_option {
	OPT_PAD = 0,
	OPT_MASK = 1,
	OPT_ROUTER = 3,
	OPT_DNS = 6,
	OPT_HOST_NAME = 12,
	OPT_DOMAIN = 15,
	OPT_MTU = 26,
	OPT_BROADCAST = 28,
	OPT_REQUESTED_IP = 50,
	OPT_LEASE = 51,
	OPT_TYPE = 53,
	OPT_SERVER = 54,
	OPT_END = 255,
};

enum dhcp_type {
	DHCP_DISCOVER = 1,
	DHCP_OFFER = 2,
	DHCP_REQUEST = 3,
	DHCP_ACK = 5,
	DHCP_NAK = 6,
	DHCP_INFORM = 8,
};

/* What a client says in its options; 0 = nothing. */
struct wish {
	uint8_t type;
	uint32_t server;
	uint32_t ip;
};

static bool parse_option(struct wish *w, uint8_t code, const uint8_t *v,
			 size_t len)
{
	switch (code) {
	case OPT_TYPE:
		if (len != 1)
			return false;
		w->type = v[0];
		return true;
	case OPT_SERVER:
	case OPT_REQUESTED_IP:
		if (len != 4)
			return false;
		*(code == OPT_SERVER ? &w->server : &w->ip) = get_be32(v);
		return true;
	default:
		return true;
	}
}

static bool parse_options(const uint8_t *o, size_t len, struct wish *ret_w)
{
	struct wish w = { .type = 0 };
	size_t i = 0, n;

	while (i < len && o[i] != OPT_END) {
		if (o[i] == OPT_PAD) {
			i++;
			continue;
		}
		if (len - i < 2)
			return false;
		n = o[i + 1];
		if (len - i - 2 < n || !parse_option(&w, o[i], o + i + 2, n))
			return false;
		i += 2 + n;
	}
	*ret_w = w;
	return true;
}

static bool parse_request(const struct host *h, const uint8_t *q, size_t len,
			  struct wish *ret_w)
{
	return len >= DHCP_OPTIONS && q[DHCP_OP] == 1 && q[DHCP_HTYPE] == 1 &&
	       q[DHCP_HLEN] == ETH_ALEN &&
	       get_be32(q + DHCP_COOKIE) == COOKIE &&
	       !get_be32(q + DHCP_GIADDR) &&
	       !memcmp(q + DHCP_CHADDR, h->mac, ETH_ALEN) &&
	       parse_options(q + DHCP_OPTIONS, len - DHCP_OPTIONS, ret_w);
}

/* Type of the answer, 0 = none. */
static uint8_t decide(const struct lan *lan, const struct host *h,
		      const struct wish *w, uint32_t ciaddr)
{
	uint32_t ip = w->ip ? w->ip : ciaddr;

	switch (w->type) {
	case DHCP_DISCOVER:
		return DHCP_OFFER;
	case DHCP_INFORM:
		return DHCP_ACK;
	case DHCP_REQUEST:
		if (w->server && w->server != lan->gateway)
			return 0;
		return ip == h->ip ? DHCP_ACK : DHCP_NAK;
	default:
		return 0;
	}
}

static uint8_t *put_byte(uint8_t *o, uint8_t code, uint8_t v)
{
	o[0] = code;
	o[1] = 1;
	o[2] = v;
	return o + 3;
}

static uint8_t *put_u16(uint8_t *o, uint8_t code, unsigned v)
{
	o[0] = code;
	o[1] = 2;
	put_be16(o + 2, (uint16_t)v);
	return o + 4;
}

static uint8_t *put_u32(uint8_t *o, uint8_t code, uint32_t v)
{
	o[0] = code;
	o[1] = 4;
	put_be32(o + 2, v);
	return o + 6;
}

static uint8_t *put_text(uint8_t *o, uint8_t code, const char *s)
{
	size_t n = strlen(s);

	o[0] = code;
	o[1] = (uint8_t)n;
	for (o += 2; *s; s++) /* without its 0 */
		*o++ = (uint8_t)*s;
	return o;
}

static uint8_t *put_settings(const struct lan *lan, const struct host *h,
			     bool lease, uint8_t *o)
{
	if (lease)
		o = put_u32(o, OPT_LEASE, LEASE_SECONDS);
	o = put_u32(o, OPT_MASK, lan->mask);
	o = put_u32(o, OPT_BROADCAST, lan_broadcast(lan));
	if (!lan->isolated)
		o = put_u32(o, OPT_ROUTER, lan->gateway);
	o = put_u32(o, OPT_DNS, lan->gateway);
	o = put_u16(o, OPT_MTU, lan->mtu);
	o = put_text(o, OPT_HOST_NAME, h->name);
	return put_text(o, OPT_DOMAIN, lan->domain);
}

/* Two texts below LAN_NAME_MAX, and less than 50 bytes of all the others. */
_Static_assert(DHCP_OPTIONS + 2 * (2 + LAN_NAME_MAX) + 50 <= DHCP_REPLY_MAX,
	       "the largest reply fits");

bool dhcp_answer(const struct lan *lan, const struct host *h,
		 const uint8_t *req, size_t len, struct dhcp_reply *ret_r)
{
	struct dhcp_reply *r = ret_r;
	uint8_t *o, type;
	uint32_t ciaddr;
	struct wish w;

	if (!parse_request(h, req, len, &w))
		return false;
	ciaddr = get_be32(req + DHCP_CIADDR);
	type = decide(lan, h, &w, ciaddr);
	if (!type)
		return false;
	memset(r, 0, sizeof(*r));
	memcpy(r->data, req, DHCP_SNAME); /* its number, flags, chaddr */
	r->data[DHCP_OP] = 2;
	put_be32(r->data + DHCP_COOKIE, COOKIE);
	put_be32(r->data + DHCP_YIADDR, 0);
	put_be32(r->data + DHCP_SIADDR, 0);
	if (type != DHCP_NAK && w.type != DHCP_INFORM)
		put_be32(r->data + DHCP_YIADDR, h->ip);
	o = put_byte(r->data + DHCP_OPTIONS, OPT_TYPE, type);
	o = put_u32(o, OPT_SERVER, lan->gateway);
	if (type != DHCP_NAK)
		o = put_settings(lan, h, w.type != DHCP_INFORM, o);
	*o++ = OPT_END;
	r->len = (size_t)(o - r->data);
	if (r->len < DHCP_LEN_MIN)
		r->len = DHCP_LEN_MIN;
	r->ip = h->ip;
	r->broadcast = type == DHCP_NAK ||
		       (!ciaddr && get_be16(req + DHCP_FLAGS) & BROADCAST_FLAG);
	return true;
}
