/* SPDX-License-Identifier: MIT */

/* test_client_connect.c - Librarians that cannot be connected to */

#include "scripted.h"

static void a_wrong_token_is_final(void **state)
{
	struct server s;
	struct err e = { "" };

	(void)state;
	server_start(&s, "A");
	assert_int_equal(connect_to(s.port, &e), -EACCES);
	assert_non_null(strstr(e.msg, "token"));
	server_end(&s);
}

static void a_refusal_may_have_no_newline(void **state)
{
	struct server s;
	struct err e = { "" };

	(void)state;
	server_start(&s, "a");
	assert_int_equal(connect_to(s.port, &e), -EACCES);
	assert_non_null(strstr(e.msg, "token"));
	server_end(&s);
}

static void nobody_listens(void **state)
{
	struct err e = { "" };

	(void)state;
	assert_int_equal(connect_to(1, &e), -ECONNREFUSED);
	assert_non_null(strstr(e.msg, "127.0.0.1:1"));
}

static void names_are_not_looked_up(void **state)
{
	const struct client_conf conf = { .address = "localhost" };
	struct client *c;
	struct err e = { "" };

	(void)state;
	assert_int_equal(client_new(&conf, &c, &e), -EINVAL);
	assert_non_null(strstr(e.msg, "localhost"));
}

/* Whoever wants to end us does not wait for a Librarian that is away. */
static void a_stop_ends_the_wait(void **state)
{
	CLEANUP_FD int stop = eventfd(1, EFD_CLOEXEC);
	const struct client_conf conf = {
		.address = "127.0.0.1",
		.port = 1,
		.token = "",
		.stop_fd = stop,
		.patience_ms = 600000,
	};
	struct client *c;
	struct err e = { "" };

	(void)state;
	assert_int_equal(client_new(&conf, &c, &e), -EINTR);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_wrong_token_is_final),
		cmocka_unit_test(a_refusal_may_have_no_newline),
		cmocka_unit_test(nobody_listens),
		cmocka_unit_test(names_are_not_looked_up),
		cmocka_unit_test(a_stop_ends_the_wait),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
