/* SPDX-License-Identifier: MIT */

/* test_dnsmasq.c - What dnsmasq is told about the LAN */

#include "dnsmasq.h"

#include "../unit.h"

static struct lan lan;

static int set_up(void **state)
{
	struct err e;

	(void)state;
	if (lan_init(&lan, "10.9.8.0/24", "fame", &e) < 0 ||
	    lan_add(&lan, "node01", "48:50:42:01:01:01", "10.9.8.1", &e) < 0 ||
	    lan_add(&lan, "node12", "48:50:42:12:12:12", "10.9.8.12", &e) < 0)
		return -1;
	lan.mtu = 1500;
	return 0;
}

static void has(const struct strv *v, const char *arg)
{
	if (!strv_contains(v, arg))
		fail_msg("no argument \"%s\"", arg);
}

static void nodes_and_torms(void **state)
{
	CLEANUP_STRV struct strv v = { 0 };

	(void)state;
	dnsmasq_args(&lan, "br_node", &v);
	assert_true(strv_ok(&v));
	assert_string_equal(v.v[0], "dnsmasq");
	has(&v, "--interface=br_node");
	has(&v, "--dhcp-host=48:50:42:01:01:01,10.9.8.1,node01");
	has(&v, "--dhcp-host=48:50:42:12:12:12,10.9.8.12,node12");
	has(&v, "--host-record=node12,node12.fame,10.9.8.12");
	has(&v, "--host-record=torms,torms.fame,vmhost,vmhost.fame,10.9.8.254");
	has(&v, "--dhcp-range=10.9.8.0,static,255.255.255.0,1d");
	has(&v, "--dhcp-option=option:router,10.9.8.254");
	has(&v, "--dhcp-option=option:mtu,1500");
	has(&v, "--local=/8.9.10.in-addr.arpa/");
	has(&v, "--server=10.9.8.253");
}

/* What of the host's would be used, or cannot be had in a user namespace. */
static void nothing_of_the_host(void **state)
{
	CLEANUP_STRV struct strv v = { 0 };

	(void)state;
	dnsmasq_args(&lan, "br_node", &v);
	has(&v, "--conf-file=/dev/null");
	has(&v, "--no-hosts");
	has(&v, "--no-resolv");
	has(&v, "--user=");
	has(&v, "--group=");
	has(&v, "--pid-file=");
	has(&v, "--leasefile-ro");
}

static void isolated(void **state)
{
	CLEANUP_STRV struct strv v = { 0 };

	(void)state;
	lan.isolated = true;
	dnsmasq_args(&lan, "br_node", &v);
	has(&v, "--dhcp-option=option:router");
	assert_false(strv_contains(&v, "--server=10.9.8.253"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(nodes_and_torms, set_up),
		cmocka_unit_test_setup(nothing_of_the_host, set_up),
		cmocka_unit_test_setup(isolated, set_up),
	};

	return cmocka_run_group_tests_name("dnsmasq", tests, NULL, NULL);
}
