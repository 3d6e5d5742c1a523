/* SPDX-License-Identifier: MIT */

/* topology.h - Nodes and their memory, as a file of the user describes them
 *
 * tm-librarian's INI, in its short form:
 *
 *	[global]
 *	node_count = 4
 *	book_size_bytes = 8M
 *	nvm_size_per_node = 128B
 *
 * Sizes take a suffix K, M, G or T in either case; B counts books.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "err.h"
#include "proto_librarian.h"

#define TOPOLOGY_FILE_MAX (1U << 20)
#define TOPOLOGY_HOSTNAME_MAX 63

struct topology_node {
	uint32_t node_id;
	uint32_t ig;
	uint32_t books;
	char hostname[TOPOLOGY_HOSTNAME_MAX + 1];
};

struct topology {
	uint64_t book_size;
	uint32_t n_nodes;
	struct topology_node nodes[LIBRARIAN_NODES_MAX]; /* by node_id */
};

/**
 * topology_parse_ini() - Text of an INI file
 * @text:	Ends with 0
 * @name:	Of the file, for messages
 * @ret_t:	Set on success; everything in it is within the limits
 * @e:		File, line, key and what is wrong
 *
 * Return: 0, -EINVAL, -ENOTSUP (a form that is not known here)
 */
int topology_parse_ini(const char *text, const char *name,
		       struct topology *ret_t, struct err *e);
