/* SPDX-License-Identifier: MIT */

/* dns.c - Names of the nodes, and whose business any other name is */

#include "dns.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "cleanup.h"
#include "parse.h"

/* RFC 1035: the header */
#define DNS_FLAGS 2U
#define DNS_QDCOUNT 4U
#define DNS_ANCOUNT 6U

#define FLAG_RESPONSE 0x8000U
#define OPCODE_BITS 0x7800U
#define FLAG_AUTHORITATIVE 0x0400U
#define FLAG_TRUNCATED 0x0200U
#define FLAG_RD 0x0100U /* recursion is desired */
#define FLAG_RA 0x0080U /* ... and available */

#define TYPE_A 1U
#define TYPE_PTR 12U
#define TYPE_ANY 255U
#define CLASS_IN 1U

#define LABEL_MAX 63U
#define NAME_MAX_WIRE 255U /* lengths and the closing 0 included */
#define TTL_SECONDS 60U
#define REVERSE_SUFFIX ".in-addr.arpa"

struct question {
	char name[NAME_MAX_WIRE + 1]; /* "node01.fame"; "" = the root */
	uint16_t type;
	uint16_t class;
	size_t end; /* of the question in the message */
};

/* Labels with dots or zeros in them have no text form, so they are refused. */
static bool parse_name(const uint8_t *m, size_t len, char *name, size_t *at)
{
	size_t o = *at, k = 0, n;

	for (;;) {
		if (o >= len)
			return false;
		n = m[o++];
		if (!n)
			break;
		if (n > LABEL_MAX || len - o < n || k + n + 2 > NAME_MAX_WIRE ||
		    memchr(m + o, '.', n) || memchr(m + o, 0, n))
			return false;
		if (k)
			name[k++] = '.';
		memcpy(name + k, m + o, n);
		k += n;
		o += n;
	}
	name[k] = 0;
	*at = o;
	return true;
}

static bool parse_question(const uint8_t *m, size_t len, struct question *q)
{
	size_t o = DNS_HEADER;

	if (get_be16(m + DNS_QDCOUNT) != 1 ||
	    !parse_name(m, len, q->name, &o) || len - o < 4)
		return false;
	q->type = get_be16(m + o);
	q->class = get_be16(m + o + 2);
	q->end = o + 4;
	return true;
}

/* Header and question of a reply; counts of the other sections are 0. */
static void reply_start(struct dns_reply *r, const uint8_t *query, size_t end,
			unsigned flags)
{
	unsigned keep = get_be16(query + DNS_FLAGS) & (OPCODE_BITS | FLAG_RD);

	memcpy(r->data, query, end);
	put_be16(r->data + DNS_FLAGS, (uint16_t)(FLAG_RESPONSE | keep | flags));
	put_be16(r->data + DNS_QDCOUNT, end > DNS_HEADER);
	memset(r->data + DNS_ANCOUNT, 0, DNS_HEADER - DNS_ANCOUNT);
	r->len = end;
}

/* The longest question leaves room for the longest answer. */
_Static_assert(DNS_HEADER + NAME_MAX_WIRE + 4 + 12 + 2 * LAN_NAME_MAX + 2 <=
		       DNS_REPLY_MAX,
	       "the largest reply fits");

/* Append a record whose name is that of the question. */
static void reply_record(struct dns_reply *r, unsigned type,
			 const uint8_t *data, size_t len)
{
	uint8_t *o = r->data + r->len;

	put_be16(r->data + DNS_ANCOUNT, 1);
	put_be16(o, 0xc000 | DNS_HEADER);
	put_be16(o + 2, (uint16_t)type);
	put_be16(o + 4, CLASS_IN);
	put_be32(o + 6, TTL_SECONDS);
	put_be16(o + 10, (uint16_t)len);
	memcpy(o + 12, data, len);
	r->len += 12 + len;
}

static void reply_address(struct dns_reply *r, uint32_t ip)
{
	uint8_t data[4];

	put_be32(data, ip);
	reply_record(r, TYPE_A, data, sizeof(data));
}

static size_t put_labels(uint8_t *o, const char *s)
{
	uint8_t *start = o;

	while (*s) {
		size_t n = strcspn(s, ".");

		*o++ = (uint8_t)n;
		memcpy(o, s, n);
		o += n;
		s += n;
		s += *s == '.';
	}
	return (size_t)(o - start);
}

static void reply_name(const struct lan *lan, struct dns_reply *r,
		       const char *name)
{
	uint8_t data[2 * LAN_NAME_MAX + 2];
	size_t n = put_labels(data, name);

	n += put_labels(data + n, lan->domain);
	data[n++] = 0;
	reply_record(r, TYPE_PTR, data, n);
}

/* Does @name end with @suffix? Return where, or NULL. */
static const char *find_suffix(const char *name, const char *suffix)
{
	size_t n = strlen(name), k = strlen(suffix);

	return n >= k && !strcasecmp(name + n - k, suffix) ? name + n - k :
							     NULL;
}

/* "2.42.168.192.in-addr.arpa", as an address. */
static bool parse_reverse(const char *name, uint32_t *ret_ip)
{
	const char *end = find_suffix(name, REVERSE_SUFFIX);
	char text[sizeof("255.255.255.255")], *at = text, *next;
	uint32_t ip = 0, byte;

	if (!end || (size_t)(end - name) >= sizeof(text))
		return false;
	memcpy(text, name, (size_t)(end - name));
	text[end - name] = 0;
	for (unsigned i = 0; i < 4; i++) {
		next = strchr(at, '.');
		if (!next != (i == 3))
			return false;
		if (next)
			*next++ = 0;
		if (parse_u32(at, 0, 255, &byte) < 0)
			return false;
		ip |= byte << 8 * i;
		at = next;
	}
	*ret_ip = ip;
	return true;
}

static const char *name_of(const struct lan *lan, uint32_t ip)
{
	int i = lan_by_ip(lan, ip);

	if (ip == lan->gateway)
		return LAN_GATEWAY_NAME;
	return i < 0 ? NULL : lan->hosts[i].name;
}

/* Address of a single label, 0 = there is none. */
static uint32_t address_of(const struct lan *lan, const char *label)
{
	int i = lan_by_name(lan, label);

	if (!strcasecmp(label, LAN_GATEWAY_NAME) ||
	    !strcasecmp(label, LAN_HOST_NAME))
		return lan->gateway;
	return i < 0 ? 0 : lan->hosts[i].ip;
}

enum zone {
	ZONE_OTHER,
	ZONE_APEX, /* the domain itself */
	ZONE_OWN,
};

/* Whose is the name? If it is our own, it is cut to what stands before our
 * domain.
 */
static enum zone zone_of(const struct lan *lan, char *name)
{
	const char *domain = find_suffix(name, lan->domain);

	if (domain == name)
		return ZONE_APEX;
	if (domain && domain[-1] == '.')
		name[domain - name - 1] = 0;
	else if (strchr(name, '.') || !*name)
		return ZONE_OTHER;
	return ZONE_OWN;
}

static enum dns_verdict answer_forward(const struct lan *lan,
				       struct question *q, struct dns_reply *r)
{
	enum zone zone = zone_of(lan, q->name);
	uint32_t ip;

	if (zone == ZONE_OTHER)
		return DNS_RELAY;
	if (zone == ZONE_APEX)
		return DNS_ANSWER;
	ip = address_of(lan, q->name);
	if (!ip)
		r->data[DNS_FLAGS + 1] |= DNS_NXDOMAIN;
	else if (q->type == TYPE_A || q->type == TYPE_ANY)
		reply_address(r, ip);
	return DNS_ANSWER;
}

static enum dns_verdict answer_question(const struct lan *lan,
					struct question *q, struct dns_reply *r)
{
	const char *name;
	uint32_t ip;

	if (!parse_reverse(q->name, &ip) || !lan_contains(lan, ip))
		return answer_forward(lan, q, r);
	name = name_of(lan, ip);
	if (!name)
		r->data[DNS_FLAGS + 1] |= DNS_NXDOMAIN;
	else if (q->type == TYPE_PTR || q->type == TYPE_ANY)
		reply_name(lan, r, name);
	return DNS_ANSWER;
}

enum dns_verdict dns_answer(const struct lan *lan, const uint8_t *query,
			    size_t len, struct dns_reply *ret_r)
{
	struct question q;
	unsigned flags;

	if (len < DNS_HEADER)
		return DNS_DROP;
	flags = get_be16(query + DNS_FLAGS);
	if (flags & FLAG_RESPONSE)
		return DNS_DROP;
	if (flags & OPCODE_BITS) {
		reply_start(ret_r, query, DNS_HEADER, DNS_NOTIMP);
		return DNS_ANSWER;
	}
	if (!parse_question(query, len, &q)) {
		reply_start(ret_r, query, DNS_HEADER, DNS_FORMERR);
		return DNS_ANSWER;
	}
	if (q.class != CLASS_IN) {
		reply_start(ret_r, query, q.end, DNS_REFUSED);
		return DNS_ANSWER;
	}
	reply_start(ret_r, query, q.end, FLAG_AUTHORITATIVE | FLAG_RA);
	return answer_question(lan, &q, ret_r);
}

void dns_fail(const uint8_t *query, size_t len, enum dns_rcode rcode,
	      struct dns_reply *ret_r)
{
	struct question q;
	size_t end = parse_question(query, len, &q) ? q.end : DNS_HEADER;

	reply_start(ret_r, query, end, FLAG_RA | (unsigned)rcode);
}

bool dns_same_question(const uint8_t *query, size_t len, const uint8_t *reply,
		       size_t reply_len)
{
	struct question q, r;

	if (reply_len < DNS_HEADER ||
	    !(get_be16(reply + DNS_FLAGS) & FLAG_RESPONSE))
		return false;
	if (!parse_question(query, len, &q))
		return false;
	/* A server that understood nothing may leave the question out. */
	if (!get_be16(reply + DNS_QDCOUNT))
		return reply_len == DNS_HEADER;
	return parse_question(reply, reply_len, &r) && q.type == r.type &&
	       q.class == r.class && !strcasecmp(q.name, r.name);
}

size_t dns_truncate(uint8_t *reply, size_t len)
{
	struct question q;
	unsigned flags = get_be16(reply + DNS_FLAGS) | FLAG_TRUNCATED;

	if (parse_question(reply, len, &q))
		len = q.end;
	else
		len = DNS_HEADER;
	put_be16(reply + DNS_FLAGS, (uint16_t)flags);
	put_be16(reply + DNS_QDCOUNT, len > DNS_HEADER);
	memset(reply + DNS_ANCOUNT, 0, DNS_HEADER - DNS_ANCOUNT);
	return len;
}
