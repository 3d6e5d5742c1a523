/* SPDX-License-Identifier: MIT */

/* nearest.c - What somebody may have meant who mistyped a name */

#include "nearest.h"

#include <string.h>

#define WORD_MAX 64U

static size_t min3(size_t a, size_t b, size_t c)
{
	size_t m = a < b ? a : b;

	return m < c ? m : c;
}

/* Letters to insert, remove or replace, line by line of Levenshtein's table. */
static size_t distance(const char *a, const char *b)
{
	size_t row[WORD_MAX + 1], n = strlen(b);

	for (size_t j = 0; j <= n; j++)
		row[j] = j;
	for (size_t i = 0; a[i]; i++) {
		size_t diagonal = row[0];

		row[0] = i + 1;
		for (size_t j = 0; j < n; j++) {
			size_t above = row[j + 1];

			row[j + 1] = min3(above + 1, row[j] + 1,
					  diagonal + (a[i] != b[j]));
			diagonal = above;
		}
	}
	return row[n];
}

const char *nearest(const char *word, const char *const *names, size_t n)
{
	size_t len = strlen(word), best = len / 3 < 2 ? 3 : len / 3 + 1;
	const char *found = NULL;

	if (len > WORD_MAX)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		size_t d;

		if (strlen(names[i]) > WORD_MAX)
			continue;
		d = distance(word, names[i]);
		if (d < best && d < len) {
			best = d;
			found = names[i];
		}
	}
	return found;
}
