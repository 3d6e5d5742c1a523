/* SPDX-License-Identifier: MIT */

/* test_check.c - What is said of a clock and of a cache */

#include "check.h"

#include "../unit.h"
#include "build.h"

static void clock_says(time_t now, time_t other, bool heard,
		       enum checkup_result result, const char *text)
{
	struct checkup c = { 0 };

	check_clock(now, other, heard, &c);
	assert_int_equal(c.n, 1);
	assert_string_equal(c.rows[0].name, "clock");
	assert_int_equal(c.rows[0].result, result);
	assert_non_null(strstr(c.rows[0].text, text));
	assert_int_equal(!!*c.rows[0].mend, result != CHECKUP_OK);
}

static void clocks(void **state)
{
	(void)state;
	clock_says(1000000, 1000000, true, CHECKUP_OK, "the mirror's");
	clock_says(1000000, 1000030, true, CHECKUP_OK, "the mirror's");
	clock_says(1000000, 1000100, true, CHECKUP_PROBLEM, "100 s behind");
	/* An old answer from a proxy's cache */
	clock_says(1000000, 996400, true, CHECKUP_OK, "");
	clock_says(1000000, 800000, true, CHECKUP_NOTE, "200000 s ahead");
	clock_says(1000000, 1, false, CHECKUP_OK, "plausible");
	clock_says(0, 1000000, false, CHECKUP_PROBLEM, "its own files");
}

static void space(void **state)
{
	struct checkup c = { 0 };

	(void)state;
	check_space("/c", 2000000000, 2000000000, &c);
	assert_int_equal(c.rows[0].result, CHECKUP_OK);
	check_space("/c", 1000000, 1000001, &c);
	assert_int_equal(c.rows[1].result, CHECKUP_PROBLEM);
	assert_non_null(strstr(c.rows[1].text, "1 MB are free in '/c'"));
	assert_non_null(strstr(c.rows[1].mend, "XDG_CACHE_HOME"));
}

/* A disk has all of its tree. */
static void space_of_profiles(void **state)
{
	struct profile tiny, debian;
	struct err e;

	(void)state;
	assert_int_equal(profile_load("tiny", &tiny, &e), 0);
	assert_int_equal(profile_load("debian", &debian, &e), 0);
	assert_true(build_typical_bytes(&debian) >
		    2 * build_typical_bytes(&tiny));
	profile_deinit(&tiny);
	profile_deinit(&debian);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(clocks),
		cmocka_unit_test(space),
		cmocka_unit_test(space_of_profiles),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
