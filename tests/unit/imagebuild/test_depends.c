/* SPDX-License-Identifier: MIT */

/* test_depends.c - Relations between packages */

#include "depends.h"

#include <errno.h>

#include "../unit.h"

static void check(const struct depends *d, const char *name, enum depends_op op,
		  const char *version, bool last)
{
	assert_int_equal(d->name_len, strlen(name));
	assert_memory_equal(d->name, name, d->name_len);
	assert_int_equal(d->op, op);
	assert_int_equal(d->version_len, version ? strlen(version) : 0);
	if (version)
		assert_memory_equal(d->version, version, d->version_len);
	assert_int_equal(d->last, last);
}

static void every_form(void **state)
{
	const char *at = "libc6 (>= 2.38), debconf (>= 0.5) | debconf-2.0, "
			 "python3:any (<< 3.14~), g++ (=1:2-3) [amd64] <!x>,"
			 "old (< 1), x(>>2)";
	struct depends d;

	(void)state;
	assert_int_equal(depends_next(&at, &d), 1);
	check(&d, "libc6", DEPENDS_GE, "2.38", true);
	assert_int_equal(depends_next(&at, &d), 1);
	check(&d, "debconf", DEPENDS_GE, "0.5", false);
	assert_int_equal(depends_next(&at, &d), 1);
	check(&d, "debconf-2.0", DEPENDS_ANY, NULL, true);
	assert_int_equal(depends_next(&at, &d), 1);
	check(&d, "python3", DEPENDS_LT, "3.14~", true);
	assert_int_equal(depends_next(&at, &d), 1);
	check(&d, "g++", DEPENDS_EQ, "1:2-3", true);
	assert_int_equal(depends_next(&at, &d), 1);
	check(&d, "old", DEPENDS_LE, "1", true);
	assert_int_equal(depends_next(&at, &d), 1);
	check(&d, "x", DEPENDS_GT, "2", true);
	assert_int_equal(depends_next(&at, &d), 0);
}

static void malformed(void **state)
{
	static const char *const bad[] = { "(>= 1)",   "a (",	  "a (1)",
					   "a (>=)",   "a (>= 1", "a b",
					   "a [amd64", "a )",	  "%" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		const char *at = bad[i];
		struct depends d;

		if (depends_next(&at, &d) != -EBADMSG)
			fail_msg("\"%s\" was taken", bad[i]);
	}
}

static void nothing(void **state)
{
	const char *at = " , ,";
	struct depends d;

	(void)state;
	assert_int_equal(depends_next(&at, &d), 0);
}

static bool matches(const char *relation, const char *version)
{
	const char *at = relation;
	struct depends d;

	assert_int_equal(depends_next(&at, &d), 1);
	return depends_match(&d, version, version ? strlen(version) : 0);
}

static void versions(void **state)
{
	(void)state;
	assert_true(matches("a", NULL));
	assert_true(matches("a", "1"));
	assert_true(matches("a (>= 1)", "1"));
	assert_false(matches("a (>> 1)", "1"));
	assert_true(matches("a (= 1)", "1-0"));
	assert_false(matches("a (= 1)", "2"));
	assert_true(matches("a (<< 1)", "1~"));
	assert_false(matches("a (<= 1)", "1+"));
	/* What has no version is no answer to a question for one. */
	assert_false(matches("a (>= 0)", NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_form),
		cmocka_unit_test(malformed),
		cmocka_unit_test(nothing),
		cmocka_unit_test(versions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
