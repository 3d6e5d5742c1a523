/* SPDX-License-Identifier: MIT */

/* fuzz_jstream.c - Any bytes, in any pieces: the same objects
 *
 * room: librarian
 */

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "jstream.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define OBJECT_MAX 256U
#define DEPTH_MAX 8U

/* A sum over what was found; depends on order and contents. */
static uint64_t feed(const char *data, size_t size, size_t piece)
{
	uint64_t sum = 0;
	struct jstream js;
	size_t used;

	jstream_init(&js, OBJECT_MAX, DEPTH_MAX);
	for (size_t at = 0; at < size; at += used) {
		size_t n = size - at < piece ? size - at : piece;
		enum jstream_result r;

		r = jstream_feed(&js, data + at, n, &used);
		assert(used > 0 && used <= n);
		if (r == JSTREAM_MORE)
			continue;
		sum = sum * 31 + r;
		if (r != JSTREAM_OBJECT)
			continue;
		assert(js.len >= 2 && js.len <= OBJECT_MAX);
		assert(js.text[0] == '{');
		for (size_t i = 0; i < js.len; i++)
			sum = sum * 31 + (unsigned char)js.text[i];
	}
	jstream_deinit(&js);
	return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* The first byte says how large the pieces are. */
	if (size < 2)
		return 0;
	assert(feed((const char *)data + 1, size - 1, size) ==
	       feed((const char *)data + 1, size - 1, 1U + data[0]));
	return 0;
}
