/* SPDX-License-Identifier: MIT */

/* test_router.c - What leaves a bridge */

#include "router.h"

#include "../unit.h"
#include "frames.h"

#define OUTSIDE 0x08080808U
#define NAMESERVER (TEST_SUBNET | 253)
#define MS 1000000LL

static struct lan lan;
static struct router_limits limits;
static uint8_t frame[2048];

static int set_up(void **state)
{
	struct err e;

	(void)state;
	memset(&limits, 0, sizeof(limits));
	if (lan_init(&lan, "192.168.42.0/24", "fame", &e) < 0)
		return -1;
	lan.mtu = 1500;
	return lan_add(&lan, "node01", "48:50:42:01:01:01", "192.168.42.1", &e);
}

static bool passes(size_t len, int64_t now)
{
	struct packet p;

	assert_int_equal(packet_parse(frame, len, &p), 0);
	return router_lets_pass(&lan, &limits, &p, now);
}

/* From a node, and from torms. */
static bool udp(unsigned from, uint32_t to, uint16_t port)
{
	return passes(test_udp(frame, from, to, 4000, port, "x", 1), 0);
}

static void the_world(void **state)
{
	(void)state;
	assert_true(udp(1, OUTSIDE, 53));
	assert_true(
		passes(test_tcp(frame, 1, OUTSIDE, 1, 80, 2, 0, 0, "", 0), 0));
	assert_true(passes(test_ping(frame, 1, OUTSIDE, 1), 0));
}

static void nothing_of_the_host(void **state)
{
	static const uint32_t closed[] = {
		0x7f000001, /* loopback */
		0x00000000, /* which Linux takes for it */
		0xffffffff, /* which libslirp takes for it */
		TEST_GATEWAY, NAMESERVER, TEST_SUBNET | 2, 0xe0000001,
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(closed); i++)
		assert_false(udp(1, closed[i], 53));
}

static void only_nodes(void **state)
{
	(void)state;
	assert_false(udp(2, OUTSIDE, 53)); /* there is no node 2 */
	assert_false(udp(254, OUTSIDE, 53));
}

/* dnsmasq asks for the rest of the names, and nothing else. */
static void names(void **state)
{
	(void)state;
	assert_true(udp(254, NAMESERVER, 53));
	assert_true(passes(
		test_tcp(frame, 254, NAMESERVER, 1, 53, 2, 0, 0, "", 0), 0));
	assert_false(udp(254, NAMESERVER, 22));
	assert_false(udp(1, NAMESERVER, 53));
}

static void isolated(void **state)
{
	(void)state;
	lan.isolated = true;
	assert_false(udp(1, OUTSIDE, 53));
	assert_false(udp(254, NAMESERVER, 53));
}

static void fragments(void **state)
{
	size_t len = test_udp(frame, 1, OUTSIDE, 4000, 53, "0123456789", 10);
	unsigned n = 0;

	(void)state;
	put_be16(frame + ETH_HEADER + IPV4_FRAGMENT, 0x2000);
	while (passes(len, 0))
		assert_true(++n < 1000);
	assert_true(n >= 45); /* the largest packet, whole */
	assert_true(passes(len, 100 * MS));
	/* Whole packets are not concerned. */
	assert_true(udp(1, OUTSIDE, 53));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(the_world, set_up),
		cmocka_unit_test_setup(nothing_of_the_host, set_up),
		cmocka_unit_test_setup(only_nodes, set_up),
		cmocka_unit_test_setup(names, set_up),
		cmocka_unit_test_setup(isolated, set_up),
		cmocka_unit_test_setup(fragments, set_up),
	};

	return cmocka_run_group_tests_name("router", tests, NULL, NULL);
}
