/* SPDX-License-Identifier: MIT */

/* fuzz_lfs_places.c - The attributes that say where a file's books are
 *
 * room: guest/demos
 *
 * The first line is that of the groups, the rest that of the books.
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "places.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Runs stay within the memory, and each within its group. */
static void check(const struct places *p, const struct places_run *runs,
		  size_t n)
{
	uint64_t books = 0;

	for (size_t i = 0; i < n; i++) {
		const struct places_group *g = places_group(p, runs[i].first);

		if (!runs[i].n || runs[i].first < g->first ||
		    runs[i].first + runs[i].n > g->first + g->books)
			abort();
		books += runs[i].n;
	}
	if (books > p->books)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP_FREE struct places_run *runs = NULL;
	CLEANUP_FREE char *text = malloc(size + 1);
	struct places p = { 0 };
	char *books;
	size_t n;

	if (!text)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	books = text + strcspn(text, "\n");
	if (*books)
		*books++ = '\0';
	if (places_parse_groups(text, &p) == 0 &&
	    places_parse_books(books, &p, &runs, &n) == 0)
		check(&p, runs, n);
	return 0;
}
