/* SPDX-License-Identifier: MIT */

/* topology.c - Nodes, addresses and books of a cluster: pure arithmetic */

#include "topology.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define BOOK_SIZE_MIN (8ULL << 20)
#define BOOKS_MAX 10000

int topology_init(struct topology *t)
{
	uint64_t book = BOOK_SIZE_MIN;

	while (t->fam_size / book > BOOKS_MAX)
		book *= 2;
	t->book_size = book;
	t->books_per_node = (t->fam_size / book - 1) / t->n_nodes;
	return t->books_per_node ? 0 : -ENOSPC;
}

const char *topology_name(const struct topology *t, unsigned node,
			  char buf[static TOPOLOGY_NAME_MAX])
{
	(void)snprintf(buf, TOPOLOGY_NAME_MAX, "%s%02u", t->hostbase, node);
	return buf;
}

const char *topology_address(const struct topology *t, unsigned last_octet,
			     char buf[static TOPOLOGY_ADDRESS_MAX])
{
	(void)snprintf(buf, TOPOLOGY_ADDRESS_MAX, "%s.%u", t->octets,
		       last_octet);
	return buf;
}

const char *topology_mac(unsigned node, char buf[static TOPOLOGY_MAC_MAX])
{
	(void)snprintf(buf, TOPOLOGY_MAC_MAX, "48:50:42:%02u:%02u:%02u", node,
		       node, node);
	return buf;
}

unsigned topology_find(const struct topology *t, const char *name)
{
	char buf[TOPOLOGY_NAME_MAX];

	for (unsigned i = 1; i <= t->n_nodes; i++)
		if (!strcmp(topology_name(t, i, buf), name))
			return i;
	return 0;
}

char *topology_ini(const struct topology *t)
{
	char *text;
	int n;

	n = asprintf(&text,
		     "# Written by fame-run: %u nodes share %" PRIu64
		     " bytes.\n"
		     "[global]\n"
		     "node_count = %u\n"
		     "book_size_bytes = %" PRIu64 "M\n"
		     "nvm_size_per_node = %" PRIu64 "B\n",
		     t->n_nodes, t->fam_size, t->n_nodes, t->book_size >> 20,
		     t->books_per_node);
	return n < 0 ? NULL : text;
}
