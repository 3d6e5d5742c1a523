/* SPDX-License-Identifier: MIT */

/* fuzz_jread.c - Any text: what jansson reads from it, or as it, nothing
 *
 * room: librarian
 */

#include <assert.h>
#include <errno.h>
#include <jansson.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "jread.h"
#include "jwrite.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define VALUES_MAX 65536U
#define DEPTH_MAX 32U

/* What jansson takes and jread.h does not; and jansson skips a 0 that is behind a
 * number.
 */
static bool is_beyond(const json_t *v, unsigned depth)
{
	const json_t *inner;
	const char *key;
	size_t i;

	if (!json_is_object(v) && !json_is_array(v))
		return false;
	if (depth == DEPTH_MAX || json_object_size(v) > JREAD_KEYS_MAX)
		return true;
	json_array_foreach(v, i, inner) {
		if (is_beyond(inner, depth + 1))
			return true;
	}
	/* It takes no const, and changes nothing. */
	json_object_foreach((json_t *)(uintptr_t)v, key, inner) {
		if (is_beyond(inner, depth + 1))
			return true;
	}
	return false;
}

static void check_same(const struct jread *doc, const json_t *theirs)
{
	struct jwrite a, b;

	jwrite_init(&a, SIZE_MAX);
	jwrite_init(&b, SIZE_MAX);
	jwrite_value(&a, doc->values);
	jwrite_json(&b, theirs);
	assert(!a.error && !b.error && a.len == b.len &&
	       !memcmp(a.text, b.text, a.len));
	jwrite_deinit(&a);
	jwrite_deinit(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	json_t *theirs = json_loadb((const char *)data, size,
				    JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL,
				    NULL);
	static const struct jread_limits limits = { VALUES_MAX, DEPTH_MAX };
	char *text = malloc(size ? size : 1);
	struct jread doc;
	int r;

	assert(text);
	if (size)
		memcpy(text, data, size);
	r = jread_object(text, size, &limits, &doc);
	assert(r == 0 || r == -EINVAL);
	assert(r < 0 || json_is_object(theirs));
	assert(r == 0 || !json_is_object(theirs) || is_beyond(theirs, 0) ||
	       size > VALUES_MAX || memchr(data, 0, size));
	if (r == 0) {
		check_same(&doc, theirs);
		jread_deinit(&doc);
	}
	json_decref(theirs);
	return 0;
}
