/* SPDX-License-Identifier: MIT */

/* test_client.c - Calls by a connection that is not always well */

#include "scripted.h"

static void answers(void **state)
{
	struct server s;
	struct client *c = connected(&s, "HVEOV");

	(void)state;
	assert_int_equal(ask(c), 0);
	assert_int_equal(ask(c), -ENOENT);
	assert_int_equal(ask(c), 0);
	assert_int_equal(ask(c), 0);
	assert_int_equal(heard.n, 1);
	assert_int_equal(restored, 0);
	c = client_free(c);
	server_end(&s);
	assert_string_equal(s.commands, "hgggg");
}

/* hello, request lost; hello, handles, the request again */
static void a_lost_connection_is_made_again(void **state)
{
	struct server s;
	struct client *c = connected(&s, "HXHVVV");

	(void)state;
	assert_int_equal(ask_twice(c), 0);
	assert_int_equal(restored, 1);
	assert_int_equal(restore_result, 0);
	assert_int_equal(ask(c), 0);
	c = client_free(c);
	server_end(&s);
	assert_string_equal(s.commands, "hghlgg");
}

static void nonsense_ends_the_connection(void **state)
{
	struct server s;
	struct client *c = connected(&s, "HGHVV");

	(void)state;
	assert_int_equal(ask(c), 0);
	assert_int_equal(restored, 1);
	c = client_free(c);
	server_end(&s);
	assert_string_equal(s.commands, "hghlg");
}

/* The Librarian goes while the handles are being restored: once more. */
static void a_failed_restoring_is_repeated(void **state)
{
	struct server s;
	struct client *c = connected(&s, "HXHXHVV");

	(void)state;
	assert_int_equal(ask(c), 0);
	assert_int_equal(restored, 2);
	c = client_free(c);
	server_end(&s);
	assert_string_equal(s.commands, "hghlhlg");
}

/* What cannot be restored does not keep us from the Librarian. */
static void a_refused_restoring_is_the_end_of_it(void **state)
{
	struct server s;
	struct client *c = connected(&s, "HXHNV");

	(void)state;
	assert_int_equal(ask_twice(c), 0);
	assert_int_equal(restored, 1);
	assert_int_equal(restore_result, -EIO);
	c = client_free(c);
	server_end(&s);
}

/* Also if nobody asks, or events would be lost. */
static void an_idle_connection_is_made_again(void **state)
{
	const uint64_t one = 1;
	struct server s;
	struct client *c = connected(&s, "HKHVV");

	(void)state;
	assert_int_equal(ask(c), 0);
	heard.result = -ENOBUFS; /* which breaks it */
	assert_int_equal(write(s.go, &one, sizeof(one)), sizeof(one));
	wait_heard(1);
	assert_int_equal(ask(c), 0);
	assert_int_equal(restored, 1);
	c = client_free(c);
	server_end(&s);
}

static void events_come_between_calls(void **state)
{
	const uint64_t one = 1;
	struct server s;
	struct client *c = connected(&s, "HKKV");

	(void)state;
	for (int i = 1; i <= 2; i++) {
		assert_int_equal(ask(c), 0);
		assert_int_equal(write(s.go, &one, sizeof(one)), sizeof(one));
		wait_heard(i);
	}
	assert_int_equal(ask(c), 0);
	assert_int_equal(restored, 0);
	c = client_free(c);
	server_end(&s);
}

static void hello_tells_of_the_board(void **state)
{
	struct server s;
	struct client *c = connected(&s, "2");
	struct client_hello h = client_get_hello(c);

	(void)state;
	assert_int_equal(h.protocol, 2);
	assert_int_equal(h.board_offset, 4096);
	assert_int_equal(h.board_size, 1024);
	c = client_free(c);
	server_end(&s);
}

static void another_requests_answer_is_nonsense(void **state)
{
	struct server s;
	struct client *c = connected(&s, "HWHVV");

	(void)state;
	assert_int_equal(ask_twice(c), 0);
	assert_int_equal(restored, 1);
	c = client_free(c);
	server_end(&s);
}

static void patience_ends(void **state)
{
	struct server s;
	struct client *c;

	(void)state;
	patience_ms = 100;
	c = connected(&s, "HX");
	assert_int_equal(ask(c), -EIO);
	c = client_free(c);
	server_end(&s);
	/* It listens, and is silent. */
	c = connected(&s, "HS");
	assert_int_equal(ask(c), -EIO);
	c = client_free(c);
	server_end(&s);
	patience_ms = 20000;
}

static void *ask_in_vain(void *arg)
{
	assert_int_equal(ask(arg), -EIO);
	return NULL;
}

static void less_patience_ends_waiting_calls(void **state)
{
	struct server s;
	struct client *c = connected(&s, "HX");
	pthread_t threads[3];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(threads); i++)
		assert_int_equal(
			pthread_create(&threads[i], NULL, ask_in_vain, c), 0);
	server_end(&s);
	client_set_patience(c, 1);
	for (size_t i = 0; i < ARRAY_SIZE(threads); i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	c = client_free(c);
}

/* ---- many threads ---------------------------------------------------------- */

#define THREADS 6
#define CALLS 300

struct asker {
	pthread_t thread;
	uint64_t first;
	int wrong;
};

static void *ask_much(void *arg)
{
	struct asker *a = arg;

	for (uint64_t i = 0; i < CALLS; i++) {
		CLEANUP_REPLY struct reply reply = { 0 };
		uint64_t id = a->first + i;
		int r = client_ask(client, NULL, request_get(id, false),
				   &reply);

		if (r < 0 || reply.value->integer != (int64_t)id)
			a->wrong++;
	}
	return NULL;
}

static void ask_by_many(const char *script)
{
	struct asker askers[THREADS];
	struct server s;
	struct client *c = connected(&s, script);

	for (int i = 0; i < THREADS; i++) {
		askers[i] = (struct asker){ .first = 1 + (uint64_t)i * CALLS };
		assert_int_equal(pthread_create(&askers[i].thread, NULL,
						ask_much, &askers[i]),
				 0);
	}
	for (int i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_join(askers[i].thread, NULL), 0);
		assert_int_equal(askers[i].wrong, 0);
	}
	__atomic_store_n(&s.over, true, __ATOMIC_RELEASE);
	c = client_free(c);
	(void)shutdown(s.fd, SHUT_RDWR);
	server_end(&s);
}

static void each_thread_gets_its_answer(void **state)
{
	(void)state;
	ask_by_many("HM");
	assert_int_equal(restored, 0);
}

/* hello and the restoring are echoed as well. */
static void each_thread_gets_its_answer_at_last(void **state)
{
	(void)state;
	ask_by_many("Hm");
	assert_true(restored > THREADS * CALLS / 40 - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers),
		cmocka_unit_test(a_lost_connection_is_made_again),
		cmocka_unit_test(nonsense_ends_the_connection),
		cmocka_unit_test(a_failed_restoring_is_repeated),
		cmocka_unit_test(a_refused_restoring_is_the_end_of_it),
		cmocka_unit_test(an_idle_connection_is_made_again),
		cmocka_unit_test(events_come_between_calls),
		cmocka_unit_test(hello_tells_of_the_board),
		cmocka_unit_test(another_requests_answer_is_nonsense),
		cmocka_unit_test(patience_ends),
		cmocka_unit_test(less_patience_ends_waiting_calls),
		cmocka_unit_test(each_thread_gets_its_answer),
		cmocka_unit_test(each_thread_gets_its_answer_at_last),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
