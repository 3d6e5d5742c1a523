/* SPDX-License-Identifier: MIT */

/* topology.c - Nodes and their memory, as a file of the user describes them */

#include "topology.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "parse.h"

int topology_parse(const char *text, const char *name, struct topology *ret_t,
		   struct err *e)
{
	const char *p = text;

	while (isspace((unsigned char)*p))
		p++;
	return *p == '{' ? topology_parse_json(text, name, ret_t, e) :
			   topology_parse_ini(text, name, ret_t, e);
}

void topology_deinit(struct topology *t)
{
	for (uint32_t i = 0; i < t->n_nodes; i++) {
		free(t->nodes[i].certificate);
		t->nodes[i].certificate = NULL;
	}
	t->n_nodes = 0;
}

const char *topology_coordinate(const struct topology *t,
				const struct topology_node *n,
				const char *within, char *buf, size_t size)
{
	uint32_t enclosure = topology_enclosure(n->node_id);

	(void)snprintf(buf, size,
		       "/MachineVersion/1/Datacenter/%s/Rack/%s/Enclosure/%s/"
		       "EncNum/%u/Node/%u%s%s",
		       t->datacenter, t->rack, t->enclosures[enclosure - 1],
		       enclosure, topology_place(n->node_id),
		       *within ? "/" : "", within);
	return buf;
}

void topology_defaults(struct topology *t)
{
	struct utsname u;

	*t = (struct topology){ .rack = "FAME", .domain = "have.it.your.way" };
	/* As little as can be wrong with a name in a coordinate. */
	if (uname(&u) < 0 || !*u.nodename || strchr(u.nodename, '/'))
		(void)snprintf(u.nodename, sizeof(u.nodename), "localhost");
	(void)snprintf(t->datacenter, sizeof(t->datacenter), "%.63s",
		       u.nodename);
	for (size_t i = 0; i < TOPOLOGY_ENCLOSURES; i++)
		(void)snprintf(t->enclosures[i], sizeof(t->enclosures[i]),
			       "UV");
}

void topology_node_defaults(struct topology_node *n, uint32_t node_id)
{
	n->node_id = node_id;
	(void)snprintf(n->hostname, sizeof(n->hostname), "node%02u", node_id);
	(void)snprintf(n->serial, sizeof(n->serial), "1:%u:%u",
		       topology_enclosure(node_id), topology_place(node_id));
	(void)snprintf(n->mac, sizeof(n->mac), "52:54:42:%02u:%02u:%02u",
		       node_id % 100, node_id % 100, node_id % 100);
}

struct topology_module *topology_add_module(struct topology_node *n,
					    uint64_t bytes)
{
	struct topology_module *m = &n->modules[n->n_modules++];

	m->bytes = bytes;
	m->ig = n->node_id - 1;
	(void)snprintf(m->coordinate, sizeof(m->coordinate),
		       "MemoryBoard/1/MediaController/%u", n->n_modules);
	return m;
}

static int by_node_id(const void *a, const void *b)
{
	const struct topology_node *x = a, *y = b;

	return x->node_id < y->node_id ? -1 : x->node_id > y->node_id;
}

static void add_range(struct topology *t, uint64_t first, uint64_t bytes,
		      uint32_t ig)
{
	t->ranges[t->n_ranges++] =
		(struct topology_range){ first,
					 (uint32_t)(bytes / t->book_size), ig };
}

void topology_lay_out(struct topology *t)
{
	uint64_t bytes[LZA_IG_MAX + 1] = { 0 };

	qsort(t->nodes, t->n_nodes, sizeof(t->nodes[0]), by_node_id);
	for (uint32_t i = 0; i < t->n_nodes; i++)
		for (uint32_t k = 0; k < t->nodes[i].n_modules; k++) {
			const struct topology_module *m =
				&t->nodes[i].modules[k];

			bytes[m->ig] += m->bytes;
			if (t->mode == BII_PHYSICAL)
				add_range(t, m->address, m->bytes, m->ig);
		}
	for (uint32_t ig = 0; t->mode == BII_LZA && ig <= LZA_IG_MAX; ig++)
		if (bytes[ig])
			add_range(t, lza_make(ig, 0), bytes[ig], ig);
}

uint32_t topology_books(const struct topology *t, uint32_t ig)
{
	uint32_t books = 0;

	for (uint32_t i = 0; i < t->n_ranges; i++)
		if (t->ranges[i].ig == ig)
			books += t->ranges[i].books;
	return books;
}

/* ---- texts ---------------------------------------------------------------- */

int topology_parse_book_size(const char *text, uint64_t *ret_size)
{
	uint64_t size;

	if (parse_size(text, &size) < 0)
		return -EINVAL;
	if (size < LIBRARIAN_BOOK_MIN || size > LIBRARIAN_BOOK_MAX ||
	    !is_power_of_2(size))
		return -ERANGE;
	*ret_size = size;
	return 0;
}

int topology_parse_address(const char *text, uint64_t *ret_v)
{
	static const char digits[] = "0123456789abcdef";
	uint64_t v = 0;

	if (text[0] != '0' || tolower((unsigned char)text[1]) != 'x' ||
	    !text[2])
		return -EINVAL;
	for (text += 2; *text; text++) {
		const char *d = strchr(digits, tolower((unsigned char)*text));

		if (!d || v >> 60)
			return d ? -ERANGE : -EINVAL;
		v = v << 4 | (uint64_t)(d - digits);
	}
	*ret_v = v;
	return 0;
}

bool topology_is_hostname(const char *s)
{
	if (!isalnum((unsigned char)*s) || strlen(s) > TOPOLOGY_NAME_MAX)
		return false;
	while (isalnum((unsigned char)*s) || *s == '-' || *s == '.')
		s++;
	return !*s;
}

bool topology_is_name(const char *s)
{
	size_t len = strlen(s);

	if (!len || len > TOPOLOGY_NAME_MAX)
		return false;
	for (; *s; s++)
		if (*s <= ' ' || *s > '~' || strchr("/\"\\", *s))
			return false;
	return true;
}

bool topology_find_overlap(const struct topology *t,
			   const struct topology_module *m, uint32_t *ret_node,
			   uint32_t *ret_module)
{
	for (uint32_t i = 0; i < t->n_nodes; i++)
		for (uint32_t k = 0; k < t->nodes[i].n_modules; k++) {
			const struct topology_module *o =
				&t->nodes[i].modules[k];

			if (o == m || o->address >= m->address + m->bytes ||
			    m->address >= o->address + o->bytes)
				continue;
			*ret_node = i;
			*ret_module = k;
			return true;
		}
	return false;
}
