/* SPDX-License-Identifier: MIT */

/* topology_check.h - What holds of every topology that is accepted */
#pragma once

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "parse.h"
#include "topology.h"

static void check_node(const struct topology *t, const struct topology_node *n)
{
	uint64_t bytes = 0, books = 0;

	assert(n->node_id >= 1 && n->node_id <= LIBRARIAN_NODES_MAX);
	assert(n->ig <= LZA_IG_MAX);
	assert(n->books <= LIBRARIAN_BOOKS_PER_IG_MAX);
	assert(topology_is_hostname(n->hostname));
	for (uint32_t i = 0; i < n->n_ranges; i++) {
		assert(n->ranges[i].books >= 1);
		assert(n->ranges[i].first % pool_step(t->mode, t->book_size) ==
		       0);
		assert(n->ranges[i].first < 1ULL << 63);
		books += n->ranges[i].books;
	}
	for (uint32_t i = 0; i < n->n_modules; i++)
		bytes += n->modules[i].bytes;
	assert(books == n->books && bytes == books * t->book_size);
}

/* Takes it; what it is as JSON must be the same again. */
static void check_topology(struct topology *t)
{
	bool igs[LZA_IG_MAX + 1] = { false };
	struct err e = { "" };
	struct topology again;
	char *text;

	assert(t->n_nodes >= 1 && t->n_nodes <= LIBRARIAN_NODES_MAX);
	assert(is_power_of_2(t->book_size));
	assert(t->book_size >= LIBRARIAN_BOOK_MIN &&
	       t->book_size <= LIBRARIAN_BOOK_MAX);
	for (uint32_t i = 0; i < t->n_nodes; i++) {
		check_node(t, &t->nodes[i]);
		assert(i == 0 || t->nodes[i - 1].node_id < t->nodes[i].node_id);
		assert(!igs[t->nodes[i].ig]);
		igs[t->nodes[i].ig] = true;
	}
	text = topology_to_json(t);
	assert(text);
	if (topology_parse_json(text, "again", &again, &e) < 0) {
		(void)fprintf(stderr, "%s\n%s\n", e.msg, text);
		abort();
	}
	assert(again.n_nodes == t->n_nodes && again.mode == t->mode);
	for (uint32_t i = 0; i < t->n_nodes; i++)
		assert(again.nodes[i].books == t->nodes[i].books &&
		       again.nodes[i].ig == t->nodes[i].ig);
	topology_deinit(&again);
	topology_deinit(t);
	free(text);
}
