/* SPDX-License-Identifier: MIT */

/* topology.h - Nodes, addresses and books of a cluster: pure arithmetic */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define TOPOLOGY_NODES_MAX 32U
#define TOPOLOGY_FAM_MIN (1ULL << 30)
#define TOPOLOGY_FAM_MAX (512ULL << 30)
#define TOPOLOGY_TORMS 254U /* last octet of the host's address */

/* Room for texts, the 0 included. */
#define TOPOLOGY_NAME_MAX 32
#define TOPOLOGY_MAC_MAX 40
#define TOPOLOGY_ADDRESS_MAX 32

struct topology {
	unsigned n_nodes;		       /* 1..TOPOLOGY_NODES_MAX */
	char hostbase[9];		       /* FAME_HOSTBASE */
	char octets[12]; /* FAME_OCTETS123: */ /* "192.168.42" */
	uint64_t fam_size;		       /* bytes, a power of two */
	uint64_t book_size;		       /* bytes */
	uint64_t books_per_node;
};

/**
 * topology_init() - Work out the books
 * @t:		Its other fields are set
 *
 * Books have 8 MiB, or more so that there are at most 10,000. The last one is
 * kept for what nodes and Librarian tell each other through the memory. What
 * does not divide evenly is not used.
 *
 * Return: 0, or -ENOSPC if a node would have no book
 */
int topology_init(struct topology *t);

/* @node: 1..n_nodes. All return @buf. */
const char *topology_name(const struct topology *t, unsigned node,
			  char buf[static TOPOLOGY_NAME_MAX]);
const char *topology_address(const struct topology *t, unsigned last_octet,
			     char buf[static TOPOLOGY_ADDRESS_MAX]);

/* The number's decimal digits as hex text, from which the original's clients
 * read the node's id back.
 */
const char *topology_mac(unsigned node, char buf[static TOPOLOGY_MAC_MAX]);

/**
 * topology_find() - Number of the node with a name
 *
 * Return: 1..n_nodes, or 0
 */
unsigned topology_find(const struct topology *t, const char *name);

/**
 * topology_ini() - Text of node_fame.ini for the Librarian
 *
 * Return: text to free(), NULL = no memory
 */
char *topology_ini(const struct topology *t);
