/* SPDX-License-Identifier: MIT */

/* fuzz_lmp_route.c - The address and the "Accept" of a monitoring request
 *
 * room: librarian
 */

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lmp_route.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The address, a newline, the header. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1), *accept;
	struct lmp_route route;

	assert(text);
	memcpy(text, data, size);
	text[size] = '\0';
	accept = strchr(text, '\n');
	if (accept)
		*accept++ = '\0';
	if (lmp_route_parse(text, &route) == 0) {
		size_t n = strlen(route.arg);

		assert(route.what < LMP_WHAT_COUNT);
		assert(n <= LMP_URI_MAX + 1);
		if (route.what == LMP_SHELF || route.what == LMP_ACTIVE ||
		    route.what == LMP_ALLOCATED)
			assert(route.arg[0] == '/' && route.arg[1] != '/');
	}
	assert(lmp_accept_parse(accept) <= LMP_ACCEPT_VERSION);
	free(text);
	return 0;
}
