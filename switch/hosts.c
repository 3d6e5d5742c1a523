/* SPDX-License-Identifier: MIT */

/* hosts.c - The LAN: its addresses, and the nodes it knows by name */

#include "hosts.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "cleanup.h"
#include "parse.h"

#define SUBNET_BITS_MIN 8
#define SUBNET_BITS_MAX 28

static bool is_label_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '-';
}

/* Letters, digits and inner hyphens; with @dots, several such labels. */
static bool name_is_valid(const char *s, bool dots)
{
	size_t n = strlen(s);

	if (!n || n >= LAN_NAME_MAX || s[0] == '-' || s[n - 1] == '-' ||
	    s[0] == '.' || s[n - 1] == '.' || strstr(s, ".."))
		return false;
	for (; *s; s++)
		if (!is_label_char(*s) && !(dots && *s == '.'))
			return false;
	return true;
}

static int parse_ip(const char *s, uint32_t *ret_ip)
{
	struct in_addr a;

	if (inet_pton(AF_INET, s, &a) != 1)
		return -EINVAL;
	*ret_ip = ntohl(a.s_addr);
	return 0;
}

static int parse_subnet(struct lan *lan, const char *s)
{
	const char *slash = strchr(s, '/');
	char text[INET_ADDRSTRLEN];
	uint32_t bits;

	if (!slash || (size_t)(slash - s) >= sizeof(text))
		return -EINVAL;
	memcpy(text, s, (size_t)(slash - s));
	text[slash - s] = 0;
	if (parse_ip(text, &lan->network) < 0 ||
	    parse_u32(slash + 1, SUBNET_BITS_MIN, SUBNET_BITS_MAX, &bits) < 0)
		return -EINVAL;
	lan->mask = UINT32_MAX << (32 - bits);
	return lan->network & ~lan->mask ? -EINVAL : 0;
}

int lan_init(struct lan *lan, const char *subnet, const char *domain,
	     struct err *e)
{
	*lan = (struct lan){ .mtu = 1500 };
	if (parse_subnet(lan, subnet) < 0)
		return err_set(e, -EINVAL,
			       "subnet \"%s\": write it as ADDRESS/BITS, with "
			       "%d to %d bits and 0 behind them, for example "
			       "192.168.42.0/24",
			       subnet, SUBNET_BITS_MIN, SUBNET_BITS_MAX);
	if (!name_is_valid(domain, true))
		return err_set(e, -EINVAL,
			       "domain \"%s\": only letters, digits, hyphens "
			       "and single dots, at most %u characters",
			       domain, LAN_NAME_MAX - 1);
	(void)snprintf(lan->domain, sizeof(lan->domain), "%s", domain);
	lan->gateway = lan_broadcast(lan) - 1;
	lan->nameserver = lan_broadcast(lan) - 2;
	/* What libslirp makes of its own address. */
	lan->gateway_mac[0] = 0x52;
	lan->gateway_mac[1] = 0x55;
	put_be32(lan->gateway_mac + 2, lan->gateway);
	return 0;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static int parse_mac(const char *s, uint8_t ret_mac[static ETH_ALEN])
{
	uint8_t mac[ETH_ALEN];

	if (strlen(s) != 3 * ETH_ALEN - 1)
		return -EINVAL;
	for (size_t i = 0; i < ETH_ALEN; i++, s += 3) {
		int hi = hex_digit(s[0]), lo = hex_digit(s[1]);

		if (hi < 0 || lo < 0 || (i < ETH_ALEN - 1 && s[2] != ':'))
			return -EINVAL;
		mac[i] = (uint8_t)(hi << 4 | lo);
	}
	if (mac_is_multicast(mac))
		return -EINVAL;
	memcpy(ret_mac, mac, ETH_ALEN);
	return 0;
}

static uint8_t hash_mac(const uint8_t *mac)
{
	return (uint8_t)(mac[5] * 31 + mac[4] * 17 + mac[3] * 7 + mac[2]);
}

static uint8_t hash_ip(uint32_t ip)
{
	return (uint8_t)(ip ^ ip >> 8);
}

/* Index arithmetic of uint8_t wraps round the table by itself. */
int lan_by_mac(const struct lan *lan, const uint8_t *mac)
{
	uint8_t h = hash_mac(mac);

	for (; lan->by_mac[h]; h++) {
		unsigned i = lan->by_mac[h] - 1U;

		if (!memcmp(lan->hosts[i].mac, mac, ETH_ALEN))
			return (int)i;
	}
	return -1;
}

int lan_by_ip(const struct lan *lan, uint32_t ip)
{
	uint8_t h = hash_ip(ip);

	for (; lan->by_ip[h]; h++) {
		unsigned i = lan->by_ip[h] - 1U;

		if (lan->hosts[i].ip == ip)
			return (int)i;
	}
	return -1;
}

int lan_by_name(const struct lan *lan, const char *name)
{
	for (unsigned i = 0; i < lan->n_hosts; i++)
		if (!strcasecmp(lan->hosts[i].name, name))
			return (int)i;
	return -1;
}

static int check_new(const struct lan *lan, const struct host *h, struct err *e)
{
	if (!lan_contains(lan, h->ip) || h->ip == lan->network ||
	    h->ip >= lan->nameserver)
		return err_set(e, -EINVAL,
			       "node \"%s\": its address is outside the "
			       "subnet, or one of its first and last three, "
			       "which are reserved",
			       h->name);
	if (lan_by_name(lan, h->name) >= 0 ||
	    !strcasecmp(h->name, LAN_GATEWAY_NAME) ||
	    !strcasecmp(h->name, LAN_HOST_NAME))
		return err_set(e, -EEXIST, "node \"%s\": the name is taken",
			       h->name);
	if (lan_by_mac(lan, h->mac) >= 0 ||
	    !memcmp(h->mac, lan->gateway_mac, ETH_ALEN))
		return err_set(e, -EEXIST,
			       "node \"%s\": another node has its MAC address",
			       h->name);
	if (lan_by_ip(lan, h->ip) >= 0)
		return err_set(e, -EEXIST,
			       "node \"%s\": another node has its address",
			       h->name);
	return 0;
}

static void put_index(uint8_t *table, uint8_t h, unsigned index)
{
	while (table[h])
		h++;
	table[h] = (uint8_t)(index + 1);
}

int lan_add(struct lan *lan, const char *name, const char *mac, const char *ip,
	    struct err *e)
{
	unsigned i = lan->n_hosts;
	struct host h = { .ip = 0 };
	int r;

	if (i == LAN_NODES_MAX)
		return err_set(e, -ENOSPC, "more than %u nodes", LAN_NODES_MAX);
	if (!name_is_valid(name, false))
		return err_set(e, -EINVAL,
			       "node \"%s\": a name has letters, digits and "
			       "inner hyphens, at most %u",
			       name, LAN_NAME_MAX - 1);
	(void)snprintf(h.name, sizeof(h.name), "%s", name);
	if (parse_mac(mac, h.mac) < 0)
		return err_set(e, -EINVAL,
			       "node \"%s\": \"%s\" is no MAC address of one "
			       "station, such as 48:50:42:01:01:01",
			       name, mac);
	if (parse_ip(ip, &h.ip) < 0)
		return err_set(e, -EINVAL,
			       "node \"%s\": \"%s\" is no IPv4 address", name,
			       ip);
	r = check_new(lan, &h, e);
	if (r < 0)
		return r;
	lan->hosts[i] = h;
	lan->n_hosts++;
	put_index(lan->by_mac, hash_mac(h.mac), i);
	put_index(lan->by_ip, hash_ip(h.ip), i);
	return (int)i;
}
