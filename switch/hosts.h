/* SPDX-License-Identifier: MIT */

/* hosts.h - The LAN: its addresses, and the nodes it knows by name
 *
 * A node's index in the table is the number of its port. Addresses are in
 * host byte order.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "err.h"
#include "packet.h"

#define LAN_NODES_MAX 80U
#define LAN_NAME_MAX 64U /* a DNS label, the 0 included */
#define LAN_MTU_MIN 576U
#define LAN_MTU_MAX 65000U

/* The host, as the nodes know it: two names of one address. */
#define LAN_GATEWAY_NAME "torms"
#define LAN_HOST_NAME "vmhost"

struct host {
	char name[LAN_NAME_MAX];
	uint8_t mac[ETH_ALEN];
	uint32_t ip;
};

struct lan {
	uint32_t network;
	uint32_t mask;
	uint32_t gateway;    /* the last address but the broadcast's: .254 */
	uint32_t nameserver; /* the one before: libslirp's, never a node's */
	uint8_t gateway_mac[ETH_ALEN];
	char domain[LAN_NAME_MAX];
	unsigned mtu;
	bool isolated; /* no way out */

	struct host hosts[LAN_NODES_MAX];
	unsigned n_hosts;

	/* Open addressing: index + 1, 0 = free. Three times too large. */
	uint8_t by_mac[256];
	uint8_t by_ip[256];
};

_Static_assert(LAN_NODES_MAX < 255, "an index + 1 has to fit a byte");

/**
 * lan_init() - An empty LAN
 * @lan:	To be filled
 * @subnet:	"192.168.42.0/24"; 8 to 28 bits
 * @domain:	Name of the nodes' domain, "fame"
 * @e:		Says what is wrong
 *
 * Return: 0 or -EINVAL
 */
int lan_init(struct lan *lan, const char *subnet, const char *domain,
	     struct err *e);

/**
 * lan_add() - Add a node
 * @lan:	Where to
 * @name:	A DNS label
 * @mac:	"48:50:42:01:01:01"
 * @ip:		Inside the subnet
 * @e:		Says what is wrong
 *
 * Return: its index, or -EINVAL, -EEXIST, -ENOSPC
 */
int lan_add(struct lan *lan, const char *name, const char *mac, const char *ip,
	    struct err *e);

/* Index of a node, or -1. Names compare without regard to case. */
int lan_by_mac(const struct lan *lan, const uint8_t *mac);
int lan_by_ip(const struct lan *lan, uint32_t ip);
int lan_by_name(const struct lan *lan, const char *name);

static inline bool lan_contains(const struct lan *lan, uint32_t ip)
{
	return (ip & lan->mask) == lan->network;
}

/* May the uplink be asked for an address? It turns addresses into sockets of
 * the host: the short list keeps the host's own services closed.
 */
static inline bool lan_may_leave(const struct lan *lan, uint32_t dst)
{
	return !lan_contains(lan, dst) && dst >> 24 != 0 && dst >> 24 != 127 &&
	       dst >> 28 < 0xe; /* multicast, reserved, broadcast */
}

static inline uint32_t lan_broadcast(const struct lan *lan)
{
	return lan->network | ~lan->mask;
}
