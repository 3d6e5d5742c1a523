/* SPDX-License-Identifier: MIT */

/* fuzz_topology_ini.c - A description of the machine: refused in one line, or
 * within all limits
 *
 * room: librarian
 */

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "parse.h"
#include "topology.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	struct err e = { "" };
	struct topology t;

	assert(text);
	memcpy(text, data, size);
	text[size] = '\0';
	if (topology_parse_ini(text, "f", &t, &e) < 0) {
		assert(*e.msg && !strchr(e.msg, '\n'));
	} else {
		assert(t.n_nodes >= 1 && t.n_nodes <= LIBRARIAN_NODES_MAX);
		assert(is_power_of_2(t.book_size));
		assert(t.book_size >= LIBRARIAN_BOOK_MIN &&
		       t.book_size <= LIBRARIAN_BOOK_MAX);
		for (uint32_t i = 0; i < t.n_nodes; i++)
			assert(t.nodes[i].books >= 1 &&
			       t.nodes[i].books <= LIBRARIAN_BOOKS_PER_IG_MAX);
	}
	free(text);
	return 0;
}
