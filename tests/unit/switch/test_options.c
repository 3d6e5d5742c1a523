/* SPDX-License-Identifier: MIT */

/* test_options.c - The command line of fame-switch */

#include "options.h"

#include <errno.h>
#include <stdio.h>

#include "../unit.h"

#define NODE1 "5,node01,48:50:42:01:01:01,192.168.42.1"
#define NODE2 "-1,node02,48:50:42:02:02:02,192.168.42.2"

static struct options o;
static struct err e;

static int parse(const char *const *args)
{
	char *argv[32] = { (char[]){ "fame-switch" } };
	int argc = 1;

	for (; *args; args++)
		argv[argc++] = (char *)(uintptr_t)*args;
	argv[argc] = NULL;
	e.msg[0] = 0;
	return options_parse(argc, argv, &o, &e);
}

#define PARSE(...) parse((const char *const[]){ __VA_ARGS__, NULL })

static void defaults(void **state)
{
	(void)state;
	assert_int_equal(PARSE("--node", NODE1), 0);
	assert_int_equal(o.action, OPTIONS_RUN);
	assert_int_equal(o.lan.n_hosts, 1);
	assert_int_equal(o.fds[0], 5);
	assert_int_equal(o.lan.mtu, 1500);
	assert_string_equal(o.lan.domain, "fame");
	assert_int_equal(o.ready_fd, -1);
	assert_false(o.lan.isolated);
	assert_false(o.verbose);
	assert_int_equal(o.exposed.n, 0);
}

static void everything(void **state)
{
	(void)state;
	/* What the nodes have to fit comes last. */
	assert_int_equal(PARSE("-n", "3,a,48:50:42:01:01:01,10.1.2.1",
			       "--node=" NODE2, "--host-port", "9093:40001",
			       "--host-port=80:8080", "--mtu=9000",
			       "--isolated", "--ready-fd=9", "-v", "--domain",
			       "lab.example", "--subnet=10.0.0.0/8"),
			 -EINVAL); /* node02 is not in 10.0.0.0/8 */
	assert_non_null(strstr(e.msg, "node02"));
	assert_int_equal(PARSE("-n", NODE1, "--node=" NODE2, "--host-port",
			       "9093:40001", "--host-port=80:8080",
			       "--mtu=9000", "--isolated", "--ready-fd=9", "-v",
			       "--domain", "lab.example",
			       "--subnet=192.168.0.0/16"),
			 0);
	assert_int_equal(o.lan.n_hosts, 2);
	assert_int_equal(o.fds[1], -1);
	assert_int_equal(o.lan.gateway, 0xc0a8fffe);
	assert_int_equal(rewrite_to_host(&o.exposed, 80), 8080);
	assert_int_equal(o.lan.mtu, 9000);
	assert_true(o.lan.isolated);
	assert_true(o.verbose);
	assert_int_equal(o.ready_fd, 9);
}

static void actions(void **state)
{
	(void)state;
	assert_int_equal(PARSE("--help"), 0);
	assert_int_equal(o.action, OPTIONS_HELP);
	assert_int_equal(PARSE("-V"), 0);
	assert_int_equal(o.action, OPTIONS_VERSION);
}

/* One line that names the thing. */
static void wrong(void **state)
{
	static const char *const cases[][4] = {
		{ "--node", "5,node01", NULL },
		{ "--node", "x,node01,48:50:42:01:01:01,192.168.42.1", NULL },
		{ "--node", "-2,node01,48:50:42:01:01:01,192.168.42.1", NULL },
		{ "--node", "5,node01,48:50:42:01:01:01,192.168.42.1,", NULL },
		{ "--node", "5,node01,48:50:42:01:01:01,192.168.43.1", NULL },
		{ "--mtu", "68", NULL },
		{ "--mtu", "65001", NULL },
		{ "--mtu", "1500x", NULL },
		{ "--host-port", "9093", NULL },
		{ "--host-port", "9093:", NULL },
		{ "--host-port", "0:1", NULL },
		{ "--host-port", "1:65536", NULL },
		{ "--host-port", "1:2:3", NULL },
		{ "--ready-fd", "-2", NULL },
		{ "--subnet", "192.168.42.0", NULL },
		{ "--domain", "a b", NULL },
		{ "--bogus", NULL },
		{ "--mtu", NULL },
		{ "-x", NULL },
		{ "surplus", NULL },
		{ "--isolated", NULL }, /* no node */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		o.action = OPTIONS_VERSION;
		assert_true(parse(cases[i]) < 0);
		assert_int_equal(o.action, OPTIONS_VERSION); /* untouched */
		assert_true(strlen(e.msg) > 10);
		assert_null(strchr(e.msg, '\n'));
	}
}

static void twice(void **state)
{
	(void)state;
	assert_int_equal(PARSE("-n", NODE1, "-n",
			       "5,node02,48:50:42:02:02:02,192.168.42.2"),
			 -EEXIST);
	assert_int_equal(PARSE("-n", NODE1, "--host-port=1:2",
			       "--host-port=3:2"),
			 -EEXIST);
	assert_non_null(strstr(e.msg, "3:2"));
}

static void bridge(void **state)
{
	(void)state;
	assert_int_equal(PARSE("-n", NODE2), 0);
	assert_null(o.bridge);
	assert_int_equal(PARSE("-n", NODE2, "--bridge=br_node", "--listen",
			       "9093", "--try"),
			 0);
	assert_string_equal(o.bridge, "br_node");
	assert_int_equal(o.listen, 9093);
	assert_true(o.only_try);
	/* What the kernel would cut off, or refuse. */
	assert_int_equal(PARSE("-n", NODE2, "--bridge=br_sixteen_chars"),
			 -EINVAL);
	assert_int_equal(PARSE("-n", NODE2, "--bridge=br/node"), -EINVAL);
	assert_int_equal(PARSE("-n", NODE2, "--bridge="), -EINVAL);
	assert_int_equal(PARSE("-n", NODE2, "--bridge=br", "--listen=0"),
			 -EINVAL);
	assert_int_equal(PARSE("-n", NODE2, "--try"), -EINVAL);
	assert_non_null(strstr(e.msg, "--bridge"));
}

static void too_many_nodes(void **state)
{
	char *argv[LAN_NODES_MAX + 3] = { (char[]){ "fame-switch" } };
	static char text[LAN_NODES_MAX + 1][80];
	int n = LAN_NODES_MAX + 1;

	(void)state;
	for (int i = 1; i <= n; i++) {
		(void)snprintf(
			text[i - 1], sizeof(text[0]),
			"--node=-1,n%d,48:50:42:00:00:%02d,192.168.42.%d", i, i,
			i);
		argv[i] = text[i - 1];
	}
	assert_int_equal(options_parse(n + 1, argv, &o, &e), -ENOSPC);
	assert_int_equal(options_parse(n, argv, &o, &e), 0);
	assert_int_equal(o.lan.n_hosts, LAN_NODES_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults),	  cmocka_unit_test(everything),
		cmocka_unit_test(actions),	  cmocka_unit_test(wrong),
		cmocka_unit_test(bridge),	  cmocka_unit_test(twice),
		cmocka_unit_test(too_many_nodes),
	};

	return cmocka_run_group_tests_name("options", tests, NULL, NULL);
}
