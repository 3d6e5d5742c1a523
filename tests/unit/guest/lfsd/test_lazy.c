/* SPDX-License-Identifier: MIT */

/* test_lazy.c - Shelves that are held a little longer */

#include "lazy.h"

#include "../../unit.h"

static void each_has_its_time(void **state)
{
	struct lazy l = { 0 };

	(void)state;
	assert_int_equal(lazy_wait_ms(&l, 100), -1);
	assert_int_equal(lazy_take_due(&l, 100), 0);
	assert_int_equal(lazy_add(&l, 1, 100), 0);
	assert_int_equal(lazy_add(&l, 2, 200), 0);
	assert_int_equal(lazy_wait_ms(&l, 100), LAZY_MS);
	assert_int_equal(lazy_take_due(&l, 99 + LAZY_MS), 0);
	assert_int_equal(lazy_take_due(&l, 100 + LAZY_MS), 1);
	assert_int_equal(lazy_take_due(&l, 100 + LAZY_MS), 0);
	assert_int_equal(lazy_wait_ms(&l, 100 + LAZY_MS), 100);
	assert_int_equal(lazy_wait_ms(&l, 1000 + LAZY_MS), 0);
	assert_int_equal(lazy_take_due(&l, 1000 + LAZY_MS), 2);
	assert_int_equal(l.n, 0);
}

static void closing_again_starts_the_time_again(void **state)
{
	struct lazy l = { 0 };

	(void)state;
	(void)lazy_add(&l, 1, 0);
	(void)lazy_add(&l, 2, 1);
	assert_int_equal(lazy_add(&l, 1, 2), 0);
	assert_int_equal(l.n, 2);
	assert_int_equal(lazy_take_due(&l, 2 + LAZY_MS), 2);
	assert_int_equal(lazy_take_due(&l, 2 + LAZY_MS), 1);
}

static void what_is_opened_goes(void **state)
{
	struct lazy l = { 0 };

	(void)state;
	for (uint64_t id = 1; id <= 3; id++)
		(void)lazy_add(&l, id, 0);
	assert_true(lazy_remove(&l, 2));
	assert_false(lazy_remove(&l, 2));
	assert_int_equal(lazy_take_due(&l, LAZY_MS), 1);
	assert_int_equal(lazy_take_due(&l, LAZY_MS), 3);
	assert_int_equal(lazy_take_due(&l, LAZY_MS), 0);
}

static void the_oldest_makes_room(void **state)
{
	struct lazy l = { 0 };

	(void)state;
	for (uint64_t id = 1; id <= LAZY_MAX; id++)
		assert_int_equal(lazy_add(&l, id, (int64_t)id), 0);
	assert_int_equal(lazy_add(&l, 1, 1000), 0); /* is there */
	assert_int_equal(lazy_add(&l, 99999, 1000), 2);
	assert_int_equal(lazy_add(&l, 88888, 1000), 3);
	assert_int_equal(l.n, LAZY_MAX);
	assert_false(lazy_remove(&l, 2));
	assert_true(lazy_remove(&l, 88888));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_has_its_time),
		cmocka_unit_test(closing_again_starts_the_time_again),
		cmocka_unit_test(what_is_opened_goes),
		cmocka_unit_test(the_oldest_makes_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
