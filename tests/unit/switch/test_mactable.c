/* SPDX-License-Identifier: MIT */

/* test_mactable.c - Learned addresses, their limits, and the storm budget */

#include "mactable.h"

#include "../unit.h"
#include "storm.h"

static struct mactable t;

static const uint8_t *mac_of(uint32_t n, uint8_t *mac)
{
	mac[0] = 2;
	mac[1] = 0;
	put_be32(mac + 2, n);
	return mac;
}

#define MAC(n) mac_of(n, (uint8_t[ETH_ALEN]){ 0 })

static void learns_and_forgets(void **state)
{
	(void)state;
	mactable_init(&t, 1);
	assert_int_equal(mactable_find(&t, MAC(1), 0), -1);
	mactable_learn(&t, MAC(1), 5, 0);
	mactable_learn(&t, MAC(2), 6, 0);
	assert_int_equal(mactable_find(&t, MAC(1), 0), 5);
	assert_int_equal(mactable_find(&t, MAC(2), MACTABLE_AGE), 6);
	assert_int_equal(mactable_find(&t, MAC(2), MACTABLE_AGE + 1), -1);
	mactable_learn(&t, MAC(2), 6, MACTABLE_AGE);
	assert_int_equal(mactable_find(&t, MAC(2), MACTABLE_AGE + 1), 6);
	mactable_forget(&t, 6);
	assert_int_equal(mactable_find(&t, MAC(2), 0), -1);
	assert_int_equal(mactable_find(&t, MAC(1), 0), 5);
}

static void follows_a_move(void **state)
{
	(void)state;
	mactable_init(&t, 1);
	mactable_learn(&t, MAC(1), 5, 0);
	mactable_learn(&t, MAC(1), 79, 1);
	assert_int_equal(mactable_find(&t, MAC(1), 1), 79);
	mactable_forget(&t, 5);
	assert_int_equal(mactable_find(&t, MAC(1), 1), 79);
}

static void a_flood_of_addresses_hurts_its_port_only(void **state)
{
	unsigned found = 0;

	(void)state;
	mactable_init(&t, 7);
	for (unsigned p = 0; p < LAN_NODES_MAX; p++)
		mactable_learn(&t, MAC(p), p, 0);
	for (uint32_t n = 1000; n < 101000; n++)
		mactable_learn(&t, MAC(n), 3, n);
	for (unsigned p = 0; p < LAN_NODES_MAX; p++)
		assert_int_equal(mactable_find(&t, MAC(p), 0),
				 p == 3 ? -1 : (int)p);
	/* The youngest are kept. */
	for (uint32_t n = 1000; n < 101000; n++)
		found += mactable_find(&t, MAC(n), 101000) == 3;
	assert_int_equal(found, MACTABLE_PER_PORT);
	assert_int_equal(mactable_find(&t, MAC(100999), 101000), 3);
}

static void budget(void **state)
{
	const int64_t second = 1000 * (int64_t)STORM_UNIT_NS;
	struct storm s = { .paid_until = 0 };
	int64_t now = 5 * second;
	unsigned n = 0;

	(void)state;
	while (storm_allow(&s, 60, now))
		n++;
	assert_int_equal(n, 500);
	/* A second later, all of the burst is there again, and no more. */
	now += second;
	for (n = 0; storm_allow(&s, 60, now); n++)
		;
	assert_int_equal(n, 500);
	/* In the long run 1000 a second. */
	for (n = 0; n < 10000; n++) {
		now += STORM_UNIT_NS;
		assert_true(storm_allow(&s, 60, now));
		assert_false(storm_allow(&s, 60, now));
	}
	/* A large frame costs more. */
	now += second;
	for (n = 0; storm_allow(&s, 9014, now); n++)
		;
	assert_int_equal(n, 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(learns_and_forgets),
		cmocka_unit_test(follows_a_move),
		cmocka_unit_test(a_flood_of_addresses_hurts_its_port_only),
		cmocka_unit_test(budget),
	};

	return cmocka_run_group_tests_name("mactable", tests, NULL, NULL);
}
