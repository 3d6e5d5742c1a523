/* SPDX-License-Identifier: MIT */

/* mactable.h - Which port a MAC address that is no node's was seen at
 *
 * Nodes' own addresses are fixed (hosts.h); here go those of containers,
 * bridges and the like inside nodes. Each port has a share of entries of its
 * own and can only displace its own, oldest first: a node that sends from a
 * million addresses takes nothing from the others. Time is in seconds.
 */
#pragma once

#include <stdint.h>

#include "hosts.h"

#define MACTABLE_PER_PORT 32U
#define MACTABLE_AGE 300 /* seconds an address is remembered */
#define MACTABLE_BUCKETS 4096U

struct mac_entry {
	uint8_t mac[ETH_ALEN];
	uint8_t used;
	int64_t seen;
	uint16_t next; /* in its bucket: index + 1, 0 = last */
};

/* An entry's port is its index / MACTABLE_PER_PORT. */
struct mactable {
	uint32_t seed;
	uint16_t buckets[MACTABLE_BUCKETS]; /* index + 1, 0 = none */
	struct mac_entry entries[LAN_NODES_MAX * MACTABLE_PER_PORT];
};

/* @seed: a random number, so that nobody can aim at one bucket. */
void mactable_init(struct mactable *t, uint32_t seed);

/* Note that @mac sends from @port, which it may have moved to. */
void mactable_learn(struct mactable *t, const uint8_t *mac, unsigned port,
		    int64_t now);

/* Port of @mac, or -1 if it is not known or too old. */
int mactable_find(const struct mactable *t, const uint8_t *mac, int64_t now);

/* Forget all addresses of a port. */
void mactable_forget(struct mactable *t, unsigned port);
