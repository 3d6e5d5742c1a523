/* SPDX-License-Identifier: MIT */

/* topology_check.h - What holds of every topology that is accepted */
#pragma once

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "parse.h"
#include "topology.h"

static void check_ranges(const struct topology *t)
{
	uint64_t bytes[LZA_IG_MAX + 1] = { 0 };

	for (uint32_t i = 0; i < t->n_nodes; i++)
		for (uint32_t k = 0; k < t->nodes[i].n_modules; k++) {
			assert(t->nodes[i].modules[k].ig <= LZA_IG_MAX);
			bytes[t->nodes[i].modules[k].ig] +=
				t->nodes[i].modules[k].bytes;
		}
	for (uint32_t i = 0; i < t->n_ranges; i++) {
		const struct topology_range *r = &t->ranges[i];

		assert(r->books >= 1);
		assert(r->first % pool_step(t->mode, t->book_size) == 0);
		assert(r->first < 1ULL << 63);
	}
	for (uint32_t ig = 0; ig <= LZA_IG_MAX; ig++) {
		assert(topology_books(t, ig) <= LIBRARIAN_BOOKS_PER_IG_MAX);
		assert(topology_books(t, ig) * t->book_size == bytes[ig]);
	}
}

static void check_node(const struct topology_node *n)
{
	assert(n->node_id >= 1 && n->node_id <= LIBRARIAN_NODES_MAX);
	assert(topology_is_hostname(n->hostname));
}

/* Takes it; what it is as JSON must be the same again. */
static void check_topology(struct topology *t)
{
	struct err e = { "" };
	struct topology again;
	char *text;

	assert(t->n_nodes >= 1 && t->n_nodes <= LIBRARIAN_NODES_MAX);
	assert(is_power_of_2(t->book_size));
	assert(t->book_size >= LIBRARIAN_BOOK_MIN &&
	       t->book_size <= LIBRARIAN_BOOK_MAX);
	for (uint32_t i = 0; i < t->n_nodes; i++) {
		check_node(&t->nodes[i]);
		assert(i == 0 || t->nodes[i - 1].node_id < t->nodes[i].node_id);
	}
	check_ranges(t);
	text = topology_to_json(t);
	assert(text);
	if (topology_parse_json(text, "again", &again, &e) < 0) {
		(void)fprintf(stderr, "%s\n%s\n", e.msg, text);
		abort();
	}
	assert(again.n_nodes == t->n_nodes && again.mode == t->mode);
	assert(again.n_ranges == t->n_ranges);
	for (uint32_t i = 0; i < t->n_ranges; i++)
		assert(again.ranges[i].first == t->ranges[i].first &&
		       again.ranges[i].books == t->ranges[i].books &&
		       again.ranges[i].ig == t->ranges[i].ig);
	topology_deinit(&again);
	topology_deinit(t);
	free(text);
}
