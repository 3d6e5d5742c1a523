/* SPDX-License-Identifier: MIT */

/* fuzz_qcow2.c - The start of a file that should be a qcow2 image
 *
 * room: launcher
 */

#include <stdlib.h>
#include <string.h>

#include "qcow2_header.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What can be written is read as the same. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *exact = malloc(size + 1), buf[QCOW2_HEADER_MAX];
	struct qcow2 q, again;
	size_t len;

	if (!exact)
		return 0;
	memcpy(exact, data, size);
	if (qcow2_parse(exact, size, &q) == 0) {
		if (!memchr(q.backing, '\0', sizeof(q.backing)))
			abort();
		if (qcow2_format(&q, buf, &len) == 0 &&
		    (qcow2_parse(buf, len, &again) < 0 ||
		     again.size != q.size || strcmp(again.backing, q.backing)))
			abort();
	}
	free(exact);
	return 0;
}
