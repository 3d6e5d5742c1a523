/* SPDX-License-Identifier: MIT */

/* test_atomic.c - Operations on 32 and 64 bits, and the order of what they do */

#include <pthread.h>

#include "../../../guest/litmus.h"
#include "shared.h"

enum {
	ADDS = 20000,
	ROUNDS = 5000
};

static struct shared shared;

static int set_up(void **state)
{
	(void)state;
	shared_open(&shared);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	shared_close(&shared);
	return 0;
}

/* ---- what each one does --------------------------------------------------------- */

#define DEFINE_SEMANTICS(bits)                                                 \
	static void semantics_##bits(void **state)                             \
	{                                                                      \
		int##bits##_t *p = (int##bits##_t *)shared.p;                  \
                                                                               \
		(void)state;                                                   \
		fam_atomic_##bits##_write(p, INT##bits##_MAX);                 \
		assert_true(fam_atomic_##bits##_fetch_add(p, 1) ==             \
			    INT##bits##_MAX);                                  \
		assert_true(fam_atomic_##bits##_read(p) == INT##bits##_MIN);   \
		assert_true(fam_atomic_##bits##_swap(p, 12) ==                 \
			    INT##bits##_MIN);                                  \
		assert_int_equal(fam_atomic_##bits##_fetch_and(p, 6), 12);     \
		assert_int_equal(fam_atomic_##bits##_fetch_or(p, 3), 4);       \
		assert_int_equal(fam_atomic_##bits##_fetch_xor(p, -1), 7);     \
		assert_int_equal(fam_atomic_##bits##_compare_store(p, -7, 1),  \
				 -8);                                          \
		assert_int_equal(fam_atomic_##bits##_compare_store(p, -8, 1),  \
				 -8);                                          \
		assert_int_equal(fam_atomic_##bits##_read(p), 1);              \
		assert_int_equal(p[1], 0);                                     \
	}                                                                      \
                                                                               \
	static void old_names_##bits(void **state)                             \
	{                                                                      \
		int##bits##_t *p = (int##bits##_t *)shared.p;                  \
                                                                               \
		(void)state;                                                   \
		fam_atomic_##bits##_write_unpadded(p, 5);                      \
		assert_int_equal(                                              \
			fam_atomic_##bits##_fetch_and_add_unpadded(p, 2), 5);  \
		assert_int_equal(fam_atomic_##bits##_fetch_and_unpadded(p, 6), \
				 7);                                           \
		assert_int_equal(fam_atomic_##bits##_fetch_or_unpadded(p, 1),  \
				 6);                                           \
		assert_int_equal(fam_atomic_##bits##_fetch_xor_unpadded(p, 1), \
				 7);                                           \
		assert_int_equal(fam_atomic_##bits##_swap_unpadded(p, 1), 6);  \
		assert_int_equal(                                              \
			fam_atomic_##bits##_compare_and_store_unpadded(p, 1,   \
								       9),     \
			1);                                                    \
		assert_int_equal(fam_atomic_##bits##_read_unpadded(p), 9);     \
	}

#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
DEFINE_SEMANTICS(32)
DEFINE_SEMANTICS(64)

/* ---- by many at once -------------------------------------------------------------- */

static void *add(void *arg)
{
	const struct shared *s = arg;

	for (int i = 0; i < ADDS; i++) {
		(void)fam_atomic_64_fetch_add(s->p, 3);
		(void)fam_atomic_32_fetch_xor((int32_t *)(s->p + 1), 1);
		(void)fam_atomic_64_fetch_add(s->p, -2);
	}
	return NULL;
}

static int add_by_threads(const struct shared *s)
{
	pthread_t t;

	gate(s, 2);
	if (pthread_create(&t, NULL, add, (void *)(uintptr_t)s))
		return 1;
	(void)add((void *)(uintptr_t)s);
	return pthread_join(t, NULL);
}

static void sums_are_exact(void **state)
{
	pid_t pid = child(&shared, add_by_threads);

	(void)state;
	assert_int_equal(add_by_threads(&shared), 0);
	assert_ends_well(pid);
	assert_int_equal(shared.p[0], 4 * ADDS);
	assert_int_equal(shared.p[1], 0);
}

/* ---- litmus tests -------------------------------------------------------------------- */

static int other_side(const struct shared *s)
{
	return litmus_run(s->p, 1, ROUNDS) != NULL;
}

static void litmus(void **state)
{
	pid_t pid = child(&shared, other_side);

	(void)state;
	assert_null(litmus_run(shared.p, 0, ROUNDS));
	assert_ends_well(pid);
}

#define UNIT_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest all[] = {
		UNIT_TEST(semantics_32),   UNIT_TEST(semantics_64),
		UNIT_TEST(old_names_32),   UNIT_TEST(old_names_64),
		UNIT_TEST(sums_are_exact), UNIT_TEST(litmus),
	};

	return cmocka_run_group_tests(all, NULL, NULL);
}
