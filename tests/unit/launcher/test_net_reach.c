/* SPDX-License-Identifier: MIT */

/* test_net_reach.c - What nodes reach beside each other and the Librarian */

#include "net_reach.h"

#include <errno.h>

#include "../unit.h"

static void ports(void **state)
{
	static const char *const wrong[] = {
		",",	 "80,",	      ",80",   "80,,81", "0",
		"65536", "x",	      "80 ",   "80,80",	 "9093",
		"53",	 "080808080", "80:81", "-1",	 "1,2,3,4,5,6,7,8,9",
	};
	struct net_reach r = { .isolated = true, .ports = { 7 }, .n_ports = 1 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
		assert_int_equal(net_reach_parse_ports(wrong[i], &r), -EINVAL);
	assert_int_equal(r.n_ports, 1);
	assert_int_equal(net_reach_parse_ports("80,65535,1", &r), 0);
	assert_int_equal(r.n_ports, 3);
	assert_int_equal(r.ports[1], 65535);
	assert_true(r.isolated);
	assert_int_equal(net_reach_parse_ports("", &r), 0);
	assert_int_equal(r.n_ports, 0);
}

static void options(void **state)
{
	CLEANUP_STRV struct strv args = { 0 };
	const struct net_reach nothing = { 0 };
	const struct net_reach r = { true, { 80, 5432 }, 2 };

	(void)state;
	net_reach_push(&nothing, &args);
	assert_int_equal(args.n, 0);
	net_reach_push(&r, &args);
	assert_true(strv_ok(&args));
	assert_int_equal(args.n, 3);
	assert_string_equal(args.v[0], "--isolated");
	assert_string_equal(args.v[2], "--host-port=5432:5432");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ports),
		cmocka_unit_test(options),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
