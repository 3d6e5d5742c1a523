/* SPDX-License-Identifier: MIT */

/* test_shelf.c - The table of shelves */

#include "shelf.h"

#include <pthread.h>

#include "../../unit.h"

static void many(void **state)
{
	CLEANUP_FREE uint64_t *ids = NULL;
	struct shelf_table t;
	size_t n = 0;

	(void)state;
	shelf_table_init(&t);
	assert_null(shelf_get(&t, 1));
	for (uint64_t id = 1; id <= 10000; id++)
		assert_non_null(shelf_get_or_add(&t, id * 7));
	for (uint64_t id = 1; id <= 10000; id++) {
		struct shelf *s = shelf_get(&t, id * 7);

		assert_non_null(s);
		assert_int_equal(s->id, id * 7);
		shelf_put(&t, s);
	}
	assert_null(shelf_get(&t, 8));
	assert_int_equal(shelf_table_ids(&t, &ids, &n), 0);
	assert_int_equal(n, 10000);
	for (uint64_t id = 1; id <= 10000; id += 2)
		shelf_put(&t, shelf_get(&t, id * 7));
	assert_int_equal(t.n, 10000);
	shelf_table_deinit(&t);
}

static void the_last_reference_frees(void **state)
{
	struct shelf_table t;
	struct shelf *s;

	(void)state;
	shelf_table_init(&t);
	s = shelf_get_or_add(&t, 5);
	assert_int_equal(s->fd, -1);
	assert_ptr_equal(shelf_get_or_add(&t, 5), s);
	assert_ptr_equal(shelf_get(&t, 5), s);
	shelf_ref(&t, s);
	for (int i = 0; i < 4; i++) {
		assert_int_equal(t.n, 1);
		shelf_put(&t, s);
	}
	assert_int_equal(t.n, 0);
	assert_null(shelf_get(&t, 5));
	shelf_put(&t, NULL);
	shelf_table_deinit(&t);
}

static void *come_and_go(void *arg)
{
	struct shelf_table *t = arg;

	for (uint64_t i = 0; i < 20000; i++) {
		struct shelf *s = shelf_get_or_add(t, 1 + i % 97);

		shelf_lock(s);
		s->opens++;
		shelf_unlock(s);
		shelf_put(t, s);
	}
	return NULL;
}

static void many_threads(void **state)
{
	struct shelf_table t;
	pthread_t threads[4];

	(void)state;
	shelf_table_init(&t);
	for (int i = 0; i < 4; i++)
		assert_int_equal(
			pthread_create(&threads[i], NULL, come_and_go, &t), 0);
	for (int i = 0; i < 4; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	assert_int_equal(t.n, 0);
	shelf_table_deinit(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(many),
		cmocka_unit_test(the_last_reference_frees),
		cmocka_unit_test(many_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
