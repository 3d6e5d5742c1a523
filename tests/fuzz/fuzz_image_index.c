/* SPDX-License-Identifier: MIT */

/* fuzz_image_index.c - Lists of packages, relations, versions, Release files
 *
 * room: imagebuild
 */

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "depends.h"
#include "index.h"
#include "release.h"
#include "resolve.h"
#include "version.h"

static void fuzz_index(const char *text, size_t len)
{
	CLEANUP_STRV struct strv wanted = { 0 };
	const struct resolve_wish w = { .wanted = &wanted,
					.provided = &wanted,
					.required = true };
	const struct package **set;
	char *copy = malloc(len + 1);
	struct index x;
	struct err e;
	size_t n;

	memcpy(copy, text, len);
	copy[len] = '\0';
	index_init(&x);
	if (index_add(&x, copy, len, 0, &e) == 0 && index_finish(&x) == 0 &&
	    resolve(&x, &w, &set, &n, &e) == 0)
		free(set);
	index_deinit(&x);
}

static void fuzz_versions(const char *a, const char *b)
{
	int ab = version_compare(a, b), ba = version_compare(b, a);

	/* An order, whatever the texts are. */
	if ((ab < 0) != (ba > 0) || (ab == 0) != (ba == 0) ||
	    version_compare(a, a) != 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	const char *at;
	struct release rel;
	struct depends d;
	struct err e;

	memcpy(text, data, size);
	text[size] = '\0';
	fuzz_index(text, size);
	at = text;
	while (depends_next(&at, &d) > 0)
		(void)depends_match(&d, "1:2.3-4", 7);
	(void)release_parse(text, "trixie", "main", &rel, &e);
	if (strlen(text) < size)
		fuzz_versions(text, text + strlen(text) + 1);
	free(text);
	return 0;
}
