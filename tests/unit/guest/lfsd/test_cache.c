/* SPDX-License-Identifier: MIT */

/* test_cache.c - Answers that hold as long as a counter does not move */

#include <stdio.h>
#include <sys/stat.h>

#include "cache_fixture.h"

/* ---- attributes ------------------------------------------------------------ */

static void attributes_hold_until_they_change(void **state)
{
	struct fixture *f = *state;
	struct shelf_info info = { .id = 7, .mode = S_IFREG, .size = 10 };
	struct shelf_info got;
	uint32_t slot = board_shelf_slot(7);

	assert_false(cache_get_shelf(f->cache, 7, &got));
	cache_put_shelf(f->cache, &info, 0);
	assert_true(cache_get_shelf(f->cache, 7, &got));
	assert_int_equal(got.size, 10);
	(void)bump(f->board, slot);
	assert_false(cache_get_shelf(f->cache, 7, &got));
	info.size = 20;
	cache_put_shelf(f->cache, &info, 1);
	assert_true(cache_get_shelf(f->cache, 7, &got));
	assert_int_equal(got.size, 20);
	cache_reset(f->cache, true);
	assert_false(cache_get_shelf(f->cache, 7, &got));
}

static void an_older_answer_that_comes_later_is_not_kept(void **state)
{
	struct fixture *f = *state;
	struct shelf_info info = { .id = 7, .size = 20 };
	struct shelf_info got;

	(void)bump(f->board, board_shelf_slot(7));
	cache_put_shelf(f->cache, &info, 1);
	info.size = 10;
	cache_put_shelf(f->cache, &info, 0);
	assert_true(cache_get_shelf(f->cache, 7, &got));
	assert_int_equal(got.size, 20);
}

static void what_is_owned_is_not_kept(void **state)
{
	struct fixture *f = *state;
	char name[] = "x";
	uint32_t book = 1;
	struct shelf_info got, info = {
		.id = 7,
		.name = name,
		.handle = 4,
		.books = &book,
		.n_books = 1,
		.has_books = true,
	};

	cache_put_shelf(f->cache, &info, 0);
	assert_true(cache_get_shelf(f->cache, 7, &got));
	assert_null(got.name);
	assert_null(got.books);
	assert_false(got.has_books);
	assert_int_equal(got.handle, 0);
	assert_int_equal(got.n_books, 1);
}

static void the_number_of_shelves_is_bounded(void **state)
{
	struct fixture *f = *state;
	struct shelf_info got;
	int n = 0;

	for (uint64_t id = 1; id <= 1000; id++) {
		const struct shelf_info info = { .id = id };

		cache_put_shelf(f->cache, &info, 0);
		/* What is used stays. */
		assert_int_equal(cache_get_shelf(f->cache, 1, &got), 1);
	}
	for (uint64_t id = 1; id <= 1000; id++)
		n += cache_get_shelf(f->cache, id, &got);
	assert_int_equal(n, 64);
}

/* ---- names ----------------------------------------------------------------- */

static void names_hold_until_one_changes(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(look(f, 2, "a"), UNKNOWN);
	cache_put_name(f->cache, 2, "a", 5, 0);
	cache_put_name(f->cache, 2, "b", 0, 0);
	assert_int_equal(look(f, 2, "a"), 5);
	assert_int_equal(look(f, 2, "b"), 0);
	assert_int_equal(look(f, 3, "a"), UNKNOWN);
	(void)change_names(f, 2);
	assert_int_equal(look(f, 2, "a"), UNKNOWN);
	/* An answer from before the change */
	cache_put_name(f->cache, 2, "a", 5, 0);
	assert_int_not_equal(look(f, 2, "a"), 5);
	cache_put_name(f->cache, 2, "a", 6, 1);
	assert_int_equal(look(f, 2, "a"), 6);
	cache_reset(f->cache, true);
	assert_int_equal(look(f, 2, "a"), UNKNOWN);
}

static void put_listing(struct fixture *f, uint64_t dir, int n, bool more,
			uint64_t gen)
{
	struct shelf_info infos[20] = { 0 };
	char names[20][8];

	for (int i = 0; i < n; i++) {
		(void)snprintf(names[i], sizeof(names[i]), "f%d", i);
		infos[i].name = names[i];
		infos[i].id = 100 + (uint64_t)i;
	}
	cache_put_listing(f->cache, dir, infos, (size_t)n, more, gen);
}

static void a_listing_knows_what_is_not_there(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(look(f, 2, "x"), UNKNOWN);
	cache_put_name(f->cache, 2, "x", 0, 0);
	assert_int_equal(look(f, 2, "y"), LIST);
	put_listing(f, 2, 3, false, 0);
	assert_int_equal(look(f, 2, "y"), 0);
	assert_int_equal(look(f, 2, "f2"), 102);
	(void)change_names(f, 2);
	assert_int_equal(look(f, 2, "y"), UNKNOWN);
}

static void a_part_of_a_listing_does_not(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(look(f, 2, "x"), UNKNOWN);
	put_listing(f, 2, 3, true, 0);
	assert_int_equal(look(f, 2, "f0"), 100);
	assert_int_equal(look(f, 2, "x"), LIST);
	/* Nor does it spoil a whole one. */
	put_listing(f, 2, 5, false, 0);
	put_listing(f, 2, 3, true, 0);
	assert_int_equal(look(f, 2, "f4"), 104);
	assert_int_equal(look(f, 2, "x"), 0);
}

/* It is not listed again and again. */
static void a_large_directory_is_left_alone(void **state)
{
	struct fixture *f = *state;
	struct shelf_info *infos = calloc(CACHE_LISTING_MAX, sizeof(*infos));
	char(*names)[16] = calloc(CACHE_LISTING_MAX, sizeof(*names));

	assert_non_null(infos);
	assert_non_null(names);
	for (size_t i = 0; i < CACHE_LISTING_MAX; i++) {
		(void)snprintf(names[i], sizeof(names[i]), "n%d", (int)i);
		infos[i].name = names[i];
		infos[i].id = i + 1;
	}
	cache_put_listing(f->cache, 2, infos, CACHE_LISTING_MAX, true, 0);
	for (int i = 0; i < 1000; i++)
		assert_int_equal(look(f, 2, "x"), UNKNOWN);
	/* So if there is no room for all of it. */
	cache_put_listing(f->cache, 3, infos, CACHE_LISTING_MAX, false, 0);
	for (int i = 0; i < 1000; i++)
		assert_int_equal(look(f, 3, "x"), UNKNOWN);
	free(infos);
	free(names);
}

/* Others change it all the time: listing it is for nothing. */
static void a_listing_that_does_not_pay_becomes_rare(void **state)
{
	struct fixture *f = *state;
	uint64_t gen = 0;
	int listings = 0;

	for (int i = 0; i < 300; i++) {
		uint64_t got = look(f, 2, "x");

		if (got != LIST)
			continue;
		listings++;
		put_listing(f, 2, 3, false, gen);
		gen = change_names(f, 2);
	}
	assert_in_range(listings, 5, 9);
}

static void change(struct fixture *f, const char *name, uint64_t id,
		   uint64_t before, uint64_t after)
{
	const struct cache_change c = { 2, name, id, before, after };

	cache_change_names(f->cache, &c, 1);
}

static void own_changes_keep_the_rest(void **state)
{
	struct fixture *f = *state;

	put_listing(f, 2, 3, false, 0);
	(void)change_names(f, 2);
	change(f, "new", 9, 0, 1);
	assert_int_equal(look(f, 2, "new"), 9);
	assert_int_equal(look(f, 2, "f1"), 101);
	assert_int_equal(look(f, 2, "y"), 0);
	(void)change_names(f, 2);
	change(f, "f1", 0, 1, 2);
	assert_int_equal(look(f, 2, "f1"), 0);
	assert_int_equal(look(f, 2, "f2"), 102);
}

static void a_foreign_change_in_between_is_noticed(void **state)
{
	struct fixture *f = *state;

	put_listing(f, 2, 3, false, 0);
	(void)change_names(f, 2); /* somebody else */
	(void)change_names(f, 2);
	change(f, "new", 9, 1, 2);
	assert_int_equal(look(f, 2, "new"), 9);
	assert_int_equal(look(f, 2, "f1"), UNKNOWN);
	(void)change_names(f, 2); /* and after it */
	assert_int_equal(look(f, 2, "new"), UNKNOWN);
}

static void a_rename_is_two_changes(void **state)
{
	struct fixture *f = *state;
	struct cache_change c[] = {
		{ 2, "f0", 0, 0, 1 },
		{ 2, "f1", 100, 0, 1 },
	};
	struct cache_change across[] = {
		{ 2, "f2", 0, 1, 2 },
		{ 3, "g", 102, 0, 1 },
	};

	put_listing(f, 2, 3, false, 0);
	put_listing(f, 3, 0, false, 0);
	(void)change_names(f, 2);
	cache_change_names(f->cache, c, 2);
	assert_int_equal(look(f, 2, "f0"), 0);
	assert_int_equal(look(f, 2, "f1"), 100);
	assert_int_equal(look(f, 2, "f2"), 102);
	(void)change_names(f, 2);
	(void)change_names(f, 3);
	cache_change_names(f->cache, across, 2);
	assert_int_equal(look(f, 2, "f2"), 0);
	assert_int_equal(look(f, 2, "f1"), 100);
	assert_int_equal(look(f, 3, "g"), 102);
	assert_int_equal(look(f, 3, "h"), 0);
}

static void the_number_of_names_is_bounded(void **state)
{
	struct fixture *f = *state;
	char name[16];
	int n = 0;

	put_listing(f, 2, 3, false, 0);
	for (uint64_t dir = 3; dir < 20; dir++)
		put_listing(f, dir, 10, false, 0);
	assert_int_equal(look(f, 2, "f0"), UNKNOWN); /* the first goes first */
	assert_int_equal(look(f, 19, "f0"), 100);
	for (uint64_t i = 1; i < 500; i++) {
		(void)snprintf(name, sizeof(name), "n%d", (int)i);
		cache_put_name(f->cache, 19, name, i, 0);
		assert_int_equal(look(f, 19, name), i);
	}
	/* A listing that was not kept whole says nothing of the rest. */
	assert_int_not_equal(look(f, 19, "absent"), 0);
	for (int i = 1; i < 500; i++) {
		(void)snprintf(name, sizeof(name), "n%d", i);
		n += look(f, 19, name) == (uint64_t)i;
	}
	assert_in_range(n, 1, 100);
}

/* Names come and go: only those that are there take room. */
static void churn_in_a_listing_takes_no_room(void **state)
{
	struct fixture *f = *state;
	char name[16];

	put_listing(f, 2, 3, false, 0);
	for (uint64_t i = 0; i < 1000; i++) {
		uint64_t gen = 2 * i;

		(void)snprintf(name, sizeof(name), "t%d", (int)i);
		(void)change_names(f, 2);
		change(f, name, 1000 + i, gen, gen + 1);
		assert_int_equal(look(f, 2, name), 1000 + i);
		(void)change_names(f, 2);
		change(f, name, 0, gen + 1, gen + 2);
		assert_int_equal(look(f, 2, name), 0);
		assert_int_equal(look(f, 2, "f0"), 100);
	}
}

static void without_a_board_nothing_is_kept(void **state)
{
	const struct cache_conf conf = { 0 };
	const struct shelf_info info = { .id = 7 };
	struct fixture f = { 0 };
	struct shelf_info got;

	(void)state;
	assert_int_equal(cache_new(NULL, &conf, &f.cache), 0);
	cache_put_shelf(f.cache, &info, 0);
	assert_false(cache_get_shelf(f.cache, 7, &got));
	put_listing(&f, 2, 3, false, 0);
	cache_put_name(f.cache, 2, "a", 5, 0);
	change(&f, "b", 5, 0, 1);
	for (int i = 0; i < 5; i++)
		assert_int_equal(look(&f, 2, "a"), UNKNOWN);
	f.cache = cache_free(f.cache);
}

/* A Librarian without the memory has taken over. */
static void a_board_that_is_dead_tells_nothing(void **state)
{
	struct fixture *f = *state;
	const struct shelf_info info = { .id = 7 };
	struct shelf_info got;

	cache_put_shelf(f->cache, &info, 0);
	cache_put_name(f->cache, 2, "a", 5, 0);
	cache_reset(f->cache, false);
	cache_put_shelf(f->cache, &info, 0);
	cache_put_name(f->cache, 2, "a", 5, 0);
	assert_false(cache_get_shelf(f->cache, 7, &got));
	assert_int_equal(look(f, 2, "a"), UNKNOWN);
	assert_int_equal(look(f, 2, "a"), UNKNOWN);
	cache_reset(f->cache, true);
	assert_false(cache_get_shelf(f->cache, 7, &got));
	cache_put_shelf(f->cache, &info, 0);
	assert_true(cache_get_shelf(f->cache, 7, &got));
	cache_reset(NULL, true);
}

/* ---- collisions ------------------------------------------------------------ */

static void a_shared_counter_costs_a_question(void **state)
{
	struct fixture *f = *state;
	uint64_t dir = colliding(board_names_slot, 2);
	struct shelf_info got, info = { .id = 7 };

	cache_put_name(f->cache, 2, "a", 5, 0);
	cache_put_name(f->cache, dir, "a", 6, 0);
	assert_int_equal(look(f, 2, "a"), 5);
	assert_int_equal(look(f, dir, "a"), 6);
	(void)change_names(f, dir);
	change(f, "b", 8, 0, 1); /* of directory 2: impossible, and harmless */
	assert_int_equal(look(f, dir, "a"), UNKNOWN);
	cache_put_shelf(f->cache, &info, 0);
	(void)bump(f->board,
		   board_shelf_slot((int64_t)colliding(board_shelf_slot, 7)));
	assert_false(cache_get_shelf(f->cache, 7, &got));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(attributes_hold_until_they_change),
		TEST(an_older_answer_that_comes_later_is_not_kept),
		TEST(what_is_owned_is_not_kept),
		TEST(the_number_of_shelves_is_bounded),
		TEST(names_hold_until_one_changes),
		TEST(a_listing_knows_what_is_not_there),
		TEST(a_part_of_a_listing_does_not),
		TEST(a_large_directory_is_left_alone),
		TEST(a_listing_that_does_not_pay_becomes_rare),
		TEST(own_changes_keep_the_rest),
		TEST(a_foreign_change_in_between_is_noticed),
		TEST(a_rename_is_two_changes),
		TEST(the_number_of_names_is_bounded),
		TEST(churn_in_a_listing_takes_no_room),
		TEST(without_a_board_nothing_is_kept),
		TEST(a_board_that_is_dead_tells_nothing),
		TEST(a_shared_counter_costs_a_question),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
