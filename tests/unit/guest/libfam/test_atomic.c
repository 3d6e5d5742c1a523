/* SPDX-License-Identifier: MIT */

/* test_atomic.c - Operations on 32 and 64 bits, and the order of what they do
 *
 * The litmus tests are the small programs by which memory models are told
 * apart: what they look for must never be seen, in processes as in nodes.
 */

#include <pthread.h>

#include "shared.h"

enum {
	ADDS = 20000,
	ROUNDS = 3000
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

/* Variables in lines of their own, and what each side saw. */
enum {
	X = 0,
	Y = 8,
	SAW0 = 16,
	SAW1 = 24
};

struct litmus {
	void (*side)(int64_t *p, int which);
	bool (*forbidden)(int64_t saw0, int64_t saw1);
};

static void store_buffering(int64_t *p, int which)
{
	fam_atomic_64_write(p + (which ? Y : X), 1);
	p[which ? SAW1 : SAW0] = fam_atomic_64_read(p + (which ? X : Y));
}

static bool both_missed(int64_t saw0, int64_t saw1)
{
	return !saw0 && !saw1;
}

static void load_buffering(int64_t *p, int which)
{
	p[which ? SAW1 : SAW0] = fam_atomic_64_read(p + (which ? Y : X));
	fam_atomic_64_write(p + (which ? X : Y), 1);
}

static bool both_from_nowhere(int64_t saw0, int64_t saw1)
{
	return saw0 && saw1;
}

static void message_passing(int64_t *p, int which)
{
	if (!which) {
		p[X] = 1;
		fam_atomic_64_write(p + Y, 1);
		p[SAW0] = 1;
		return;
	}
	while (!fam_atomic_64_read(p + Y))
		(void)sched_yield();
	p[SAW1] = *(volatile int64_t *)(p + X);
}

static bool message_missed(int64_t saw0, int64_t saw1)
{
	return saw0 && !saw1;
}

static void two_swaps(int64_t *p, int which)
{
	p[which ? SAW1 : SAW0] = fam_atomic_64_swap(p + X, which + 1);
}

static bool both_first(int64_t saw0, int64_t saw1)
{
	return (!saw0 && !saw1) || (saw0 && saw1);
}

static const struct litmus tests[] = {
	{ store_buffering, both_missed },
	{ load_buffering, both_from_nowhere },
	{ message_passing, message_missed },
	{ two_swaps, both_first },
};

static void run_side(const struct shared *s, const struct litmus *l, int which)
{
	for (int i = 0; i < ROUNDS; i++) {
		gate(s, 2);
		l->side(s->p, which);
		gate(s, 2);
		if (which)
			continue;
		assert_false(l->forbidden(s->p[SAW0], s->p[SAW1]));
		memset(s->p, 0, SAW1 * 8 + 8);
	}
}

static int other_side(const struct shared *s)
{
	for (size_t i = 0; i < ARRAY_SIZE(tests); i++)
		run_side(s, &tests[i], 1);
	return 0;
}

static void litmus(void **state)
{
	pid_t pid = child(&shared, other_side);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(tests); i++)
		run_side(&shared, &tests[i], 0);
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
