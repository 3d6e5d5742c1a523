/* SPDX-License-Identifier: MIT */

/* test_lmp_route.c - Monitoring: addresses, and versions that are asked for */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../unit.h"
#include "lmp_route.h"

static void test_routes(void **state)
{
	static const struct {
		const char *uri;
		int result; /* what, or a negative errno */
		const char *arg;
	} cases[] = {
		{ "/lmp/", LMP_INDEX, "" },
		{ "/lmp", LMP_INDEX, "" },
		{ "/lmp/global/", LMP_GLOBAL, "" },
		{ "/lmp/global?x=y", LMP_GLOBAL, "" },
		{ "http://host:1/lmp/nodes/", LMP_NODES, "" },
		{ "/lmp/interleaveGroups/", LMP_GROUPS, "" },
		{ "/lmp/allocated/A/1", LMP_ALLOCATED, "/A/1" },
		{ "/lmp/allocated//A/1/", LMP_ALLOCATED, "/A/1" },
		{ "/lmp/active/A%20b", LMP_ACTIVE, "/A b" },
		{ "/lmp/shelf/", LMP_SHELF, "/" },
		{ "/lmp/shelf", LMP_SHELF, "/" },
		{ "/lmp/shelf/d/a", LMP_SHELF, "/d/a" },
		{ "/lmp/books/", LMP_BOOKS, "" },
		{ "/lmp/books/17", LMP_BOOKS, "17" },
		{ "/lmp/metrics", LMP_METRICS, "" },
		{ "/fab/", LMP_FABRIC, "" },
		{ "/", -ENOENT, "" },
		{ "", -ENOENT, "" },
		{ "/lmpx", -ENOENT, "" },
		{ "/lmp/global/x", -ENOENT, "" },
		{ "/lmp/allocated/", -ENOENT, "" },
		{ "/lmp/shelf/a%00b", -EINVAL, "" },
		{ "/lmp/ shelf", -EINVAL, "" },
		{ "//[", -EINVAL, "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct lmp_route route = { .what = LMP_WHAT_COUNT };
		int r = lmp_route_parse(cases[i].uri, &route);

		if (r == 0)
			r = (int)route.what;
		if (r != cases[i].result ||
		    (r >= 0 && strcmp(route.arg, cases[i].arg) != 0))
			fail_msg("%s: %d '%s'", cases[i].uri, r, route.arg);
	}
}

static void test_long_address(void **state)
{
	char uri[LMP_URI_MAX + 2];
	struct lmp_route route;

	(void)state;
	memset(uri, 'a', sizeof(uri));
	memcpy(uri, "/lmp/shelf/", 11);
	uri[LMP_URI_MAX + 1] = '\0';
	assert_int_equal(lmp_route_parse(uri, &route), -ENAMETOOLONG);
	uri[LMP_URI_MAX] = '\0';
	assert_int_equal(lmp_route_parse(uri, &route), 0);
}

static void test_accept(void **state)
{
	static const struct {
		const char *accept;
		enum lmp_accept want;
	} cases[] = {
		{ NULL, LMP_ACCEPT_ANY },
		{ "", LMP_ACCEPT_ANY },
		{ "*/*", LMP_ACCEPT_ANY },
		{ "text/html, */*;q=0.8", LMP_ACCEPT_ANY },
		{ "application/jsonp", LMP_ACCEPT_ANY },
		{ "application/json", LMP_ACCEPT_VERSION },
		{ "application/json;version=1.1", LMP_ACCEPT_VERSION },
		{ "application/json;version=1.01", LMP_ACCEPT_VERSION },
		{ "text/html;version=1.0, application/json",
		  LMP_ACCEPT_VERSION },
		{ "application/json;version=1.0", LMP_ACCEPT_JSON },
		{ "Application/JSON; charset=utf-8 ; Version=\"1.0\"",
		  LMP_ACCEPT_JSON },
		{ "text/html, application/json; q=1;version=1.0 ,*/*",
		  LMP_ACCEPT_JSON },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		if (lmp_accept_parse(cases[i].accept) != cases[i].want)
			fail_msg("%s", cases[i].accept);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_routes),
		cmocka_unit_test(test_long_address),
		cmocka_unit_test(test_accept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
