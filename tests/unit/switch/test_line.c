/* SPDX-License-Identifier: MIT */

/* test_line.c - Loss, delay and rate of a cable */

#include "line.h"

#include <stdlib.h>

#include "../unit.h"
#include "packet.h"
#include "port.h"

#define LEN 1000U /* of a frame */
#define MS 1000000LL

static struct line line;
static uint8_t wire[WIRE_HEADER + LEN];

static int set_up(void **state)
{
	(void)state;
	line = (struct line){ 0 };
	put_be32(wire, LEN);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	line_clear(&line);
	return 0;
}

static void put(const struct switch_link *k, uint8_t number, int64_t now)
{
	wire[WIRE_HEADER] = number;
	line_put(&line, k, wire, sizeof(wire), now);
}

/* Number of the frame that arrives, -1 = none does. */
static int take(int64_t now)
{
	struct line_frame *f = line_take(&line, now);
	int number = -1;

	if (f) {
		assert_int_equal(f->len, sizeof(wire));
		number = f->wire[WIRE_HEADER];
	}
	free(f);
	return number;
}

static void plain(void **state)
{
	const struct switch_link good = { 0 }, slow = { .delay_us = 1 };

	(void)state;
	assert_true(line_is_plain(&line, &good));
	assert_false(line_is_plain(&line, &slow));
	/* Good again, but what is under way must not be overtaken. */
	put(&slow, 1, 0);
	assert_false(line_is_plain(&line, &good));
	assert_int_equal(take(MS), 1);
	assert_true(line_is_plain(&line, &good));
}

static void delay(void **state)
{
	const struct switch_link k = { .delay_us = 5000 };

	(void)state;
	assert_int_equal(line_due(&line), -1);
	put(&k, 1, 10 * MS);
	put(&k, 2, 11 * MS);
	assert_int_equal(line_due(&line), 15 * MS);
	assert_int_equal(take(15 * MS - 1), -1);
	assert_int_equal(take(15 * MS), 1);
	assert_int_equal(take(15 * MS), -1);
	assert_int_equal(take(20 * MS), 2);
	assert_int_equal(line_due(&line), -1);
}

static void order(void **state)
{
	const struct switch_link slow = { .delay_us = 5000 }, fast = { 0 };

	(void)state;
	put(&slow, 1, 0);
	put(&fast, 2, 0);
	assert_int_equal(take(4 * MS), -1);
	assert_int_equal(take(5 * MS), 1);
	assert_int_equal(take(5 * MS), 2);
}

/* 8000 bits at a million a second: 8 ms each. */
static void rate(void **state)
{
	const struct switch_link k = { .rate = 1000000 };

	(void)state;
	put(&k, 1, 0);
	put(&k, 2, 0);
	assert_int_equal(take(8 * MS - 1), -1);
	assert_int_equal(take(8 * MS), 1);
	assert_int_equal(take(16 * MS - 1), -1);
	assert_int_equal(take(16 * MS), 2);
	/* A line that was idle has nothing to make up for. */
	put(&k, 3, 100 * MS);
	assert_int_equal(take(107 * MS), -1);
	assert_int_equal(take(108 * MS), 3);
}

static void loss(void **state)
{
	const struct switch_link k = { .loss_ppm = 100000 };
	unsigned arrived = 0;

	(void)state;
	for (int i = 0; i < 10000; i++) {
		put(&k, 1, 0);
		arrived += take(0) >= 0;
	}
	assert_in_range(arrived, 8800, 9200);
	assert_int_equal(line.lost, 10000 - arrived);
}

static void nothing(void **state)
{
	const struct switch_link all = { .loss_ppm = SWITCH_LOSS_MAX_PPM };
	const struct switch_link down = { .down = true };

	(void)state;
	for (int i = 0; i < 1000; i++) {
		put(&all, 1, 0);
		put(&down, 1, 0);
	}
	assert_int_equal(take(MS), -1);
	assert_int_equal(line.lost, 2000);
}

static void bounded(void **state)
{
	const struct switch_link k = { .delay_us = 1 };
	unsigned n = 0;

	(void)state;
	for (int i = 0; i < 3000; i++)
		put(&k, 1, 0);
	while (take(MS) >= 0)
		n++;
	assert_int_equal(n, LINE_QUEUE_MAX / sizeof(wire));
	/* There is room again. */
	put(&k, 7, MS);
	assert_int_equal(take(2 * MS), 7);
}

static void run(void **state)
{
	const struct switch_link k = { .delay_us = 1 };
	static uint8_t two[2 * sizeof(wire)];

	(void)state;
	wire[WIRE_HEADER] = 1;
	memcpy(two, wire, sizeof(wire));
	wire[WIRE_HEADER] = 2;
	memcpy(two + sizeof(wire), wire, sizeof(wire));
	line_put_run(&line, &k, two, sizeof(two), 0);
	assert_int_equal(take(MS), 1);
	assert_int_equal(take(MS), 2);
	assert_int_equal(take(MS), -1);
}

/* The line was slow: what waits in it does not wait any longer. */
static void becomes_good(void **state)
{
	const struct switch_link slow = { .rate = 1000, .delay_us = 5000 };
	const struct switch_link good = { 0 }, worse = { .delay_us = 900000 };

	(void)state;
	put(&slow, 1, 0);
	put(&slow, 2, 0);
	assert_true(line_due(&line) >= 8000 * MS);
	line_change(&line, &worse, 7999 * MS);
	assert_int_equal(line_due(&line), 8005 * MS); /* as it was to be */
	line_change(&line, &good, 8000 * MS);
	put(&good, 3, 8000 * MS);
	for (int i = 1; i <= 3; i++)
		assert_int_equal(take(8000 * MS), i);
	assert_int_equal(line.lost, 0);
	assert_true(line_is_plain(&line, &good));
	/* Nor does what is sent then, after an idle slow line. */
	put(&slow, 4, 8000 * MS);
	line_change(&line, &(struct switch_link){ .rate = 1000000 }, 9000 * MS);
	assert_int_equal(take(9008 * MS - 1), -1);
	assert_int_equal(take(9008 * MS), 4);
}

static void goes_down(void **state)
{
	const struct switch_link slow = { .delay_us = 5000 };
	const struct switch_link down = { .down = true };

	(void)state;
	put(&slow, 1, 0);
	put(&slow, 2, 0);
	line_change(&line, &down, MS);
	assert_int_equal(take(100 * MS), -1);
	assert_int_equal(line.lost, 2);
}

static void seeds(void **state)
{
	const struct switch_link k = { .loss_ppm = 500000 };
	uint64_t got[2] = { 0 };

	(void)state;
	for (int run = 0; run < 2; run++) {
		line = (struct line){ .random = 1 + (uint64_t)run };
		for (int i = 0; i < 64; i++) {
			put(&k, 1, 0);
			got[run] = got[run] << 1 | (take(0) >= 0);
		}
	}
	assert_int_not_equal(got[0], got[1]);
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(plain),	    TEST(delay),     TEST(order),   TEST(rate),
		TEST(loss),	    TEST(nothing),   TEST(bounded), TEST(run),
		TEST(becomes_good), TEST(goes_down), TEST(seeds),
	};

	return cmocka_run_group_tests_name("line", tests, NULL, NULL);
}
