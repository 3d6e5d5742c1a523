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

void topology_node_modules(const struct topology *t, struct topology_node *n)
{
	bool flat = t->mode == BII_LZA;

	n->n_modules = flat ? 4 : n->n_ranges;
	for (uint32_t i = 0; i < n->n_modules; i++) {
		struct topology_module *m = &n->modules[i];

		/* A book is a multiple of four bytes. */
		m->bytes = flat ? n->books * (t->book_size / 4) :
				  n->ranges[i].books * t->book_size;
		(void)snprintf(m->coordinate, sizeof(m->coordinate),
			       "MemoryBoard/1/MediaController/%u", i + 1);
	}
}

static int by_node_id(const void *a, const void *b)
{
	const struct topology_node *x = a, *y = b;

	return x->node_id < y->node_id ? -1 : x->node_id > y->node_id;
}

static uint32_t unused_ig(const bool used[LZA_IG_MAX + 1])
{
	uint32_t ig = 0;

	while (used[ig]) /* there are more groups than nodes */
		ig++;
	return ig;
}

void topology_sort(struct topology *t)
{
	bool used[LZA_IG_MAX + 1] = { false };

	qsort(t->nodes, t->n_nodes, sizeof(t->nodes[0]), by_node_id);
	for (uint32_t i = 0; i < t->n_nodes; i++)
		if (t->nodes[i].books)
			used[t->nodes[i].ig] = true;
	for (uint32_t i = 0; i < t->n_nodes; i++) {
		struct topology_node *n = &t->nodes[i];

		if (n->books)
			continue;
		n->ig = used[n->node_id - 1] ? unused_ig(used) : n->node_id - 1;
		used[n->ig] = true;
	}
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
			   const struct topology_range *range,
			   uint32_t *ret_node, uint32_t *ret_range)
{
	uint64_t end = range->first + range->books * t->book_size;

	for (uint32_t i = 0; i < t->n_nodes; i++)
		for (uint32_t k = 0; k < t->nodes[i].n_ranges; k++) {
			const struct topology_range *o = &t->nodes[i].ranges[k];

			if (o->first >= end ||
			    range->first >= o->first + o->books * t->book_size)
				continue;
			*ret_node = i;
			*ret_range = k;
			return true;
		}
	return false;
}
