/* SPDX-License-Identifier: MIT */

/* test_atomic128.c - Operations on 128 bits, by the processor and by locking */

#include <errno.h>
#include <pthread.h>

#include "file_lock.h"
#include "shared.h"

enum {
	ADDS_LOCKED = 1000,
	ADDS = 20000
};

static struct shared shared;

/* What is done with the processor comes first: there is no way back. */
static int set_up(void **state)
{
	if (*state)
		file_lock_pretend();
	shared_open(&shared);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	shared_close(&shared);
	return 0;
}

static void assert_pair(const int64_t v[2], int64_t a, int64_t b)
{
	assert_int_equal(v[0], a);
	assert_int_equal(v[1], b);
}

static void semantics(void **state)
{
	int64_t *p = shared.p + 2;
	int64_t v[2] = { 1, -2 }, w[2] = { 3, 4 }, was[2] = { 9, 9 };

	if (!*state && !file_lock_is_needless())
		skip();
	assert_int_equal(fam_atomic_128_check(p), !*state);
	assert_int_equal(fam_atomic_128_check(p + 1), -EINVAL);
	fam_atomic_128_write(p, v);
	fam_atomic_128_read(p, was);
	assert_pair(was, 1, -2);
	fam_atomic_128_swap(p, w, was);
	assert_pair(was, 1, -2);
	fam_atomic_128_compare_store(p, v, v, was);
	assert_pair(was, 3, 4);
	assert_pair(p, 3, 4);
	/* Half of it is not enough. */
	v[0] = 3;
	fam_atomic_128_compare_store(p, v, v, was);
	assert_pair(p, 3, 4);
	fam_atomic_128_compare_store(p, w, v, w);
	assert_pair(w, 3, 4);
	assert_pair(p, 3, -2);
	assert_pair(p - 2, 0, 0);
	assert_pair(p + 2, 0, 0);
}

/* Both halves count; they never differ. */
static void *count(void *arg)
{
	const struct shared *s = arg;
	int n = file_lock_is_needless() ? ADDS : ADDS_LOCKED;
	int64_t seen[2] = { 0, 0 };

	for (int i = 0; i < n;) {
		int64_t next[2] = { seen[0] + 1, seen[1] - 1 };
		int64_t was[2];

		fam_atomic_128_compare_store(s->p, seen, next, was);
		if (was[0] != -was[1])
			return arg;
		i += was[0] == seen[0];
		memcpy(seen, was, sizeof(seen));
	}
	return NULL;
}

static int count_by_threads(const struct shared *s)
{
	void *arg = (void *)(uintptr_t)s, *wrong = arg;
	pthread_t t;

	gate(s, 2);
	if (pthread_create(&t, NULL, count, arg) || count(arg) ||
	    pthread_join(t, &wrong))
		return 1;
	return wrong != NULL;
}

static void never_torn(void **state)
{
	int n = *state ? ADDS_LOCKED : ADDS;
	pid_t pid;

	if (!*state && !file_lock_is_needless())
		skip();
	pid = child(&shared, count_by_threads);
	assert_int_equal(count_by_threads(&shared), 0);
	assert_ends_well(pid);
	assert_pair(shared.p, 4 * n, -4 * n);
}

/* The caller may close the file, and may use flock(2) itself. */
static void lock_is_our_own(void **state)
{
	int64_t v[2] = { 1, 2 };

	(void)state;
	(void)close(shared.fd);
	fam_atomic_128_write(shared.p, v);
	assert_pair(shared.p, 1, 2);
	shared.fd = -1;
}

static void nothing_to_lock(void **state)
{
	static int64_t words[4] __attribute__((aligned(16)));

	(void)state;
	assert_int_equal(
		fam_atomic_register_region(words, sizeof(words), -1, 0), 0);
	assert_int_equal(fam_atomic_128_check(words), -ENOTSUP);
	fam_atomic_unregister_region(words, sizeof(words));
	assert_int_equal(fam_atomic_128_check(words), -EFAULT);
}

static char locked[] = "by locking";

#define BY_PROCESSOR(f) \
	cmocka_unit_test_prestate_setup_teardown(f, set_up, tear_down, NULL)
#define BY_LOCK(f) \
	cmocka_unit_test_prestate_setup_teardown(f, set_up, tear_down, locked)

int main(void)
{
	const struct CMUnitTest tests[] = {
		BY_PROCESSOR(semantics),  BY_PROCESSOR(never_torn),
		BY_LOCK(semantics),	  BY_LOCK(never_torn),
		BY_LOCK(lock_is_our_own), BY_LOCK(nothing_to_lock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
