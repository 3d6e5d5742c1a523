/* SPDX-License-Identifier: MIT */

/* topology.h - Nodes and their memory, as a file of the user describes them
 *
 * tm-librarian's INI in its three forms, or its JSON (tmconfig). A node is
 * known by its place: node_id = (rack - 1) * 80 + (enclosure - 1) * 10 + node,
 * and there is one rack.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"
#include "pool.h"
#include "proto_librarian.h"

#define TOPOLOGY_FILE_MAX (1U << 20)
#define TOPOLOGY_NAME_MAX 63
#define TOPOLOGY_COORDINATE_MAX 447
#define TOPOLOGY_CERTIFICATE_MAX 16384U
#define TOPOLOGY_MODULES_MAX 8U
#define TOPOLOGY_ENCLOSURES 8U /* in the rack */
#define TOPOLOGY_NODES 10U     /* in an enclosure */

/* Books whose ids follow each other. */
struct topology_range {
	uint64_t first; /* id of its first book */
	uint32_t books;
	uint32_t ig;
};

/* A media controller: books of its group, or a part of each of them. */
struct topology_module {
	uint64_t bytes;
	uint64_t address;			/* physical; 0 = none */
	uint32_t ig;				/* interleave group */
	char coordinate[TOPOLOGY_NAME_MAX + 1]; /* within the node */
};

struct topology_node {
	uint32_t node_id;
	char hostname[TOPOLOGY_NAME_MAX + 1];
	char serial[TOPOLOGY_NAME_MAX + 1];
	char mac[18];
	char *certificate; /* owned; NULL = none */
	uint32_t n_modules;
	struct topology_module modules[TOPOLOGY_MODULES_MAX];
};

struct topology {
	uint64_t book_size;
	uint32_t mode; /* BII_LZA or BII_PHYSICAL */
	char datacenter[TOPOLOGY_NAME_MAX + 1];
	char rack[TOPOLOGY_NAME_MAX + 1];
	char domain[TOPOLOGY_NAME_MAX + 1];
	char enclosures[TOPOLOGY_ENCLOSURES][TOPOLOGY_NAME_MAX + 1];
	uint32_t n_nodes;
	struct topology_node nodes[LIBRARIAN_NODES_MAX]; /* by node_id */
	uint32_t n_ranges; /* one for each group, or each physical address */
	struct topology_range ranges[POOL_RANGES_MAX];
};

/**
 * topology_parse() - Text of a file: JSON if it begins with a brace, else INI
 * @text:	Ends with 0
 * @name:	Of the file, for messages
 * @ret_t:	Set on success, for topology_deinit(); everything in it is
 *		within the limits
 * @e:		File, line, key and what is wrong
 *
 * Return: 0, -EINVAL, -ENOMEM
 */
int topology_parse(const char *text, const char *name, struct topology *ret_t,
		   struct err *e);

/* topology_ini.c and topology_json.c: the same for one form. */
int topology_parse_ini(const char *text, const char *name,
		       struct topology *ret_t, struct err *e);
int topology_parse_json(const char *text, const char *name,
			struct topology *ret_t, struct err *e);

/**
 * topology_to_json() - The same as tmconfig; topology_json_out.c
 *
 * Return: text of several lines, for free(); NULL = no memory
 */
char *topology_to_json(const struct topology *t);

void topology_deinit(struct topology *t);

/* Books in a group; 0 = there is none. */
uint32_t topology_books(const struct topology *t, uint32_t ig);

#define CLEANUP_TOPOLOGY __attribute__((cleanup(topology_deinit)))

/* ---- places --------------------------------------------------------------- */

static inline uint32_t topology_enclosure(uint32_t node_id)
{
	return (node_id - 1) / TOPOLOGY_NODES + 1;
}

static inline uint32_t topology_place(uint32_t node_id)
{
	return (node_id - 1) % TOPOLOGY_NODES + 1;
}

/**
 * topology_coordinate() - Where something is in the machine, from its top
 * @n:		Node
 * @within:	What of the node, as "SocBoard/1/Soc/1"; "" = the node itself
 *
 * Return: @buf
 */
const char *topology_coordinate(const struct topology *t,
				const struct topology_node *n,
				const char *within, char *buf, size_t size);

/* Where the one SOC is in every node. */
#define TOPOLOGY_SOC "SocBoard/1/Soc/1"

/* ---- for those who make one ----------------------------------------------- */

/* What is said of the machine unless the file says otherwise. */
void topology_defaults(struct topology *t);

/* The same of a node with this number: names, serial number, MAC address. */
void topology_node_defaults(struct topology_node *n, uint32_t node_id);

/* The next media controller of a node, in a group of its own. */
struct topology_module *topology_add_module(struct topology_node *n,
					    uint64_t bytes);

/* Puts the nodes in order, and makes ranges of what their modules have: with
 * each group's in whole books.
 */
void topology_lay_out(struct topology *t);

/* A size that books can have; @ret_size is set if it is one. */
int topology_parse_book_size(const char *text, uint64_t *ret_size);

/* "0x" and hexadecimal digits. */
int topology_parse_address(const char *text, uint64_t *ret_v);

bool topology_is_hostname(const char *s);

/* A name within a coordinate: no spaces, slashes and quotes. */
bool topology_is_name(const char *s);

/**
 * topology_find_overlap() - Does a module have memory of another one?
 * @m:		With a physical address
 * @ret_node: @ret_module: Indexes of the other one
 */
bool topology_find_overlap(const struct topology *t,
			   const struct topology_module *m, uint32_t *ret_node,
			   uint32_t *ret_module);
