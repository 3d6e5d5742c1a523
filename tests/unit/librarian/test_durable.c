/* SPDX-License-Identifier: MIT */

/* test_durable.c - What was acknowledged survives kill -9
 *
 * A child serves; the test sends many requests without waiting, and kills the
 * child after a number of replies while the others are still in work. Then the
 * database is opened again: every shelf that was acknowledged is there with
 * the size that was, and every book that is free reads as zeros.
 */

#include "fixture.h"

#include <event2/event.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "listen.h"
#include "loop.h"
#include "server.h"

#define ROUNDS 12
#define SHELVES 40
#define NODES 4U
#define BOOKS_PER_NODE 32U

/* The child: never returns. */
static void serve(const struct fixture *f, int fd)
{
	struct server_conf conf = { .admin_fd = fd };
	struct event_base *base = loop_new();
	struct librarian lib;
	struct server *server;
	struct err e = { 0 };

	if (!base || librarian_init(&lib, &f->conf, &e) < 0 ||
	    listen_open("127.0.0.1", 0, &conf.listen_fd, &e) < 0 ||
	    server_new(base, &lib, &conf, &server) < 0)
		_exit(1);
	(void)event_base_dispatch(base);
	_exit(2); /* it is to be killed before */
}

static pid_t start(struct fixture *f, int *ret_fd)
{
	int sv[2];
	pid_t pid;

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sv),
			 0);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		(void)close(sv[0]);
		serve(f, sv[1]);
	}
	(void)close(sv[1]);
	*ret_fd = sv[0];
	return pid;
}

/* Each shelf: made, grown, grown again or cut inside a book. */
static void ask_all(FILE *to, unsigned round)
{
	for (unsigned i = 0; i < SHELVES; i++) {
		(void)fprintf(to,
			      "{\"command\":\"create_shelf\",\"path\":"
			      "\"/r%u-%u\",\"context\":{\"node_id\":1}}",
			      round, i);
		(void)fprintf(to,
			      "{\"command\":\"resize_shelf\",\"path\":"
			      "\"/r%u-%u\",\"size_bytes\":%d,\"context\":"
			      "{\"node_id\":1}}",
			      round, i, 3000000);
		(void)fprintf(to,
			      "{\"command\":\"resize_shelf\",\"path\":"
			      "\"/r%u-%u\",\"size_bytes\":%d,\"context\":"
			      "{\"node_id\":1}}",
			      round, i, i % 3 ? 3000001 : 5);
		(void)fflush(to);
	}
}

/* Reads @n replies, none of which is an error. */
static void hear(FILE *from, unsigned n)
{
	char line[4096];

	for (unsigned i = 0; i < n; i++) {
		assert_non_null(fgets(line, sizeof(line), from));
		if (strstr(line, "errmsg"))
			fail_msg("%s", line);
	}
}

/* What the first @acked replies have promised. */
static void check_promises(struct fixture *f, unsigned round, unsigned acked)
{
	for (unsigned i = 0; i < SHELVES; i++) {
		static const int64_t sizes[] = { 0, 3000000 };
		unsigned done = acked > 3 * i ? acked - 3 * i : 0;
		int64_t size, last = i % 3 ? 3000001 : 5;

		if (!done)
			break;
		size = reply_int(ask(f, 1,
				     "{'command':'get_shelf',"
				     "'path':'/r%u-%u'}",
				     round, i),
				 "size_bytes");
		/* Later requests may have been done, though not answered. */
		if (done >= 3)
			assert_int_equal(size, last);
		else if (done == 2)
			assert_true(size == sizes[1] || size == last);
		assert_true(size == sizes[0] || size == sizes[1] ||
			    size == last);
	}
}

static void check_free_books(struct fixture *f)
{
	static char book[BOOK];
	sqlite3_stmt *rows;
	int r;

	assert_int_equal(db_query(f->lib.db, SQL_BOOKS_FREE, &rows), 0);
	while ((r = db_next(f->lib.db, rows)) > 0) {
		uint64_t id = (uint64_t)sqlite3_column_int64(rows, 0);
		uint64_t at = pool_flat(&f->lib.pool, id) * BOOK;

		assert_int_equal(pread(f->fam_fd, book, BOOK, (off_t)at), BOOK);
		assert_int_equal(book[0], 0);
		assert_memory_equal(book, book + 1, BOOK - 1);
	}
	assert_int_equal(r, 0);
}

/* Every book in use gets dirty, as nodes would make it. */
static void write_books(struct fixture *f, unsigned round)
{
	for (unsigned i = 0; i < SHELVES; i++) {
		json_t *r = ask(f, 1,
				"{'command':'get_shelf','path':'/r%u-%u',"
				"'want_books':true}",
				round, i);
		json_t *books =
			json_object_get(json_object_get(r, "value"), "books");

		for (size_t b = 0; b < json_array_size(books); b++) {
			json_int_t n =
				json_integer_value(json_array_get(books, b));

			assert_int_equal(pwrite(f->fam_fd, "dirt", 4,
						(off_t)((uint64_t)n * BOOK)),
					 4);
		}
		json_decref(r);
	}
}

static void destroy_all(struct fixture *f, unsigned round)
{
	f->session.admin = true;
	assert_works(f, 0, "{'command':'node_down','node_id':1}");
	for (unsigned i = 0; i < SHELVES; i++)
		(void)reply_errno(ask(f, 1,
				      "{'command':'destroy_shelf',"
				      "'path':'/r%u-%u'}",
				      round, i));
}

static void run_round(struct fixture *f, unsigned round, unsigned acks)
{
	FILE *to, *from;
	int fd, status;
	pid_t pid;

	pid = start(f, &fd);
	to = fdopen(fd, "w");
	from = fdopen(dup(fd), "r");
	ask_all(to, round);
	hear(from, acks);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	(void)fclose(to);
	(void)fclose(from);
	fixture_open(f);
	check_promises(f, round, acks);
	check_free_books(f);
	write_books(f, round);
	destroy_all(f, round);
	/* some are still to be zeroed when the next round begins */
	assert_int_equal(zero_some(&f->lib), 0);
	fixture_close(f);
}

static void test_killed(void **state)
{
	struct fixture f;

	(void)state;
	fixture_make(&f, NODES, BOOKS_PER_NODE);
	for (unsigned round = 0; round < ROUNDS; round++)
		run_round(&f, round, 1 + (round * 37) % (3 * SHELVES));
	fixture_end(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_killed),
	};

	(void)signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
