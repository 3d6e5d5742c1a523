/* SPDX-License-Identifier: MIT */

/* test_restart.c - How often a service that ends is started again */

#include "../unit.h"
#include "restart.h"

static void test_first_at_once(void **state)
{
	struct restart r = { 0 };

	(void)state;
	assert_int_equal(restart_delay(&r, 5), 0);
	assert_int_equal(restart_delay(&r, 6), RESTART_DELAY_MIN_MS);
	assert_int_equal(restart_delay(&r, 7), 2 * RESTART_DELAY_MIN_MS);
}

static void test_gives_up(void **state)
{
	struct restart r = { 0 };
	int last = 0;

	(void)state;
	for (int i = 0; i < RESTART_MAX - 1; i++) {
		int ms = restart_delay(&r, i);

		assert_true(ms >= last && ms <= RESTART_DELAY_MAX_MS);
		last = ms;
	}
	assert_int_equal(last, RESTART_DELAY_MAX_MS);
	assert_int_equal(restart_delay(&r, RESTART_MAX), -1);
}

static void test_forgets(void **state)
{
	struct restart r = { 0 };
	int64_t now = 0;

	(void)state;
	for (int i = 0; i < 5 * RESTART_MAX; i++) {
		assert_int_equal(restart_delay(&r, now), 0);
		now += RESTART_WINDOW_MS;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_first_at_once),
		cmocka_unit_test(test_gives_up),
		cmocka_unit_test(test_forgets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
