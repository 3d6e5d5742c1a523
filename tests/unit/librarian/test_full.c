/* SPDX-License-Identifier: MIT */

/* test_full.c - When the database cannot be written, nothing is half done */

#include "fixture.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#define N 8

static int set_up(void **state)
{
	*state = fixture_new(2, 16);
	return 0;
}

static json_t *with_node(const char *fmt, int i)
{
	char text[200];
	json_t *o;

	/* The texts below have one %d. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	(void)snprintf(text, sizeof(text), fmt, i);
#pragma GCC diagnostic pop
	o = quoted(text);
	(void)json_object_set_new(o, "context", quoted("{'node_id':1}"));
	return o;
}

/* Runs a batch of the same request; returns the errno that all have. */
static int run_batch(struct fixture *f, const char *fmt)
{
	struct request rqs[N];
	int e = -1;

	for (int i = 0; i < N; i++)
		rqs[i] = request_of(f, with_node(fmt, i));
	batch_run(&f->lib, rqs, N);
	for (int i = 0; i < N; i++) {
		json_t *reply = reply_of(&rqs[i]);
		int error;

		assert_non_null(json_object_get(reply, "context"));
		error = reply_errno(reply);
		assert_true(i == 0 || error == e);
		e = error;
		request_deinit(&rqs[i]);
	}
	return e;
}

static const char create[] = "{'command':'create_shelf','path':'/f%d'}";
static const char grow[] =
	"{'command':'resize_shelf','path':'/f%d','size_bytes':1}";

/* The disk is full when the commit writes its log. */
static void test_commit_fails(void **state)
{
	struct fixture *f = *state;
	struct rlimit old, tight;
	char wal[128];
	struct stat st;

	assert_int_equal(run_batch(f, create), 0);
	(void)snprintf(wal, sizeof(wal), "%s-wal", f->db);
	assert_int_equal(stat(wal, &st), 0);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	tight = old;
	tight.rlim_cur = (rlim_t)st.st_size;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &tight), 0);
	assert_true(run_batch(f, grow) != 0);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	/* nothing has happened, and it goes on */
	assert_int_equal(f->lib.pool.counts.n[BOOK_INUSE], 0);
	assert_int_equal(
		reply_int(ask(f, 1, "{'command':'get_shelf','path':'/f0'}"),
			  "book_count"),
		0);
	assert_int_equal(run_batch(f, grow), 0);
	assert_int_equal(f->lib.pool.counts.n[BOOK_INUSE], N);
}

/* SQLite may not add pages: a statement fails and ends the transaction. */
static void test_statement_fails(void **state)
{
	struct fixture *f = *state;
	int made = 0, e = 0;

	assert_int_equal(db_script(f->lib.db, "PRAGMA max_page_count = 1"), 0);
	for (; made < 2000 && !e; made++)
		e = reply_errno(ask(f, 1,
				    "{'command':'create_shelf',"
				    "'path':'/%0200d'}",
				    made));
	assert_int_equal(e, ENOSPC);
	assert_int_equal(db_script(f->lib.db, "PRAGMA max_page_count = 99999"),
			 0);
	assert_fails(ENOENT, f, 1, "{'command':'get_shelf','path':'/%0200d'}",
		     made - 1);
	assert_works(f, 1, "{'command':'get_shelf','path':'/%0200d'}",
		     made - 2);
	assert_works(f, 1, "{'command':'create_shelf','path':'/%0200d'}",
		     made - 1);
}

/* Those before and behind the one that fails have not happened either. */
static void test_statement_fails_in_a_batch(void **state)
{
	struct fixture *f = *state;
	char fmt[256];
	int e = 0, i;

	assert_int_equal(db_script(f->lib.db, "PRAGMA max_page_count = 1"), 0);
	for (i = 0; i < 2000 && !e; i++) {
		(void)snprintf(
			fmt, sizeof(fmt),
			"{'command':'create_shelf','path':'/%0150d-%%d'}", i);
		e = run_batch(f, fmt);
	}
	assert_int_equal(e, ENOSPC);
	for (int k = 0; k < N; k++)
		assert_fails(ENOENT, f, 1,
			     "{'command':'get_shelf','path':'/%0150d-%d'}",
			     i - 1, k);
}

/* Zeroing cannot note what it has zeroed: the books stay zombies. */
static void test_zeroing_fails(void **state)
{
	struct fixture *f = *state;
	struct rlimit old, tight;

	assert_int_equal(run_batch(f, create), 0);
	assert_int_equal(run_batch(f, grow), 0);
	assert_int_equal(run_batch(f, "{'command':'resize_shelf','path':'/f%d',"
				      "'size_bytes':0}"),
			 0);
	assert_int_equal(f->lib.pool.counts.n[BOOK_ZOMBIE], N);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	tight = old;
	tight.rlim_cur = 4096;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &tight), 0);
	assert_true(zero_all(&f->lib) < 0);
	assert_int_equal(f->lib.pool.counts.n[BOOK_ZOMBIE], N);
	/* all free ones can be had, no more */
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	assert_int_equal(zero_all(&f->lib), 0);
	assert_int_equal(f->lib.pool.counts.n[BOOK_FREE], 32);
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, set_up, fixture_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_commit_fails),
		TEST(test_statement_fails),
		TEST(test_statement_fails_in_a_batch),
		TEST(test_zeroing_fails),
	};

	(void)signal(SIGXFSZ, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
