/* SPDX-License-Identifier: MIT */

/* test_tsc.c - The counter's speed, measured twice */

#include "tsc.h"

#include <stdlib.h>

#include "../unit.h"

static void is_steady(void **state)
{
	long first = tsc_khz(), second = tsc_khz();

	(void)state;
	if (!first)
		skip();
	assert_in_range(first, 100000, 20000000);
	/* Linux refines what it is told by 1 % at most. */
	assert_true(labs(first - second) < first / 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_steady),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
