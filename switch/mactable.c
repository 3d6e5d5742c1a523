/* SPDX-License-Identifier: MIT */

/* mactable.c - Which port a MAC address that is no node's was seen at */

#include "mactable.h"

#include <string.h>

void mactable_init(struct mactable *t, uint32_t seed)
{
	memset(t, 0, sizeof(*t));
	t->seed = seed;
}

static size_t bucket_of(const struct mactable *t, const uint8_t *mac)
{
	uint64_t v = (uint64_t)get_be32(mac) << 16 | get_be16(mac + 4);

	v = (v ^ t->seed) * 0x9e3779b97f4a7c15ULL;
	return (v >> 40) % MACTABLE_BUCKETS;
}

/* Index of @mac's entry, or -1. */
static int find(const struct mactable *t, const uint8_t *mac)
{
	uint16_t i = t->buckets[bucket_of(t, mac)];

	for (; i; i = t->entries[i - 1].next)
		if (!memcmp(t->entries[i - 1].mac, mac, ETH_ALEN))
			return i - 1;
	return -1;
}

static void remove_entry(struct mactable *t, unsigned index)
{
	struct mac_entry *e = &t->entries[index];
	uint16_t *at = &t->buckets[bucket_of(t, e->mac)];

	while (*at != index + 1)
		at = &t->entries[*at - 1].next;
	*at = e->next;
	e->used = 0;
}

/* A free entry of the port's, else its oldest. */
static unsigned pick(const struct mactable *t, unsigned port)
{
	unsigned first = port * MACTABLE_PER_PORT, best = first;

	for (unsigned i = first; i < first + MACTABLE_PER_PORT; i++) {
		if (!t->entries[i].used)
			return i;
		if (t->entries[i].seen < t->entries[best].seen)
			best = i;
	}
	return best;
}

void mactable_learn(struct mactable *t, const uint8_t *mac, unsigned port,
		    int64_t now)
{
	int found = find(t, mac);
	struct mac_entry *e;
	unsigned i;
	uint16_t *at;

	if (found >= 0) {
		if ((unsigned)found / MACTABLE_PER_PORT == port) {
			t->entries[found].seen = now;
			return;
		}
		remove_entry(t, (unsigned)found);
	}
	i = pick(t, port);
	e = &t->entries[i];
	if (e->used)
		remove_entry(t, i);
	at = &t->buckets[bucket_of(t, mac)];
	*e = (struct mac_entry){ .used = 1, .seen = now, .next = *at };
	memcpy(e->mac, mac, ETH_ALEN);
	*at = (uint16_t)(i + 1);
}

int mactable_find(const struct mactable *t, const uint8_t *mac, int64_t now)
{
	int i = find(t, mac);

	if (i < 0 || now - t->entries[i].seen > MACTABLE_AGE)
		return -1;
	return i / (int)MACTABLE_PER_PORT;
}

void mactable_forget(struct mactable *t, unsigned port)
{
	unsigned first = port * MACTABLE_PER_PORT;

	for (unsigned i = first; i < first + MACTABLE_PER_PORT; i++)
		if (t->entries[i].used)
			remove_entry(t, i);
}
