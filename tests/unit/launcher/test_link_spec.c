/* SPDX-License-Identifier: MIT */

/* test_link_spec.c - The words of "fame-run link" */

#include "link_spec.h"

#include <errno.h>

#include "../unit.h"

static struct switch_link k;
static struct err e;

static int parse(const char *const *words)
{
	char *v[8];
	int n = 0;

	for (; words[n]; n++)
		v[n] = (char *)(uintptr_t)words[n];
	e.msg[0] = '\0';
	return link_spec_parse(v, n, &k, &e);
}

#define PARSE(...) parse((const char *const[]){ __VA_ARGS__, NULL })

static void words(void **state)
{
	(void)state;
	assert_int_equal(PARSE("down"), 0);
	assert_true(k.down);
	assert_int_equal(PARSE("up"), 0);
	assert_false(k.down);
	assert_int_equal(PARSE("rate=10M", "loss=1.5%", "delay=5ms"), 0);
	assert_false(k.down);
	assert_int_equal(k.loss_ppm, 15000);
	assert_int_equal(k.delay_us, 5000);
	assert_int_equal(k.rate, 10000000);
	/* Each call says the whole. */
	assert_int_equal(PARSE("delay=0.25s"), 0);
	assert_int_equal(k.delay_us, 250000);
	assert_int_equal(k.rate, 0);
	assert_int_equal(PARSE("delay=200us", "loss=100%", "rate=1.5G"), 0);
	assert_int_equal(k.delay_us, 200);
	assert_int_equal(k.loss_ppm, 1000000);
	assert_int_equal(k.rate, 1500000000);
}

static void wrong(void **state)
{
	static const char *const words[] = {
		"",
		"fast",
		"loss",
		"loss=",
		"loss=%",
		"loss=1",
		"loss=101%",
		"loss=-1%",
		"loss=1.%",
		"loss=.5%",
		"loss=0.00001%",
		"delay=5",
		"delay=11s",
		"delay=5 ms",
		"delay=5msx",
		"delay=0.5us",
		"rate=10",
		"rate=0M",
		"rate=10m",
		"rate=99999999G",
		"loss=1.2.3%",
		"rate=123456789012345678901M",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (PARSE(words[i]) != -EINVAL)
			fail_msg("'%s' was taken", words[i]);
		assert_non_null(strstr(e.msg, words[i]));
		assert_non_null(strstr(e.msg, "give"));
	}
}

static void combinations(void **state)
{
	(void)state;
	assert_int_equal(PARSE("loss=1%", "loss=2%"), -EINVAL);
	assert_non_null(strstr(e.msg, "second"));
	assert_int_equal(PARSE("up", "loss=2%"), -EINVAL);
	assert_int_equal(PARSE("down", "up"), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words),
		cmocka_unit_test(wrong),
		cmocka_unit_test(combinations),
	};

	return cmocka_run_group_tests_name("link_spec", tests, NULL, NULL);
}
