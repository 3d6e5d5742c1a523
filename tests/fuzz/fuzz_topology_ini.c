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

#include "topology_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	struct err e = { "" };
	struct topology t;

	assert(text);
	memcpy(text, data, size);
	text[size] = '\0';
	if (topology_parse_ini(text, "f", &t, &e) < 0)
		assert(*e.msg && !strchr(e.msg, '\n'));
	else
		check_topology(&t);
	free(text);
	return 0;
}
