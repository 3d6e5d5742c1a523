/* SPDX-License-Identifier: MIT */

/* test_hosts.c - Addresses and names of the LAN */

#include "hosts.h"

#include <errno.h>
#include <stdio.h>

#include "../unit.h"
#include "frames.h"

static void subnets(void **state)
{
	static const char *const wrong[] = {
		"",
		"192.168.42.0",
		"192.168.42.0/",
		"192.168.42.1/24",
		"192.168.42.0/33",
		"192.168.42.0/7",
		"192.168.42.0/29",
		"192.168.42/24",
		"192.168.42.0/24 ",
		"fd00::/64",
		"192.168.042.0/24/8",
		"1111111111111111111111111111111/24",
	};
	struct lan lan;
	struct err e = { .msg = "" };

	(void)state;
	assert_int_equal(lan_init(&lan, "192.168.42.0/24", "fame", &e), 0);
	assert_int_equal(lan.gateway, TEST_GATEWAY);
	assert_int_equal(lan.nameserver, TEST_GATEWAY - 1);
	assert_memory_equal(lan.gateway_mac, test_gateway_mac, ETH_ALEN);
	assert_true(lan_contains(&lan, TEST_SUBNET | 255));
	assert_false(lan_contains(&lan, TEST_SUBNET + 256));
	assert_int_equal(lan_init(&lan, "10.0.0.0/8", "fame.example", &e), 0);
	assert_int_equal(lan.gateway, 0x0afffffe);
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		e.msg[0] = 0;
		assert_int_equal(lan_init(&lan, wrong[i], "fame", &e), -EINVAL);
		assert_non_null(strstr(e.msg, wrong[i]));
	}
}

static void domains(void **state)
{
	static const char *const wrong[] = {
		"",
		".fame",
		"fame.",
		"a..b",
		"-fame",
		"fa me",
		"fame\n",
		"fäme",
		"a123456789b123456789c123456789d123456789e123456789f12345678901"
		"23",
	};
	struct lan lan;
	struct err e;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
		assert_int_equal(lan_init(&lan, "192.168.42.0/24", wrong[i],
					  &e),
				 -EINVAL);
}

static void nodes(void **state)
{
	static const struct {
		const char *name, *mac, *ip;
		int code;
	} wrong[] = {
		{ "", "48:50:42:02:02:02", "192.168.42.2", -EINVAL },
		{ "a.b", "48:50:42:02:02:02", "192.168.42.2", -EINVAL },
		{ "node02", "48:50:42:02:02", "192.168.42.2", -EINVAL },
		{ "node02", "48:50:42:02:02:0g", "192.168.42.2", -EINVAL },
		{ "node02", "48-50-42-02-02-02", "192.168.42.2", -EINVAL },
		{ "node02", "49:50:42:02:02:02", "192.168.42.2", -EINVAL },
		{ "node02", "48:50:42:02:02:02", "192.168.42", -EINVAL },
		{ "node02", "48:50:42:02:02:02", "192.168.43.2", -EINVAL },
		{ "node02", "48:50:42:02:02:02", "192.168.42.0", -EINVAL },
		{ "node02", "48:50:42:02:02:02", "192.168.42.253", -EINVAL },
		{ "node02", "48:50:42:02:02:02", "192.168.42.254", -EINVAL },
		{ "node02", "48:50:42:02:02:02", "192.168.42.255", -EINVAL },
		{ "NODE01", "48:50:42:02:02:02", "192.168.42.2", -EEXIST },
		{ "torms", "48:50:42:02:02:02", "192.168.42.2", -EEXIST },
		{ "vmhost", "48:50:42:02:02:02", "192.168.42.2", -EEXIST },
		{ "node02", "48:50:42:01:01:01", "192.168.42.2", -EEXIST },
		{ "node02", "52:55:c0:a8:2a:fe", "192.168.42.2", -EEXIST },
		{ "node02", "48:50:42:02:02:02", "192.168.42.1", -EEXIST },
	};
	struct err e = { .msg = "" };
	struct lan lan;

	(void)state;
	assert_int_equal(lan_init(&lan, "192.168.42.0/24", "fame", &e), 0);
	assert_int_equal(lan_add(&lan, "node01", "48:50:42:01:01:01",
				 "192.168.42.1", &e),
			 0);
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		assert_int_equal(lan_add(&lan, wrong[i].name, wrong[i].mac,
					 wrong[i].ip, &e),
				 wrong[i].code);
		assert_int_equal(lan.n_hosts, 1);
	}
}

static void finds_each_of_80(void **state)
{
	char name[16], mac[24], ip[24];
	struct err e;
	struct lan lan;

	(void)state;
	assert_int_equal(lan_init(&lan, "192.168.42.0/24", "fame", &e), 0);
	for (unsigned i = 1; i <= LAN_NODES_MAX; i++) {
		(void)snprintf(name, sizeof(name), "node%02u", i);
		(void)snprintf(mac, sizeof(mac), "48:50:42:%02u:%02u:%02u", i,
			       i, i);
		(void)snprintf(ip, sizeof(ip), "192.168.42.%u", i);
		assert_int_equal(lan_add(&lan, name, mac, ip, &e), i - 1);
	}
	assert_int_equal(lan_add(&lan, "more", "48:50:42:99:99:99",
				 "192.168.42.99", &e),
			 -ENOSPC);
	for (unsigned i = 1; i <= LAN_NODES_MAX; i++) {
		(void)snprintf(name, sizeof(name), "Node%02u", i);
		assert_int_equal(lan_by_name(&lan, name), i - 1);
		assert_int_equal(lan_by_mac(&lan, TEST_MAC(i)), i - 1);
		assert_int_equal(lan_by_ip(&lan, TEST_SUBNET | i), i - 1);
	}
	assert_int_equal(lan_by_name(&lan, "torms"), -1);
	assert_int_equal(lan_by_mac(&lan, test_gateway_mac), -1);
	for (unsigned i = LAN_NODES_MAX + 1; i < 255; i++)
		assert_int_equal(lan_by_ip(&lan, TEST_SUBNET | i), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(subnets),
		cmocka_unit_test(domains),
		cmocka_unit_test(nodes),
		cmocka_unit_test(finds_each_of_80),
	};

	return cmocka_run_group_tests_name("hosts", tests, NULL, NULL);
}
