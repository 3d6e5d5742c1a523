/* SPDX-License-Identifier: MIT */

/* topology_groups.c - Interleave groups of tmconfig, and the books in them */

#include <errno.h>
#include <string.h>

#include "json.h"
#include "topology_tm.h"

/* ---- interleave groups ---------------------------------------------------- */

/* The node and the controller that a whole coordinate means. */
static bool find_module(const struct topology *t, const char *s,
			uint32_t *ret_node, uint32_t *ret_module)
{
	for (uint32_t i = 0; i < t->n_nodes; i++) {
		const struct topology_node *n = &t->nodes[i];
		char node[TOPOLOGY_COORDINATE_MAX + 1];
		size_t len;

		topology_coordinate(t, n, "", node, sizeof(node));
		len = strlen(node);
		if (strncmp(s, node, len) != 0 || s[len] != '/')
			continue;
		for (uint32_t k = 0; k < n->n_modules; k++)
			if (!strcmp(s + len + 1, n->modules[k].coordinate)) {
				*ret_node = i;
				*ret_module = k;
				return true;
			}
	}
	return false;
}

static int take_module(struct tm_reader *r, const struct tm_at *at, uint32_t ig,
		       int *node_of_group)
{
	uint32_t node = 0, module = 0;
	struct topology_node *n;
	const char *s = "";

	if (tm_text(r, at, &s) < 0)
		return -EINVAL;
	if (!find_module(r->t, s, &node, &module))
		return tm_fail(r, at, "'%.300s' is in no node", s);
	n = &r->t->nodes[node];
	if (r->taken[node][module])
		return tm_fail(r, at, "'%.300s' is in a group already", s);
	if ((*node_of_group >= 0 && *node_of_group != (int)node) ||
	    (r->grouped[node] && n->ig != ig))
		return tm_fail(r, at,
			       "'%.200s': a group has the controllers of one "
			       "node, and all of them",
			       s);
	r->taken[node][module] = true;
	r->grouped[node] = true;
	n->ig = ig;
	*node_of_group = (int)node;
	return 0;
}

static int parse_group(struct tm_reader *r, const struct tm_at *group)
{
	struct tm_at id = tm_member(group, "groupId");
	struct tm_at modules = tm_member(group, "mediaControllers");
	int node = -1;
	uint32_t ig;

	if (!json_is_object(group->v) ||
	    json_get_u32(group->v, "groupId", 0, LZA_IG_MAX, &ig) < 0)
		return tm_fail(r, &id, "is not a number from 0 to 127");
	if (r->groups[ig])
		return tm_fail(r, &id, "%u is there twice", ig);
	r->groups[ig] = true;
	if (tm_array(r, &modules, TOPOLOGY_MODULES_MAX) < 0)
		return -EINVAL;
	for (size_t i = 0; i < json_array_size(modules.v); i++) {
		struct tm_at at = tm_item(&modules, i);

		if (take_module(r, &at, ig, &node) < 0)
			return -EINVAL;
	}
	return 0;
}

int tm_groups(struct tm_reader *r, const struct tm_at *top)
{
	struct tm_at groups = tm_member(top, "interleaveGroups");
	const struct topology *t = r->t;

	if (tm_array(r, &groups, LZA_IG_MAX + 1) < 0)
		return -EINVAL;
	for (size_t i = 0; i < json_array_size(groups.v); i++) {
		struct tm_at group = tm_item(&groups, i);

		if (parse_group(r, &group) < 0)
			return -EINVAL;
	}
	for (uint32_t i = 0; i < t->n_nodes; i++)
		for (uint32_t k = 0; k < t->nodes[i].n_modules; k++) {
			char c[TOPOLOGY_COORDINATE_MAX + 1];

			if (!r->taken[i][k])
				return tm_fail(
					r, &groups, "has no group with '%s'",
					topology_coordinate(t, &t->nodes[i],
							    t->nodes[i]
								    .modules[k]
								    .coordinate,
							    c, sizeof(c)));
		}
	return 0;
}

/* ---- books ---------------------------------------------------------------- */

static int make_flat(struct tm_reader *r, const struct tm_at *top,
		     struct topology_node *n)
{
	uint64_t bytes = 0;

	for (uint32_t i = 0; i < n->n_modules; i++)
		bytes += n->modules[i].bytes % (1ULL << 60);
	if (bytes % r->t->book_size ||
	    bytes / r->t->book_size > LIBRARIAN_BOOKS_PER_IG_MAX)
		return tm_fail(r, top,
			       "the memorySize of group %u is not 1 to 8192 "
			       "books in all",
			       n->ig);
	n->books = (uint32_t)(bytes / r->t->book_size);
	n->n_ranges = 1;
	n->ranges[0] = (struct topology_range){ lza_make(n->ig, 0), n->books };
	return 0;
}

static int make_physical(struct tm_reader *r, const struct tm_at *top,
			 struct topology_node *n, uint32_t index)
{
	for (uint32_t i = 0; i < n->n_modules; i++) {
		uint64_t books = n->modules[i].bytes / r->t->book_size;
		struct topology_range range = { r->addresses[index][i],
						(uint32_t)books };
		uint32_t node = 0, other;

		if (n->modules[i].bytes % r->t->book_size ||
		    books > LIBRARIAN_BOOKS_PER_IG_MAX - n->books)
			return tm_fail(r, top,
				       "the memorySize of '%s' is not 1 to "
				       "8192 books",
				       n->hostname);
		if (topology_find_overlap(r->t, &range, &node, &other))
			return tm_fail(r, top,
				       "memory of '%s' overlaps that of '%s'",
				       n->hostname, r->t->nodes[node].hostname);
		n->books += range.books;
		n->ranges[n->n_ranges++] = range;
	}
	return 0;
}

int tm_books(struct tm_reader *r, const struct tm_at *top)
{
	struct topology *t = r->t;
	int error = 0;

	if (r->n_addresses && r->n_addresses != r->n_modules)
		return tm_fail(r, top,
			       "some media controllers have a physicalAddress "
			       "and some have none");
	t->mode = r->n_addresses ? BII_PHYSICAL : BII_LZA;
	for (uint32_t i = 0; i < t->n_nodes && error == 0; i++) {
		if (!t->nodes[i].n_modules)
			continue;
		error = t->mode == BII_PHYSICAL ?
				make_physical(r, top, &t->nodes[i], i) :
				make_flat(r, top, &t->nodes[i]);
	}
	return error;
}
