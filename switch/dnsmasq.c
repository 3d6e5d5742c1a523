/* SPDX-License-Identifier: MIT */

/* dnsmasq.c - The nodes' addresses and names on a bridge: a pure function */

#include "dnsmasq.h"

#define ADDRESS_MAX 16

static const char *address(uint32_t ip, char buf[static ADDRESS_MAX])
{
	(void)snprintf(buf, ADDRESS_MAX, "%u.%u.%u.%u", ip >> 24,
		       ip >> 16 & 255, ip >> 8 & 255, ip & 255);
	return buf;
}

/* Nothing that the host configured, nothing on disk, no other user: in a user
 * namespace with one user and one group there is none to become.
 */
static void process(struct strv *v)
{
	strv_push(v, "--conf-file=/dev/null");
	strv_push(v, "--keep-in-foreground");
	strv_push(v, "--user=");
	strv_push(v, "--group=");
	strv_push(v, "--pid-file=");
	strv_push(v, "--log-facility=-");
	strv_push(v, "--leasefile-ro");
}

static void dhcp(const struct lan *lan, struct strv *v)
{
	char ip[ADDRESS_MAX], mask[ADDRESS_MAX];

	strv_push(v, "--dhcp-authoritative");
	strv_pushf(v, "--dhcp-range=%s,static,%s,1d", address(lan->network, ip),
		   address(lan->mask, mask));
	/* Without a value: not sent, there is no way out. */
	strv_pushf(v, "--dhcp-option=option:router%s%s",
		   lan->isolated ? "" : ",",
		   lan->isolated ? "" : address(lan->gateway, ip));
	strv_pushf(v, "--dhcp-option=option:mtu,%u", lan->mtu);
}

static void dns(const struct lan *lan, struct strv *v)
{
	char ip[ADDRESS_MAX];

	strv_push(v, "--no-hosts");
	strv_push(v, "--no-resolv");
	strv_push(v, "--domain-needed");
	strv_pushf(v, "--domain=%s", lan->domain);
	strv_pushf(v, "--local=/%s/", lan->domain);
	strv_pushf(v, "--local=/%u.%u.%u.in-addr.arpa/",
		   lan->network >> 8 & 255, lan->network >> 16 & 255,
		   lan->network >> 24);
	/* libslirp's, which follows the host's resolv.conf. */
	if (!lan->isolated)
		strv_pushf(v, "--server=%s", address(lan->nameserver, ip));
	strv_pushf(v,
		   "--host-record=" LAN_GATEWAY_NAME "," LAN_GATEWAY_NAME
		   ".%s," LAN_HOST_NAME "," LAN_HOST_NAME ".%s,%s",
		   lan->domain, lan->domain, address(lan->gateway, ip));
}

static void node(const struct lan *lan, const struct host *h, struct strv *v)
{
	const uint8_t *m = h->mac;
	char ip[ADDRESS_MAX];

	strv_pushf(v, "--dhcp-host=%02x:%02x:%02x:%02x:%02x:%02x,%s,%s", m[0],
		   m[1], m[2], m[3], m[4], m[5], address(h->ip, ip), h->name);
	strv_pushf(v, "--host-record=%s,%s.%s,%s", h->name, h->name,
		   lan->domain, ip);
}

void dnsmasq_args(const struct lan *lan, const char *interface,
		  struct strv *ret_args)
{
	strv_deinit(ret_args);
	strv_push(ret_args, DNSMASQ_PROGRAM);
	process(ret_args);
	strv_pushf(ret_args, "--interface=%s", interface);
	strv_push(ret_args, "--except-interface=lo");
	strv_push(ret_args, "--bind-interfaces");
	dhcp(lan, ret_args);
	dns(lan, ret_args);
	for (unsigned i = 0; i < lan->n_hosts; i++)
		node(lan, &lan->hosts[i], ret_args);
}
