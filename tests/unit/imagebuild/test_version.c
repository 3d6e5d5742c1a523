/* SPDX-License-Identifier: MIT */

/* test_version.c - Debian's order of package versions */

#include "version.h"

#include "../unit.h"

/* What dpkg --compare-versions says of each pair. */
static const struct {
	const char *a;
	const char *b;
	int want;
} pairs[] = {
	{ "1", "1", 0 },
	{ "1", "2", -1 },
	{ "9", "10", -1 },
	{ "1.0", "1.0-0", 0 },
	{ "1.0", "1.0-1", -1 },
	{ "1.0-1", "1.0-1+b1", -1 },
	{ "1.0-1~bpo1", "1.0-1", -1 },
	{ "1.0~rc1", "1.0", -1 },
	{ "1.0~~", "1.0~", -1 },
	{ "1.0~~a", "1.0~", -1 },
	{ "1.0~", "1.0", -1 },
	{ "1.0", "1.0a", -1 },
	{ "1.0a", "1.0+", -1 },
	{ "1.0+", "1.0.", -1 },
	{ "1.0Z", "1.0a", -1 },
	{ "0:1", "1", 0 },
	{ "1:0", "999", 1 },
	{ "2:1", "10:1", -1 },
	{ "1.01", "1.1", 0 },
	{ "1.001a", "1.1a", 0 },
	{ "1.0-1-2", "1.0-1-10", -1 },
	{ "1.0-2", "1.0-1-1", -1 },
	{ "a", "1", 1 },
	{ "", "0", 0 },
	{ "", "~", 1 },
	{ "99999999999999999999999", "100000000000000000000000", -1 },
	{ "6.12.107-1", "6.12.118-1", -1 },
	{ "2.1.12-stable-10", "2.1.13-stable-1~deb13u1", -1 },
	{ "2.1.13-stable-1~deb13u1", "2.1.13-stable-1", -1 },
	{ "1:1.37.0-6+b9", "1:1.37.0-6+b10", -1 },
	{ "1.2-3deb13u1", "1.2-3+deb13u1", -1 },
};

static int sign(int v)
{
	return (v > 0) - (v < 0);
}

static void agrees_with_dpkg(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++) {
		if (sign(version_compare(pairs[i].a, pairs[i].b)) !=
			    pairs[i].want ||
		    sign(version_compare(pairs[i].b, pairs[i].a)) !=
			    -pairs[i].want)
			fail_msg("\"%s\" and \"%s\"", pairs[i].a, pairs[i].b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(agrees_with_dpkg),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
