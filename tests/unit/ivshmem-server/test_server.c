/* SPDX-License-Identifier: MIT */

/* test_server.c - Who is told what, in which order, and who is dropped */

#include "server.h"

#include "client.h"

#include <sys/resource.h>

/* ---- the protocol --------------------------------------------------------- */

static void the_first(void **state)
{
	struct fixture f;
	int fd, own[3];
	uint64_t one = 1;

	(void)state;
	fixture_init(&f, 3, 8, NULL, 0, 0);
	fd = attach(&f, SERVER_ANY_ID);
	expect_start(fd, 0);
	expect_vectors(fd, 0, 3, own);
	assert_false(has_more(fd));
	/* They are three different ones, and those of the server's peer. */
	assert_int_equal(write(own[1], &one, sizeof(one)), sizeof(one));
	for (int i = 0; i < 3; i++) {
		assert_int_equal(has_more(own[i]), i == 1);
		(void)close(own[i]);
	}
	(void)close(fd);
	fixture_deinit(&f);
}

static void the_memory(void **state)
{
	struct fixture f;
	char byte = 0;
	int fd, memory;

	(void)state;
	fixture_init(&f, 1, 8, NULL, 0, 0);
	fd = attach(&f, SERVER_ANY_ID);
	(void)expect(fd, 0, false);
	(void)expect(fd, 0, false);
	memory = expect(fd, -1, true);
	assert_int_equal(pwrite(memory, "x", 1, 100), 1);
	assert_int_equal(pread(f.memory_fd, &byte, 1, 100), 1);
	assert_int_equal(byte, 'x');
	(void)close(memory);
	(void)close(fd);
	fixture_deinit(&f);
}

static void others(void **state)
{
	struct fixture f;
	int a, b, c;

	(void)state;
	fixture_init(&f, 2, 8, NULL, 0, 0);
	a = attach(&f, SERVER_ANY_ID);
	expect_start(a, 0);
	expect_vectors(a, 0, 2, NULL);

	b = attach(&f, SERVER_ANY_ID);
	expect_start(b, 1);
	expect_vectors(b, 0, 2, NULL);
	expect_vectors(b, 1, 2, NULL);
	expect_vectors(a, 1, 2, NULL);

	c = attach(&f, SERVER_ANY_ID);
	expect_start(c, 2);
	expect_vectors(c, 0, 2, NULL);
	expect_vectors(c, 1, 2, NULL);
	expect_vectors(c, 2, 2, NULL);
	expect_vectors(a, 2, 2, NULL);
	expect_vectors(b, 2, 2, NULL);

	(void)close(b);
	settle(&f);
	(void)expect(a, 1, false);
	(void)expect(c, 1, false);
	assert_null(server_find(&f.s, 1));

	b = attach(&f, SERVER_ANY_ID);
	expect_vectors(a, 3, 2, NULL);
	expect_vectors(c, 3, 2, NULL);
	assert_false(has_more(a));
	assert_int_equal(f.s.counters.connects, 4);
	assert_int_equal(f.s.counters.left, 1);
	(void)close(a);
	(void)close(b);
	(void)close(c);
	fixture_deinit(&f);
}

/* a's descriptor for b and b's own are the same eventfd. */
static void rings(void **state)
{
	enum {
		N = 256
	};
	int a, b, own[N], others_of_a[N];
	struct fixture f;
	uint64_t v = 5;

	(void)state;
	fixture_init(&f, N, 2, NULL, 0, 0);
	a = attach(&f, SERVER_ANY_ID);
	b = attach(&f, SERVER_ANY_ID);
	expect_start(a, 0);
	expect_vectors(a, 0, N, NULL);
	settle(&f); /* what did not fit in the socket */
	expect_vectors(a, 1, N, others_of_a);
	expect_start(b, 1);
	expect_vectors(b, 0, N, NULL);
	settle(&f);
	expect_vectors(b, 1, N, own);
	for (int i = 0; i < N; i++) {
		assert_int_equal(write(others_of_a[i], &v, sizeof(v)),
				 sizeof(v));
		v = 0;
		assert_int_equal(read(own[i], &v, sizeof(v)), sizeof(v));
		assert_int_equal(v, 5);
		(void)close(own[i]);
		(void)close(others_of_a[i]);
	}
	(void)close(a);
	(void)close(b);
	fixture_deinit(&f);
}

static void refuse(struct fixture *f, uint32_t id, int want, const char *why)
{
	struct err e = { .msg = "" };
	char byte;
	int fds[2];

	assert_int_equal(
		socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	assert_int_equal(server_attach(&f->s, fds[1], id, false, &e), want);
	assert_non_null(strstr(e.msg, why));
	assert_int_equal(read(fds[0], &byte, 1), 0);
	(void)close(fds[0]);
}

/* ---- numbers -------------------------------------------------------------- */

static void numbers_in_turn(void **state)
{
	static const uint32_t reserved[] = { 1 };
	struct fixture f;
	int fd;

	(void)state;
	fixture_init(&f, 1, 8, reserved, 1, 0);
	for (int i = 0; i < 3; i++) {
		fd = attach(&f, SERVER_ANY_ID);
		expect_start(fd, i ? i + 1 : 0);
		(void)close(fd);
		settle(&f);
	}
	f.s.next_id = PEER_ID_MAX;
	fd = attach(&f, SERVER_ANY_ID);
	expect_start(fd, PEER_ID_MAX);
	(void)close(fd);
	settle(&f);
	fd = attach(&f, SERVER_ANY_ID);
	expect_start(fd, 0);
	(void)close(fd);
	fixture_deinit(&f);
}

/* QEMU's record of a client that has ended must not be used again. */
static void numbers_that_somebody_remembers(void **state)
{
	struct fixture f;
	int elder, fd;

	(void)state;
	fixture_init(&f, 1, 8, NULL, 0, 0);
	elder = attach(&f, SERVER_ANY_ID);
	(void)close(attach(&f, SERVER_ANY_ID));
	settle(&f);
	f.s.next_id = 1;
	fd = attach(&f, SERVER_ANY_ID);
	expect_start(fd, 2);
	for (uint32_t i = 0; i <= PEER_ID_MAX; i++)
		f.s.ended[i] = f.s.counters.connects;
	refuse(&f, SERVER_ANY_ID, -ENOSR, "client 0 has been connected");
	(void)close(fd);
	(void)close(elder);
	settle(&f);
	fd = attach(&f, SERVER_ANY_ID);
	expect_start(fd, 3);
	(void)close(fd);
	fixture_deinit(&f);
}

/* Nobody is told; what is rung meanwhile is heard after the return. */
static void who_has_a_reserved_number(void **state)
{
	static const uint32_t ids[] = { 7, 9 };
	int a, b, of_7, own;
	struct fixture f;
	uint64_t v = 3;

	(void)state;
	fixture_init(&f, 1, 8, ids, 2, 0);
	a = attach(&f, SERVER_ANY_ID);
	expect_start(a, 0);
	expect_vectors(a, 7, 1, &of_7);
	expect_vectors(a, 9, 1, NULL);
	expect_vectors(a, 0, 1, NULL);
	for (int i = 0; i < 20; i++) {
		b = attach(&f, 7);
		expect_start(b, 7);
		expect_vectors(b, 9, 1, NULL);
		expect_vectors(b, 0, 1, NULL);
		expect_vectors(b, 7, 1, NULL);
		(void)close(b);
		settle(&f);
	}
	assert_false(has_more(a));
	assert_int_equal(write(of_7, &v, sizeof(v)), sizeof(v));
	b = attach(&f, 7);
	expect_start(b, 7);
	expect_vectors(b, 9, 1, NULL);
	expect_vectors(b, 0, 1, NULL);
	expect_vectors(b, 7, 1, &own);
	assert_int_equal(read(own, &v, sizeof(v)), sizeof(v));
	assert_int_equal(v, 3);
	(void)close(own);
	(void)close(of_7);
	(void)close(a);
	(void)close(b);
	fixture_deinit(&f);
}

static void numbers_of_a_list(void **state)
{
	static const uint32_t ids[] = { 9, 4 };
	struct fixture f;
	int a, b;

	(void)state;
	fixture_init(&f, 1, 8, ids, 2, 2);
	a = attach(&f, SERVER_ANY_ID);
	expect_start(a, 9);
	b = attach(&f, SERVER_ANY_ID);
	expect_start(b, 4);
	refuse(&f, SERVER_ANY_ID, -ENOSPC, "more may not");
	(void)close(a);
	settle(&f);
	a = attach(&f, SERVER_ANY_ID);
	expect_start(a, 9);
	(void)close(a);
	(void)close(b);
	fixture_deinit(&f);
}

static void refused(void **state)
{
	static const uint32_t ids[] = { 3, 4, 5 };
	struct fixture f;
	int a, b;

	(void)state;
	fixture_init(&f, 1, 2, ids, 3, 0);
	a = attach(&f, 3);
	refuse(&f, 3, -EBUSY, "client 3 is connected already");
	refuse(&f, 6, -EINVAL, "number 6 is not reserved");
	b = attach(&f, 4);
	refuse(&f, 5, -ENOSPC, "2 clients are connected");
	expect_start(a, 3);
	expect_vectors(a, 4, 1, NULL);
	expect_vectors(a, 5, 1, NULL);
	expect_vectors(a, 3, 1, NULL);
	assert_false(has_more(a));
	assert_int_equal(f.s.counters.refused, 3);
	(void)close(a);
	(void)close(b);
	fixture_deinit(&f);
}

static void memory_that_shrank(void **state)
{
	struct fixture f;
	int a;

	(void)state;
	fixture_init(&f, 1, 2, NULL, 0, 0);
	a = attach(&f, SERVER_ANY_ID);
	assert_int_equal(ftruncate(f.memory_fd, 100), 0);
	refuse(&f, SERVER_ANY_ID, -ESTALE, "has 100 bytes now and had 4096");
	assert_non_null(server_find(&f.s, 0));
	(void)close(a);
	fixture_deinit(&f);
}

/* ---- clients that misbehave ----------------------------------------------- */

static void who_speaks(void **state)
{
	struct fixture f;
	int a, b, passed = count_fds() ? dup(STDIN_FILENO) : -1;
	unsigned before;

	(void)state;
	fixture_init(&f, 1, 4, NULL, 0, 0);
	a = attach(&f, SERVER_ANY_ID);
	expect_start(a, 0);
	expect_vectors(a, 0, 1, NULL);
	before = count_fds();
	b = attach(&f, SERVER_ANY_ID);
	expect_vectors(a, 1, 1, NULL);
	assert_int_equal(fdpass_send(b, "hello", 5, &passed, 1), 0);
	settle(&f);
	(void)expect(a, 1, false);
	assert_int_equal(f.s.counters.dropped, 1);
	(void)close(b);
	assert_int_equal(count_fds(), before); /* what it passed, too */
	(void)close(passed);
	(void)close(a);
	fixture_deinit(&f);
}

/* Comes and goes, and never waits for anybody; one does not read. */
static void who_does_not_read(void **state)
{
	struct fixture f;
	int deaf, good, i;

	(void)state;
	fixture_init(&f, 1, 4, NULL, 0, 0);
	deaf = attach(&f, SERVER_ANY_ID);
	good = attach(&f, SERVER_ANY_ID);
	expect_start(good, 1);
	expect_vectors(good, 0, 1, NULL);
	expect_vectors(good, 1, 1, NULL);
	for (i = 2; i < (int)PEER_ID_MAX && server_find(&f.s, 0); i++) {
		int fd = attach(&f, SERVER_ANY_ID);

		expect_vectors(good, i, 1, NULL);
		(void)close(fd);
		settle(&f);
		if (server_find(&f.s, 0))
			(void)expect(good, i, false);
	}
	assert_null(server_find(&f.s, 0));
	assert_in_range(i, PEER_QUEUE_MAX / 2, PEER_ID_MAX - 1);
	assert_int_equal(f.s.counters.dropped, 1);
	assert_non_null(server_find(&f.s, 1));
	(void)close(deaf);
	(void)close(good);
	fixture_deinit(&f);
}

static void many_come_and_go(void **state)
{
	struct fixture f;
	unsigned before;
	int stays;

	(void)state;
	fixture_init(&f, 2, 16, NULL, 0, 0);
	stays = attach(&f, SERVER_ANY_ID);
	expect_start(stays, 0);
	expect_vectors(stays, 0, 2, NULL);
	before = count_fds();
	for (int i = 0; i < 10000; i++) {
		int fd = attach(&f, SERVER_ANY_ID);
		int id = i + 1;

		expect_vectors(stays, id, 2, NULL);
		(void)close(fd);
		settle(&f);
		(void)expect(stays, id, false);
	}
	assert_int_equal(count_fds(), before);
	assert_int_equal(f.s.n_peers, 1);
	assert_int_equal(f.s.counters.left, 10000);
	(void)close(stays);
	fixture_deinit(&f);
}

/* Its vectors would be more descriptors than there may be. */
static void out_of_descriptors(void **state)
{
	struct rlimit old, low;
	struct fixture f;
	int a;

	(void)state;
	fixture_init(&f, 64, 4, NULL, 0, 0);
	a = attach(&f, SERVER_ANY_ID);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
	low = old;
	low.rlim_cur = count_fds() + 32;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
	refuse(&f, SERVER_ANY_ID, -EMFILE, "raise 'ulimit -n'");
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
	expect_start(a, 0);
	expect_vectors(a, 0, 64, NULL);
	assert_false(has_more(a));
	(void)close(attach(&f, SERVER_ANY_ID));
	(void)close(a);
	fixture_deinit(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first),
		cmocka_unit_test(the_memory),
		cmocka_unit_test(others),
		cmocka_unit_test(rings),
		cmocka_unit_test(numbers_in_turn),
		cmocka_unit_test(numbers_that_somebody_remembers),
		cmocka_unit_test(who_has_a_reserved_number),
		cmocka_unit_test(numbers_of_a_list),
		cmocka_unit_test(refused),
		cmocka_unit_test(memory_that_shrank),
		cmocka_unit_test(who_speaks),
		cmocka_unit_test(who_does_not_read),
		cmocka_unit_test(many_come_and_go),
		cmocka_unit_test(out_of_descriptors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
