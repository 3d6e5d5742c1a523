/* SPDX-License-Identifier: MIT */

/* test_endpoint.c - Ends of a forwarded connection */

#include "endpoint.h"

#include <errno.h>

#include "../unit.h"

static struct err e;

static void nodes(void **state)
{
	static const char *const wrong[] = {
		"",
		"node01",
		"80",
		":80",
		"node01:",
		"node01:0",
		"node01:65536",
		"node01:http",
		"a:b:80",
		"node01:80 ",
		"a-name-that-is-longer-than-any-node-has:80",
	};
	struct endpoint_node n = { "kept", 1 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		e.msg[0] = '\0';
		assert_int_equal(endpoint_parse_node(wrong[i], &n, &e),
				 -EINVAL);
		assert_non_null(strstr(e.msg, "write it as"));
	}
	assert_string_equal(n.node, "kept");
	assert_int_equal(endpoint_parse_node("node01:65535", &n, &e), 0);
	assert_string_equal(n.node, "node01");
	assert_int_equal(n.port, 65535);
}

static void hosts(void **state)
{
	static const char *const wrong[] = {
		"",
		"x",
		":80",
		"127.0.0.1:",
		"::1:80",
		"[::1",
		"[::1]",
		"[]:80",
		"[:80",
		"localhost:80",
		"-1",
		"127.1.1:9",
		"1.2.3.4:65536",
	};
	static const char *const pairs[][2] = {
		{ "8080", "127.0.0.1:8080" },
		{ "0", "127.0.0.1:0" },
		{ "0.0.0.0:80", "0.0.0.0:80" },
		{ "[::1]:443", "[::1]:443" },
		{ "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535",
		  "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535" },
	};
	char text[ENDPOINT_TEXT_MAX];
	struct endpoint_host h;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		e.msg[0] = '\0';
		assert_int_equal(endpoint_parse_host(wrong[i], &h, &e),
				 -EINVAL);
		assert_non_null(strstr(e.msg, "write it as"));
	}
	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++) {
		assert_int_equal(endpoint_parse_host(pairs[i][0], &h, &e), 0);
		assert_string_equal(endpoint_text(&h, text), pairs[i][1]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nodes),
		cmocka_unit_test(hosts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
