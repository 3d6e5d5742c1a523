/* SPDX-License-Identifier: MIT */

/* test_spinlock.c - Ticket locks */

#include <pthread.h>

#include "shared.h"

enum {
	TURNS = 5000,
	COUNTER = 8 /* in another line than the lock */
};

static struct shared shared;

static struct fam_spinlock *lock_of(const struct shared *s)
{
	return (struct fam_spinlock *)s->p;
}

static int set_up(void **state)
{
	(void)state;
	shared_open(&shared);
	fam_spin_lock_init(lock_of(&shared));
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	shared_close(&shared);
	return 0;
}

static void one_at_a_time(void **state)
{
	struct fam_spinlock *l = lock_of(&shared);

	(void)state;
	assert_true(fam_spin_trylock(l));
	assert_false(fam_spin_trylock(l));
	fam_spin_unlock(l);
	fam_spin_lock(l);
	assert_false(fam_spin_trylock(l));
	fam_spin_unlock(l);
	assert_true(fam_spin_trylock(l));
	*l = FAM_SPINLOCK_INITIALIZER;
	assert_true(fam_spin_trylock(l));
}

/* Tickets are counted for ever. */
static void wraps(void **state)
{
	static const int32_t last[] = { INT32_MAX, -1 };
	struct fam_spinlock *l = lock_of(&shared);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(last); i++) {
		l->tickets.head = l->tickets.tail = last[i];
		for (int n = 0; n < 3; n++) {
			fam_spin_lock(l);
			assert_false(fam_spin_trylock(l));
			fam_spin_unlock(l);
			assert_true(fam_spin_trylock(l));
			fam_spin_unlock(l);
		}
		assert_int_equal(l->tickets.head, l->tickets.tail);
		assert_int_equal((uint32_t)l->tickets.head,
				 (uint32_t)last[i] + 6);
	}
}

static void *count(void *arg)
{
	const struct shared *s = arg;

	for (int i = 0; i < TURNS; i++) {
		fam_spin_lock(lock_of(s));
		s->p[COUNTER]++;
		fam_spin_unlock(lock_of(s));
	}
	return NULL;
}

static int count_by_threads(const struct shared *s)
{
	void *arg = (void *)(uintptr_t)s;
	pthread_t t;

	gate(s, 2);
	if (pthread_create(&t, NULL, count, arg))
		return 1;
	(void)count(arg);
	return pthread_join(t, NULL);
}

static void excludes(void **state)
{
	pid_t pid = child(&shared, count_by_threads);

	(void)state;
	assert_int_equal(count_by_threads(&shared), 0);
	assert_ends_well(pid);
	assert_int_equal(shared.p[COUNTER], 4 * TURNS);
}

#define UNIT_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(one_at_a_time),
		UNIT_TEST(wraps),
		UNIT_TEST(excludes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
