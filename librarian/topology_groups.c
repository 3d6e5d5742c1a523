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

static int take_module(struct tm_reader *r, const struct tm_at *at, uint32_t ig)
{
	uint32_t node = 0, module = 0;
	struct topology_module *m;
	const char *s = "";

	if (tm_text(r, at, &s) < 0)
		return -EINVAL;
	if (!find_module(r->t, s, &node, &module))
		return tm_fail(r, at, "'%.300s' is in no node", s);
	if (r->taken[node][module])
		return tm_fail(r, at, "'%.300s' is in a group already", s);
	r->taken[node][module] = true;
	m = &r->t->nodes[node].modules[module];
	m->ig = ig;
	r->bytes[ig] += m->bytes;
	if (r->n_addresses && m->bytes % r->t->book_size)
		return tm_fail(r, at,
			       "'%.200s' has a physicalAddress, but is not of "
			       "whole books",
			       s);
	return 0;
}

static int parse_group(struct tm_reader *r, const struct tm_at *group)
{
	struct tm_at id = tm_member(group, "groupId");
	struct tm_at modules = tm_member(group, "mediaControllers");
	uint32_t ig;

	if (!json_is_object(group->v) ||
	    json_get_u32(group->v, "groupId", 0, LZA_IG_MAX, &ig) < 0)
		return tm_fail(r, &id, "is not a number from 0 to 127");
	if (r->groups[ig])
		return tm_fail(r, &id, "%u is there twice", ig);
	r->groups[ig] = true;
	if (tm_array(r, &modules, LIBRARIAN_NODES_MAX * TOPOLOGY_MODULES_MAX) <
	    0)
		return -EINVAL;
	for (size_t i = 0; i < json_array_size(modules.v); i++) {
		struct tm_at at = tm_item(&modules, i);

		if (take_module(r, &at, ig) < 0)
			return -EINVAL;
	}
	return 0;
}

/* Of one that was parsed. */
static int check_group(struct tm_reader *r, const struct tm_at *group)
{
	uint32_t ig = (uint32_t)json_integer_value(
		json_object_get(group->v, "groupId"));

	if (r->bytes[ig] % r->t->book_size ||
	    r->bytes[ig] / r->t->book_size > LIBRARIAN_BOOKS_PER_IG_MAX)
		return tm_fail(r, group,
			       "the memorySize of group %u is not 1 to 8192 "
			       "books in all",
			       ig);
	return 0;
}

/* Every module is in a group, and has memory of its own. */
static int check_module(struct tm_reader *r, const struct tm_at *groups,
			const struct topology_node *n,
			const struct topology_module *m, bool taken)
{
	char c[TOPOLOGY_COORDINATE_MAX + 1];
	uint32_t node = 0, module = 0;

	if (!taken)
		return tm_fail(r, groups, "has no group with '%s'",
			       topology_coordinate(r->t, n, m->coordinate, c,
						   sizeof(c)));
	if (m->address && topology_find_overlap(r->t, m, &node, &module))
		return tm_fail(r, groups,
			       "memory of '%s' overlaps that of '%s'",
			       n->hostname, r->t->nodes[node].hostname);
	return 0;
}

int tm_groups(struct tm_reader *r, const struct tm_at *top)
{
	struct tm_at groups = tm_member(top, "interleaveGroups");
	struct topology *t = r->t;

	if (r->n_addresses && r->n_addresses != r->n_modules)
		return tm_fail(r, top,
			       "some media controllers have a physicalAddress "
			       "and some have none");
	t->mode = r->n_addresses ? BII_PHYSICAL : BII_LZA;
	if (tm_array(r, &groups, LZA_IG_MAX + 1) < 0)
		return -EINVAL;
	for (size_t i = 0; i < json_array_size(groups.v); i++) {
		struct tm_at group = tm_item(&groups, i);

		if (parse_group(r, &group) < 0)
			return -EINVAL;
	}
	for (uint32_t i = 0; i < t->n_nodes; i++)
		for (uint32_t k = 0; k < t->nodes[i].n_modules; k++)
			if (check_module(r, &groups, &t->nodes[i],
					 &t->nodes[i].modules[k],
					 r->taken[i][k]) < 0)
				return -EINVAL;
	for (size_t i = 0; i < json_array_size(groups.v); i++) {
		struct tm_at group = tm_item(&groups, i);

		if (check_group(r, &group) < 0)
			return -EINVAL;
	}
	return 0;
}
