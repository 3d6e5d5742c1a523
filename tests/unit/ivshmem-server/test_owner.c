/* SPDX-License-Identifier: MIT */

/* test_owner.c - Vectors and clients that the owner gives */

#include "owner.h"

#include "client.h"

#include "proto_doorbell.h"

#define N 10 /* more than a message carries */

struct owned {
	struct fixture f;
	struct owner *o;
	int fd;
	int vectors[2][N];
};

static const uint32_t ids[] = { 1, 2 };

static void say(int fd, uint32_t kind, uint32_t id, const int *fds, size_t n)
{
	const struct doorbell_message m = { kind, id };

	assert_int_equal(fdpass_send(fd, &m, sizeof(m), fds, n), 0);
}

static void start(struct owned *w)
{
	struct err e = { .msg = "" };
	int pair[2];

	fixture_init(&w->f, N, 8, ids, 2, 0);
	server_deinit(&w->f.s);
	w->f.s.conf.given = true;
	w->f.s.conf.first = DOORBELL_HOST_FIRST;
	assert_int_equal(server_init(&w->f.s, w->f.base, &w->f.s.conf), 0);
	assert_int_equal(
		socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	w->fd = pair[0];
	assert_int_equal(owner_new(&w->f.s, pair[1], &w->o, &e), 0);
	for (int k = 0; k < 2; k++) {
		say(w->fd, DOORBELL_VECTORS, ids[k], w->vectors[k], FDPASS_MAX);
		say(w->fd, DOORBELL_VECTORS, ids[k], w->vectors[k] + FDPASS_MAX,
		    N - FDPASS_MAX);
	}
	settle(&w->f);
}

static void stop(struct owned *w)
{
	(void)owner_free(w->o);
	fixture_deinit(&w->f);
	(void)close(w->fd);
}

static void make_vectors(struct owned *w)
{
	for (int i = 0; i < 2 * N; i++)
		w->vectors[i / N][i % N] = eventfd(0, EFD_NONBLOCK);
}

static void close_vectors(struct owned *w)
{
	for (int i = 0; i < 2 * N; i++)
		(void)close(w->vectors[i / N][i % N]);
}

/* Gives one end to the server, and returns the other. */
static int connect_as(struct owned *w, uint32_t kind, uint32_t id,
		      int *ret_kept)
{
	int pair[2];

	assert_int_equal(
		socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	say(w->fd, kind, id, &pair[1], 1);
	*ret_kept = pair[1];
	settle(&w->f);
	return pair[0];
}

/* What the owner rings is what the client is rung by, over a server's death. */
static void over_a_restart(void **state)
{
	int client, kept, host, own[N], of_1[N];
	uint64_t v = 7;
	struct owned w;

	(void)state;
	make_vectors(&w);
	start(&w);
	client = connect_as(&w, DOORBELL_CLIENT, 1, &kept);
	expect_start(client, 1);
	expect_vectors(client, 2, N, NULL);
	expect_vectors(client, 1, N, own);
	assert_int_equal(write(w.vectors[0][9], &v, sizeof(v)), sizeof(v));
	assert_int_equal(read(own[9], &v, sizeof(v)), sizeof(v));
	assert_int_equal(v, 7);

	stop(&w);
	assert_false(has_more(client)); /* not even its end */
	start(&w);
	say(w.fd, DOORBELL_KNOWN_CLIENT, 1, &kept, 1);
	settle(&w.f);
	assert_non_null(server_find(&w.f.s, 1));
	assert_false(has_more(client));

	/* A program of the host is told of it, and it of the program. */
	host = attach(&w.f, SERVER_ANY_ID);
	expect_start(host, DOORBELL_HOST_FIRST);
	expect_vectors(host, 1, N, of_1);
	expect_vectors(host, 2, N, NULL);
	expect_vectors(host, DOORBELL_HOST_FIRST, N, NULL);
	expect_vectors(client, DOORBELL_HOST_FIRST, N, NULL);
	assert_int_equal(write(of_1[3], &v, sizeof(v)), sizeof(v));
	assert_int_equal(read(own[3], &v, sizeof(v)), sizeof(v));
	stop(&w);
	for (int i = 0; i < N; i++) {
		(void)close(own[i]);
		(void)close(of_1[i]);
	}
	(void)close(host);
	(void)close(kept);
	(void)close(client);
	close_vectors(&w);
}

static void nonsense(void **state)
{
	int fds[2], client, kept;
	struct owned w;
	unsigned before;
	char byte;

	(void)state;
	make_vectors(&w);
	start(&w);
	before = count_fds();
	assert_int_equal(pipe(fds), 0);
	say(w.fd, DOORBELL_VECTORS, 1, fds, 2); /* it has them all */
	say(w.fd, DOORBELL_VECTORS, 9, fds, 2); /* not reserved */
	say(w.fd, DOORBELL_CLIENT, 1, fds, 2);
	say(w.fd, DOORBELL_CLIENT, 1, NULL, 0);
	say(w.fd, 99, 1, fds, 1);
	assert_int_equal(send(w.fd, "x", 1, 0), 1);
	settle(&w.f);
	(void)close(fds[0]);
	(void)close(fds[1]);
	assert_int_equal(count_fds(), before);
	client = connect_as(&w, DOORBELL_CLIENT, 3, &kept); /* not reserved */
	(void)close(kept);
	assert_int_equal(read(client, &byte, 1), 0);
	(void)close(client);
	assert_int_equal(w.f.s.n_peers, 0);
	stop(&w);
	close_vectors(&w);
}

static void its_end(void **state)
{
	struct owned w;

	(void)state;
	make_vectors(&w);
	start(&w);
	assert_int_equal(shutdown(w.fd, SHUT_RDWR), 0);
	assert_int_equal(event_base_dispatch(w.f.base), 0); /* returns */
	stop(&w);
	close_vectors(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(over_a_restart),
		cmocka_unit_test(nonsense),
		cmocka_unit_test(its_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
