/* SPDX-License-Identifier: MIT */

/* test_zero.c - Nobody ever sees bytes of a shelf that was before */

#include "fixture.h"

#include <fcntl.h>

#define BOOKS 8U

static int set_up(void **state)
{
	*state = fixture_new(2, BOOKS / 2);
	return 0;
}

static void fill(const struct fixture *f)
{
	char *p = malloc(BOOK);

	memset(p, 0x5a, BOOK);
	for (uint64_t i = 0; i < f->books; i++)
		assert_int_equal(pwrite(f->fam_fd, p, BOOK, (off_t)(i * BOOK)),
				 BOOK);
	free(p);
}

/* Bytes that are not zero in a part of the FAM. */
static uint64_t dirt(const struct fixture *f, uint64_t offset, uint64_t len)
{
	unsigned char *p = malloc(len);
	uint64_t n = 0;

	assert_int_equal(pread(f->fam_fd, p, len, (off_t)offset), len);
	for (uint64_t i = 0; i < len; i++)
		n += p[i] != 0;
	free(p);
	return n;
}

/* The shelf's books that are not zero throughout, by number in the shelf. */
static unsigned dirty_books(struct fixture *f, const char *path)
{
	json_t *s = reply_value(ask(f, 1,
				    "{'command':'get_shelf','path':'%s',"
				    "'want_books':true}",
				    path));
	json_t *books = json_object_get(s, "books");
	unsigned dirty = 0;

	for (size_t i = 0; i < json_array_size(books); i++) {
		uint64_t n =
			(uint64_t)json_integer_value(json_array_get(books, i));

		if (dirt(f, n * BOOK, BOOK))
			dirty |= 1U << i;
	}
	json_decref(s);
	return dirty;
}

static uint64_t place(struct fixture *f, const char *path, size_t i)
{
	json_t *s = reply_value(ask(f, 1,
				    "{'command':'get_shelf','path':'%s',"
				    "'want_books':true}",
				    path));
	uint64_t n = (uint64_t)json_integer_value(
		json_array_get(json_object_get(s, "books"), i));

	json_decref(s);
	return n * BOOK;
}

static void create(struct fixture *f, const char *path, uint64_t size)
{
	assert_works(f, 1, "{'command':'create_shelf','path':'%s'}", path);
	assert_works(f, 1,
		     "{'command':'resize_shelf','path':'%s','size_bytes':%llu}",
		     path, (unsigned long long)size);
}

static int resize(struct fixture *f, const char *path, uint64_t size)
{
	return reply_errno(ask(f, 1,
			       "{'command':'resize_shelf','path':'%s',"
			       "'size_bytes':%llu}",
			       path, (unsigned long long)size));
}

/* With all books in use, the next growth needs those that were just freed. */
static void test_reuse_waits_for_zeros(void **state)
{
	struct fixture *f = *state;

	create(f, "/a", 5 * BOOK);
	create(f, "/b", 3 * BOOK);
	fill(f);
	assert_int_equal(resize(f, "/a", BOOK), 0);
	assert_int_equal(f->lib.pool.counts.n[BOOK_FREE], 0);
	assert_int_equal(f->lib.pool.counts.n[BOOK_ZOMBIE], 4);
	assert_int_equal(resize(f, "/b", 8 * BOOK), ENOSPC);
	assert_int_equal(resize(f, "/b", 6 * BOOK), 0);
	assert_int_equal(dirty_books(f, "/b"), 7);
	/* LocalNode: its free books run out before all do */
	assert_int_equal(resize(f, "/b", 0), 0);
	assert_int_equal(resize(f, "/a", 0), 0);
	assert_int_equal(zero_all(&f->lib), 0);
	fill(f);
	for (int i = 0; i < 4; i++) {
		create(f, "/c", 0);
		assert_works(f, 1,
			     "{'command':'set_xattr','path':'/c',"
			     "'xattr':'user.LFS.AllocationPolicy',"
			     "'value':'LocalNode'}");
		assert_int_equal(resize(f, "/c", 3 * BOOK), 0);
		if (i)
			assert_int_equal(dirty_books(f, "/c"), 0);
		fill(f);
		assert_int_equal(resize(f, "/c", 0), 0);
	}
}

/* Several in one batch, the middle one of which has to wait. */
static void test_waiting_keeps_the_order(void **state)
{
	static const char *const texts[] = {
		"{'command':'resize_shelf','path':'/a','size_bytes':0}",
		"{'command':'resize_shelf','path':'/b','size_bytes':16777216}",
		"{'command':'get_fs_stats'}",
		"{'command':'resize_shelf','path':'/b','size_bytes':16777217}",
		"{'command':'get_shelf','path':'/b'}",
	};
	struct fixture *f = *state;
	struct request rqs[ARRAY_SIZE(texts)];

	create(f, "/a", 8 * BOOK);
	create(f, "/b", 0);
	fill(f);
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		json_t *o = quoted(texts[i]);

		(void)json_object_set_new(o, "context",
					  quoted("{'node_id':1}"));
		rqs[i] = request_of(f, o);
	}
	batch_run(&f->lib, rqs, ARRAY_SIZE(rqs));
	assert_int_equal(reply_errno(reply_of(&rqs[0])), 0);
	assert_int_equal(reply_errno(reply_of(&rqs[1])), 0);
	assert_int_equal(reply_int(reply_of(&rqs[2]), "books_used"), 8);
	assert_int_equal(reply_errno(reply_of(&rqs[3])), ENOSPC);
	assert_int_equal(reply_int(reply_of(&rqs[4]), "book_count"), 8);
	assert_int_equal(dirty_books(f, "/b"), 0);
	for (size_t i = 0; i < ARRAY_SIZE(rqs); i++)
		request_deinit(&rqs[i]);
}

static void test_end_of_a_cut_shelf(void **state)
{
	struct fixture *f = *state;
	uint64_t at;

	create(f, "/a", 2 * BOOK);
	fill(f);
	at = place(f, "/a", 0);
	assert_int_equal(resize(f, "/a", 5000), 0);
	/* at once, and not a byte too many */
	assert_int_equal(dirt(f, at, BOOK), 5000);
	/* whatever a stray store has left there since */
	assert_int_equal(pwrite(f->fam_fd, "x", 1, (off_t)(at + 70000)), 1);
	assert_int_equal(resize(f, "/a", 2 * BOOK), 0);
	assert_int_equal(dirt(f, at, BOOK), 5000);
	/* growing within the book leaves alone what was written meanwhile */
	assert_int_equal(resize(f, "/a", 6000), 0);
	assert_int_equal(resize(f, "/a", 7000), 0);
	assert_int_equal(pwrite(f->fam_fd, "y", 1, (off_t)(at + 6500)), 1);
	assert_int_equal(resize(f, "/a", 8000), 0);
	assert_int_equal(dirt(f, at, BOOK), 5001);
}

/* A mapping reaches to the end of the last page: what was stored there, behind
 * the end, is not in the file when it grows.
 */
static void test_stores_behind_the_end(void **state)
{
	struct fixture *f = *state;
	uint64_t at;

	create(f, "/a", 5000);
	at = place(f, "/a", 0);
	assert_int_equal(pwrite(f->fam_fd, "a", 1, (off_t)at + 4999), 1);
	assert_int_equal(pwrite(f->fam_fd, "b", 1, (off_t)at + 5000), 1);
	assert_int_equal(pwrite(f->fam_fd, "c", 1, (off_t)at + 8191), 1);
	assert_int_equal(resize(f, "/a", 9000), 0);
	assert_int_equal(dirt(f, at, BOOK), 1);
	/* At the end of a page there is nothing behind it. */
	assert_int_equal(resize(f, "/a", 12288), 0);
	assert_int_equal(pwrite(f->fam_fd, "d", 1, (off_t)at + 12287), 1);
	assert_int_equal(resize(f, "/a", 12289), 0);
	assert_int_equal(dirt(f, at, BOOK), 2);
}

/* Refused: nothing may have been zeroed. */
static void test_failed_cut_leaves_data(void **state)
{
	struct fixture *f = *state;
	uint64_t at;

	create(f, "/a", BOOK);
	assert_works(f, 2, "{'command':'open_shelf','path':'/a'}");
	fill(f);
	at = place(f, "/a", 0);
	assert_int_equal(resize(f, "/a", 10), EMFILE);
	assert_int_equal(f->lib.zero.n_tails, 0);
	assert_int_equal(dirt(f, at, BOOK), BOOK);
}

/* Zeroing goes on after a restart. */
static void test_resumed_after_restart(void **state)
{
	struct fixture *f = *state;

	create(f, "/a", 8 * BOOK);
	fill(f);
	assert_int_equal(resize(f, "/a", 0), 0);
	fixture_close(f);
	assert_int_equal(dirt(f, 0, 8 * BOOK), 8 * BOOK);
	fixture_open(f);
	assert_true(zero_needed(&f->lib));
	assert_int_equal(zero_all(&f->lib), 0);
	assert_int_equal(f->lib.pool.counts.n[BOOK_FREE], 8);
	assert_int_equal(dirt(f, 0, 8 * BOOK), 0);
}

/* Free books are believed to be zero in a memory that is known. */
static void test_unknown_memory_is_zeroed(void **state)
{
	struct fixture *f = *state;
	struct err e = { 0 };
	struct db *db;
	uint64_t at;

	create(f, "/a", BOOK);
	at = place(f, "/a", 0);
	fill(f);
	fixture_close(f);
	fixture_open(f); /* the same: not touched */
	assert_int_equal(dirt(f, 0, 8 * BOOK), 8 * BOOK);
	fixture_close(f);
	/* as after a restart of the machine */
	assert_int_equal(db_open(f->db, DB_EXISTING, &db, &e), 0);
	assert_int_equal(db_run(db, SQL_SET_ZEROED_IN, sql_text("another")), 0);
	(void)db_close(db);
	fixture_open(f);
	assert_int_equal(dirt(f, 0, 8 * BOOK), BOOK);
	assert_int_equal(dirt(f, at, BOOK), BOOK);
}

static void test_without_memory_nothing_is_freed(void **state)
{
	struct fixture *f = *state;

	fixture_close(f);
	f->conf.fam_fd = -1;
	fixture_open(f);
	create(f, "/a", 8 * BOOK);
	assert_int_equal(resize(f, "/a", 0), 0);
	assert_int_equal(f->lib.pool.counts.n[BOOK_ZOMBIE], 8);
	assert_false(zero_needed(&f->lib));
	assert_int_equal(resize(f, "/a", 1), ENOSPC);
}

/* Whoever waits for the last one ends, whatever was counted. */
static void test_wrong_count(void **state)
{
	struct fixture *f = *state;
	struct pool_counts *counts = &f->lib.pool.counts, right;

	create(f, "/a", 3 * BOOK);
	right = *counts;
	counts->n[BOOK_ZOMBIE] = 2;
	counts->n[BOOK_FREE] -= 2;
	counts->free_in[0] = 7;
	assert_true(zero_needed(&f->lib));
	assert_int_equal(zero_all(&f->lib), 0);
	assert_false(zero_needed(&f->lib));
	assert_memory_equal(counts, &right, sizeof(right));
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, set_up, fixture_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_wrong_count),
		TEST(test_reuse_waits_for_zeros),
		TEST(test_waiting_keeps_the_order),
		TEST(test_end_of_a_cut_shelf),
		TEST(test_stores_behind_the_end),
		TEST(test_failed_cut_leaves_data),
		TEST(test_resumed_after_restart),
		TEST(test_unknown_memory_is_zeroed),
		TEST(test_without_memory_nothing_is_freed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
