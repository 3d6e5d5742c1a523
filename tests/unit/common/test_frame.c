/* SPDX-License-Identifier: MIT */

/* test_frame.c - Typed messages on a byte stream */

#include "frame.h"

#include <errno.h>
#include <stdlib.h>

#include "../unit.h"

static void split_anywhere(void **state)
{
	struct evbuffer *out = evbuffer_new(), *in = evbuffer_new();
	unsigned seen = 0;
	struct frame f;
	unsigned char c;
	int r;

	(void)state;
	assert_int_equal(frame_put(out, 5, 300, "abc", 3), 0);
	assert_int_equal(frame_put(out, 6, 0, NULL, 0), 0);
	assert_int_equal(frame_put_u32(out, 7, 65535, 0x01020304), 0);
	while (evbuffer_remove(out, &c, 1) == 1) {
		(void)evbuffer_add(in, &c, 1);
		r = frame_get(in, &f);
		assert_true(r >= 0);
		if (!r)
			continue;
		if (seen == 0) {
			assert_int_equal(f.type, 5);
			assert_int_equal(f.channel, 300);
			assert_int_equal(f.len, 3);
			assert_memory_equal(f.data, "abc", 3);
		} else if (seen == 1) {
			assert_int_equal(f.type, 6);
			assert_int_equal(f.len, 0);
		} else {
			assert_int_equal(f.channel, 65535);
			assert_int_equal(frame_u32(f.data), 0x01020304);
		}
		frame_done(in, &f);
		seen++;
	}
	assert_int_equal(seen, 3);
	assert_int_equal(evbuffer_get_length(in), 0);
	evbuffer_free(in);
	evbuffer_free(out);
}

static void limits(void **state)
{
	static const unsigned char too_long[8] = { 1, 0, 1, 0, 0, 0, 1, 0 };
	static const unsigned char not_zero[8] = { 0, 0, 0, 0, 0, 0, 1, 9 };
	struct evbuffer *b = evbuffer_new();
	char *big = calloc(1, FRAME_PAYLOAD_MAX + 1);
	struct frame f;

	(void)state;
	assert_non_null(big);
	assert_int_equal(frame_put(b, 1, 1, big, FRAME_PAYLOAD_MAX + 1),
			 -EMSGSIZE);
	assert_int_equal(evbuffer_get_length(b), 0);
	assert_int_equal(frame_put(b, 1, 1, big, FRAME_PAYLOAD_MAX), 0);
	assert_int_equal(frame_get(b, &f), 1);
	assert_int_equal(f.len, FRAME_PAYLOAD_MAX);
	frame_done(b, &f);
	(void)evbuffer_add(b, too_long, sizeof(too_long));
	assert_int_equal(frame_get(b, &f), -EPROTO);
	(void)evbuffer_drain(b, sizeof(too_long));
	(void)evbuffer_add(b, not_zero, sizeof(not_zero));
	assert_int_equal(frame_get(b, &f), -EPROTO);
	free(big);
	evbuffer_free(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(split_anywhere),
		cmocka_unit_test(limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
