/* SPDX-License-Identifier: MIT */

/* topology_lines.h - An INI file's texts, before they are made numbers
 *
 * Between topology_lines.c, which knows sections, keys and lines, and
 * topology_ini.c, which knows what they mean.
 */
#pragma once

#include <stdint.h>

#include "topology.h"

#define INI_VALUE_MAX 64

enum ini_key {
	INI_NODE_COUNT,
	INI_BOOK_SIZE,
	INI_NVM_SIZE,
	INI_DATACENTER,
	INI_RACK,
	INI_DOMAIN,
	INI_KEY_COUNT,
};

struct ini_value {
	char text[INI_VALUE_MAX];
	unsigned line; /* 0 = not given */
};

struct ini_enclosure {
	unsigned line; /* of the section; 0 = none */
	struct ini_value u;
};

struct ini_node {
	char name[TOPOLOGY_NAME_MAX + 1];
	unsigned line; /* of the section */
	struct ini_value id;
	struct ini_value sizes[POOL_NODE_RANGES_MAX];
	uint32_t n_sizes;
};

struct ini_file {
	const char *name;
	struct err *e;
	int error;
	unsigned lines;
	struct ini_value global[INI_KEY_COUNT];
	struct ini_enclosure enclosures[TOPOLOGY_ENCLOSURES];
	struct ini_node nodes[LIBRARIAN_NODES_MAX];
	uint32_t n_nodes;
};

/* The name of a key of [global]. */
const char *ini_key_name(enum ini_key k);

/**
 * ini_fail() - Note what is wrong, and where; the first time counts
 *
 * Return: the file's error
 */
__attribute__((format(printf, 3, 4))) int
ini_fail(struct ini_file *f, unsigned line, const char *fmt, ...);

/**
 * ini_read() - Sections, keys and texts of a file
 * @text:	Ends with 0
 * @f:		Name and err are set; the rest is set here
 *
 * Return: 0, -EINVAL or -ENOMEM
 */
int ini_read(const char *text, struct ini_file *f);
