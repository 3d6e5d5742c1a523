/* SPDX-License-Identifier: MIT */

/* test_socks.c - What a SOCKS 5 client says */

#include "socks.h"

#include <errno.h>

#include "../unit.h"

#define BYTES(...) ((const uint8_t[]){ __VA_ARGS__ })
#define GREET(...)                                                          \
	socks_read_greeting(BYTES(__VA_ARGS__), sizeof(BYTES(__VA_ARGS__)), \
			    choice)
#define REQUEST(...) \
	socks_read_request(BYTES(__VA_ARGS__), sizeof(BYTES(__VA_ARGS__)), &t)

static uint8_t choice[SOCKS_CHOICE_LEN];
static struct socks_target t;

static void greetings(void **state)
{
	(void)state;
	assert_int_equal(socks_read_greeting(NULL, 0, choice), 0);
	assert_int_equal(GREET(5), 0);
	assert_int_equal(GREET(5, 2, 1), 0);
	assert_int_equal(GREET(4, 1), -EPROTO);
	assert_int_equal(GREET('G', 'E', 'T'), -EPROTO);
	assert_int_equal(GREET(5, 2, 2, 0, 99), 4);
	assert_memory_equal(choice, "\5\0", 2);
	assert_int_equal(GREET(5, 1, 2), 3);
	assert_memory_equal(choice, "\5\xff", 2);
	assert_int_equal(GREET(5, 0), 2);
	assert_memory_equal(choice, "\5\xff", 2);
}

static void requests(void **state)
{
	(void)state;
	assert_int_equal(REQUEST(5, 1, 0, 1, 192, 168, 42, 1, 0, 80, 'x'), 10);
	assert_string_equal(t.host, "192.168.42.1");
	assert_int_equal(t.port, 80);
	assert_int_equal(REQUEST(5, 1, 0, 3, 6, 'n', 'o', 'd', 'e', '0', '2',
				 0x1f, 0x90),
			 13);
	assert_string_equal(t.host, "node02");
	assert_int_equal(t.port, 8080);
	assert_int_equal(REQUEST(5, 1, 0, 4, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
				 0, 0, 0, 0, 1, 0, 22),
			 22);
	assert_string_equal(t.host, "fd00::1");
}

static void in_pieces(void **state)
{
	static const uint8_t whole[] = { 5,   1,   0,	3,   6, 'n', 'o',
					 'd', 'e', '0', '2', 0, 80 };

	(void)state;
	for (size_t n = 0; n < sizeof(whole); n++)
		assert_int_equal(socks_read_request(whole, n, &t), 0);
	assert_int_equal(socks_read_request(whole, sizeof(whole), &t),
			 sizeof(whole));
}

static void wrong(void **state)
{
	uint8_t name[SOCKS_MESSAGE_MAX] = { 5, 1, 0, 3, 255 };

	(void)state;
	assert_int_equal(REQUEST(4, 1, 0, 80), -EPROTO);
	/* BIND, a kind of address */
	assert_int_equal(REQUEST(5, 2, 0, 1, 1, 2, 3, 4, 0, 80), -EOPNOTSUPP);
	assert_int_equal(REQUEST(5, 1, 0, 2, 1, 2, 3, 4, 0, 80), -EAFNOSUPPORT);
	/* port 0, no name, an option, a space, a byte 0 */
	assert_int_equal(REQUEST(5, 1, 0, 1, 1, 2, 3, 4, 0, 0), -EINVAL);
	assert_int_equal(REQUEST(5, 1, 0, 3, 0, 0, 80), -EINVAL);
	assert_int_equal(REQUEST(5, 1, 0, 3, 2, '-', 'n', 0, 80), -EINVAL);
	assert_int_equal(REQUEST(5, 1, 0, 3, 3, 'a', ' ', 'b', 0, 80), -EINVAL);
	assert_int_equal(REQUEST(5, 1, 0, 3, 3, 'a', 0, 'b', 0, 80), -EINVAL);
	/* the longest one */
	memset(name + 5, 'n', 255);
	name[261] = 80;
	assert_int_equal(socks_read_request(name, sizeof(name), &t),
			 sizeof(name));
	assert_int_equal(strlen(t.host), 255);
}

static void replies(void **state)
{
	uint8_t r[SOCKS_REPLY_LEN];

	(void)state;
	socks_put_reply(0, r);
	assert_memory_equal(r, "\5\0\0\1\0\0\0\0\0\0", sizeof(r));
	socks_put_reply(-ECONNREFUSED, r);
	assert_int_equal(r[1], 5);
	socks_put_reply(-ENXIO, r);
	assert_int_equal(r[1], 4);
	socks_put_reply(-EIO, r);
	assert_int_equal(r[1], 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(greetings), cmocka_unit_test(requests),
		cmocka_unit_test(in_pieces), cmocka_unit_test(wrong),
		cmocka_unit_test(replies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
