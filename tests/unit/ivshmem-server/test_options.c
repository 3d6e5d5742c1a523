/* SPDX-License-Identifier: MIT */

/* test_options.c - QEMU's letters with their meaning, ours, and nonsense */

#include "options.h"

#include <errno.h>

#include "../unit.h"

#define ARGS_MAX 16

static int parse(struct options *o, struct err *e, ...)
{
	char *argv[ARGS_MAX + 1] = { (char *)(uintptr_t) "ivshmem-server" };
	int argc = 1;
	va_list ap;

	va_start(ap, e);
	while (argc < ARGS_MAX && (argv[argc] = va_arg(ap, char *)))
		argc++;
	va_end(ap);
	e->msg[0] = 0;
	return options_parse(argc, argv, o, e);
}

static void defaults(void **state)
{
	struct options o;
	struct err e;

	(void)state;
	assert_int_equal(parse(&o, &e, NULL), 0);
	assert_int_equal(o.action, OPTIONS_RUN);
	assert_string_equal(o.socket_path, "/tmp/ivshmem_socket");
	assert_string_equal(o.pid_path, "/var/run/ivshmem-server.pid");
	assert_string_equal(o.memory.shm_name, "ivshmem");
	assert_int_equal(o.memory.size, 4 << 20);
	assert_int_equal(o.memory.fd, -1);
	assert_int_equal(o.vectors, 1);
	assert_int_equal(o.clients_max, 1024);
	assert_int_equal(o.n_ids, 0);
	assert_false(o.foreground || o.verbose || o.no_seccomp);
}

static void letters_of_qemu(void **state)
{
	struct options o;
	struct err e;

	(void)state;
	assert_int_equal(parse(&o, &e, "-F", "-v", "-S", "/s", "-p", "/p", "-M",
			       "name", "-l", "1G", "-n", "16", NULL),
			 0);
	assert_true(o.foreground && o.verbose);
	assert_string_equal(o.socket_path, "/s");
	assert_null(o.pid_path); /* of use in the background only */
	assert_string_equal(o.memory.shm_name, "name");
	assert_int_equal(o.memory.size, 1 << 30);
	assert_int_equal(o.vectors, 16);
	assert_int_equal(parse(&o, &e, "-p", "/p", "-m", "/dir", NULL), 0);
	assert_string_equal(o.pid_path, "/p");
	assert_string_equal(o.memory.dir, "/dir");
	assert_null(o.memory.shm_name);
	assert_int_equal(parse(&o, &e, "-h", NULL), 0);
	assert_int_equal(o.action, OPTIONS_HELP);
}

static void ours(void **state)
{
	struct options o;
	struct err e;

	(void)state;
	assert_int_equal(parse(&o, &e, "--ids", "5,3,65535", "--clients=3",
			       "--shm-fd=4", "--control", "/c", "--ready-fd",
			       "9", "--peer", "/a=b=7", "--peer-fd", "6=8",
			       NULL),
			 0);
	assert_int_equal(o.n_in_order, 3);
	assert_int_equal(o.n_ids, 5); /* and the peers' */
	assert_int_equal(o.ids[4], 8);
	assert_int_equal(o.ids[0], 5);
	assert_int_equal(o.ids[2], 65535);
	assert_int_equal(o.clients_max, 3);
	assert_int_equal(o.memory.fd, 4);
	assert_int_equal(o.memory.size, 0); /* that of the descriptor */
	assert_null(o.socket_path);	    /* single clients alone */
	assert_int_equal(o.n_peers, 2);
	assert_string_equal(o.peers[0].path, "/a=b");
	assert_int_equal(o.peers[0].id, 7);
	assert_int_equal(o.peers[0].fd, -1);
	assert_int_equal(o.peers[1].fd, 6);
	assert_int_equal(o.peers[1].id, 8);
	assert_int_equal(o.ready_fd, 9);
}

static void nonsense(void **state)
{
	static const struct {
		const char *args[5];
		const char *why;
	} cases[] = {
		{ { "-l", "3M" }, "power of two" },
		{ { "-l", "0" }, "power of two" },
		{ { "-l", "2K" }, "power of two" },
		{ { "-l", "-4M" }, "power of two" },
		{ { "-l", "99999999999G" }, "power of two" },
		{ { "-n", "0" }, "1 to 256" },
		{ { "-n", "257" }, "1 to 256" },
		{ { "-n", "x" }, "1 to 256" },
		{ { "-n" }, "needs a value" },
		{ { "-x" }, "not known" },
		{ { "--clients", "1025" }, "1 to 1024" },
		{ { "--ids", "1,,2" }, "commas" },
		{ { "--ids", "1,1" }, "twice" },
		{ { "--ids", "65536" }, "0 to 65535" },
		{ { "--ids", "1111111111111111111111111111" }, "0 to 65535" },
		{ { "--peer", "/a" }, "PATH=N" },
		{ { "--peer", "=3" }, "PATH=N" },
		{ { "--peer", "/a=70000" }, "65535" },
		{ { "--peer", "/a=1", "--peer", "/b=1" }, "twice" },
		{ { "--peer", "/a=1", "--ids", "2,1" }, "twice" },
		{ { "--peer-fd", "a=1" }, "descriptor" },
		{ { "--shm-fd", "-1" }, "descriptor" },
		{ { "-M", "a", "-m", "/b" }, "one of them" },
		{ { "-M", "a", "--shm-fd", "3" }, "one of them" },
		{ { "-S", "a", "--socket-fd", "3" }, "one of them" },
		{ { "-S", "" }, "give a PATH" },
		{ { "more" }, "too much" },
	};
	struct options o;
	struct err e;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const char *const *a = cases[i].args;

		assert_true(parse(&o, &e, a[0], a[1], a[2], a[3], NULL) < 0);
		if (!strstr(e.msg, cases[i].why))
			fail_msg("%s %s: %s", a[0], a[1] ? a[1] : "", e.msg);
	}
}

/* A path for a socket has its limit here, before it is bound. */
static void long_path(void **state)
{
	char text[200];
	struct options o;
	struct err e;

	(void)state;
	memset(text, 'a', sizeof(text));
	memcpy(text + 150, "=1", 3);
	assert_true(parse(&o, &e, "--peer", text, NULL) < 0);
	memcpy(text + 107, "=1", 3);
	assert_int_equal(parse(&o, &e, "--peer", text, NULL), 0);
	assert_int_equal(strlen(o.peers[0].path), 107);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults),  cmocka_unit_test(letters_of_qemu),
		cmocka_unit_test(ours),	     cmocka_unit_test(nonsense),
		cmocka_unit_test(long_path),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
