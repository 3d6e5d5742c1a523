/* SPDX-License-Identifier: MIT */

/* packet.c - Frames as bytes: fields, checksums, and views that are checked */

#include "packet.h"

#include <errno.h>
#include <string.h>

/* "More fragments" and the offset; "don't fragment" is none of our business. */
#define IPV4_FRAGMENT_BITS 0x3fffU
#define IPV4_DONT_FRAGMENT 0x4000U
#define IPV4_OWN_TTL 64

static int parse_l4(struct packet *p)
{
	size_t len;

	switch (p->proto) {
	case PROTO_TCP:
		if (p->l4_len < TCP_HEADER)
			return -EBADMSG;
		len = (size_t)(p->l4[TCP_OFFSET] >> 4) * 4;
		if (len < TCP_HEADER || len > p->l4_len)
			return -EBADMSG;
		break;
	case PROTO_UDP:
		if (p->l4_len < UDP_HEADER)
			return -EBADMSG;
		len = get_be16(p->l4 + UDP_LEN);
		if (len < UDP_HEADER || len > p->l4_len)
			return -EBADMSG;
		p->l4_len = len;
		break;
	default:
		return 0;
	}
	p->sport = get_be16(p->l4 + L4_SPORT);
	p->dport = get_be16(p->l4 + L4_DPORT);
	return 0;
}

static int parse_ipv4(struct packet *p)
{
	const uint8_t *ip = p->frame + ETH_HEADER;
	size_t room = p->len - ETH_HEADER, total;

	if (room < IPV4_HEADER || ip[0] >> 4 != 4)
		return -EBADMSG;
	p->ip = ip;
	p->ip_header = (size_t)(ip[0] & 15) * 4;
	total = get_be16(ip + IPV4_TOTAL);
	if (p->ip_header < IPV4_HEADER || total < p->ip_header || total > room)
		return -EBADMSG;
	p->src = get_be32(ip + IPV4_SRC);
	p->dst = get_be32(ip + IPV4_DST);
	p->proto = ip[IPV4_PROTO];
	p->fragment = get_be16(ip + IPV4_FRAGMENT) & IPV4_FRAGMENT_BITS;
	p->l4 = ip + p->ip_header;
	p->l4_len = total - p->ip_header;
	return p->fragment ? 0 : parse_l4(p);
}

int packet_parse(const uint8_t *frame, size_t len, struct packet *ret_p)
{
	struct packet p = { .frame = frame, .len = len };
	int r = 0;

	if (len < ETH_HEADER)
		return -EBADMSG;
	p.type = get_be16(frame + ETH_TYPE);
	if (p.type == ETHERTYPE_IPV4)
		r = parse_ipv4(&p);
	if (r == 0)
		*ret_p = p;
	return r;
}

uint32_t checksum_add(uint32_t sum, const uint8_t *data, size_t len)
{
	for (; len > 1; len -= 2, data += 2)
		sum += get_be16(data);
	if (len)
		sum += (uint32_t)data[0] << 8;
	return sum;
}

static uint16_t fold(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

uint16_t checksum_finish(uint32_t sum)
{
	return (uint16_t)~fold(sum);
}

uint16_t checksum_replace(uint16_t check, uint16_t from, uint16_t to)
{
	uint32_t sum = (uint16_t)~check;

	sum += (uint16_t)~from;
	sum += to;
	return checksum_finish(sum);
}

static uint32_t pseudo_header(uint32_t src, uint32_t dst, uint8_t proto,
			      size_t len)
{
	return (src >> 16) + (src & 0xffff) + (dst >> 16) + (dst & 0xffff) +
	       proto + (uint32_t)len;
}

uint16_t packet_l4_checksum(uint32_t src, uint32_t dst, uint8_t proto,
			    const uint8_t *l4, size_t len)
{
	uint32_t sum = pseudo_header(src, dst, proto, len);
	uint16_t check = checksum_finish(checksum_add(fold(sum), l4, len));

	/* UDP says "no checksum" by 0, and has the other zero for this. */
	return !check && proto == PROTO_UDP ? 0xffff : check;
}

bool packet_sums_ok(const struct packet *p)
{
	uint32_t sum = 0;

	if (checksum_finish(checksum_add(0, p->ip, p->ip_header)))
		return false;
	if (p->proto == PROTO_UDP && !get_be16(p->l4 + UDP_SUM))
		return true;
	if (p->proto != PROTO_ICMP)
		sum = fold(pseudo_header(p->src, p->dst, p->proto, p->l4_len));
	return !checksum_finish(checksum_add(sum, p->l4, p->l4_len));
}

void packet_put_ipv4(uint8_t *frame, const struct packet_ends *e, uint8_t proto,
		     size_t l4_len)
{
	uint8_t *ip = frame + ETH_HEADER;

	memcpy(frame + ETH_DST, e->dst_mac, ETH_ALEN);
	memcpy(frame + ETH_SRC, e->src_mac, ETH_ALEN);
	put_be16(frame + ETH_TYPE, ETHERTYPE_IPV4);
	memset(ip, 0, IPV4_HEADER);
	ip[0] = 0x45;
	put_be16(ip + IPV4_TOTAL, (uint16_t)(IPV4_HEADER + l4_len));
	put_be16(ip + IPV4_FRAGMENT, IPV4_DONT_FRAGMENT);
	ip[IPV4_TTL] = IPV4_OWN_TTL;
	ip[IPV4_PROTO] = proto;
	put_be32(ip + IPV4_SRC, e->src);
	put_be32(ip + IPV4_DST, e->dst);
	put_be16(ip + IPV4_SUM,
		 checksum_finish(checksum_add(0, ip, IPV4_HEADER)));
}

size_t packet_put_udp(uint8_t *frame, const struct packet_ends *e, size_t len)
{
	uint8_t *udp = frame + ETH_HEADER + IPV4_HEADER;
	size_t udp_len = UDP_HEADER + len;

	packet_put_ipv4(frame, e, PROTO_UDP, udp_len);
	put_be16(udp + L4_SPORT, e->sport);
	put_be16(udp + L4_DPORT, e->dport);
	put_be16(udp + UDP_LEN, (uint16_t)udp_len);
	put_be16(udp + UDP_SUM, 0);
	put_be16(udp + UDP_SUM,
		 packet_l4_checksum(e->src, e->dst, PROTO_UDP, udp, udp_len));
	return UDP_PAYLOAD + len;
}
