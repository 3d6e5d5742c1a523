/* SPDX-License-Identifier: MIT */

/* test_dhcp.c - Every node gets its own address */

#include "dhcp.h"

#include <stdlib.h>

#include "../unit.h"
#include "frames.h"

enum {
	DISCOVER = 1,
	OFFER,
	REQUEST,
	DECLINE,
	ACK,
	NAK,
	RELEASE,
	INFORM
};

static struct lan lan;
static struct dhcp_reply reply;

static int set_up(void **state)
{
	struct err e;

	(void)state;
	(void)lan_init(&lan, "192.168.42.0/24", "fame", &e);
	(void)lan_add(&lan, "node01", "48:50:42:01:01:01", "192.168.42.1", &e);
	(void)lan_add(&lan, "node02", "48:50:42:02:02:02", "192.168.42.2", &e);
	return 0;
}

static bool answer(const uint8_t *q, size_t len)
{
	/* Exactly so large that a sanitizer sees one byte too much. */
	CLEANUP_FREE uint8_t *copy = malloc(len + !len);

	assert_non_null(copy);
	memcpy(copy, q, len);
	return dhcp_answer(&lan, &lan.hosts[1], copy, len, &reply);
}

/* An option of the reply; NULL = not there. */
static const uint8_t *option(uint8_t code)
{
	const uint8_t *o = reply.data + 240, *end = reply.data + reply.len;

	while (o < end && *o != 255) {
		if (*o == code)
			return o + 2;
		o += 2 + o[1];
	}
	assert_true(o < end); /* it is closed */
	return NULL;
}

static void discover(void **state)
{
	uint8_t q[300];

	(void)state;
	assert_true(answer(q, test_dhcp(q, 2, DISCOVER, 0)));
	assert_int_equal(*option(53), OFFER);
	assert_int_equal(reply.data[0], 2);
	assert_memory_equal(reply.data + 4, q + 4, 4);
	assert_memory_equal(reply.data + 28, TEST_MAC(2), 6);
	assert_int_equal(get_be32(reply.data + 16), TEST_SUBNET | 2);
	assert_int_equal(get_be32(option(54)), TEST_GATEWAY);
	assert_int_equal(get_be32(option(1)), 0xffffff00);
	assert_int_equal(get_be32(option(3)), TEST_GATEWAY);
	assert_int_equal(get_be32(option(6)), TEST_GATEWAY);
	assert_int_equal(get_be32(option(28)), TEST_SUBNET | 255);
	assert_int_equal(get_be16(option(26)), 1500);
	assert_int_equal(get_be32(option(51)), 86400);
	assert_memory_equal(option(12) - 1, "\6node02", 7);
	assert_memory_equal(option(15) - 1, "\4fame", 5);
	assert_true(reply.len >= 300);
	assert_false(reply.broadcast);
	assert_int_equal(reply.ip, TEST_SUBNET | 2);
}

static void broadcast_flag(void **state)
{
	uint8_t q[300];

	(void)state;
	test_dhcp(q, 2, DISCOVER, 0);
	q[10] = 0x80;
	assert_true(answer(q, sizeof(q)));
	assert_true(reply.broadcast);
}

static void request(void **state)
{
	uint8_t q[300];

	(void)state;
	assert_true(answer(q, test_dhcp(q, 2, REQUEST, TEST_SUBNET | 2)));
	assert_int_equal(*option(53), ACK);
	/* A wish for another address, or of another network. */
	assert_true(answer(q, test_dhcp(q, 2, REQUEST, TEST_SUBNET | 1)));
	assert_int_equal(*option(53), NAK);
	assert_int_equal(get_be32(reply.data + 16), 0);
	assert_null(option(51));
	assert_true(reply.broadcast);
	assert_true(answer(q, test_dhcp(q, 2, REQUEST, 0x0a000002)));
	assert_int_equal(*option(53), NAK);
}

static void renewal(void **state)
{
	uint8_t q[300];

	(void)state;
	test_dhcp(q, 2, REQUEST, 0);
	put_be32(q + 12, TEST_SUBNET | 2); /* ciaddr */
	assert_true(answer(q, sizeof(q)));
	assert_int_equal(*option(53), ACK);
	assert_false(reply.broadcast);
}

static void request_to_another_server(void **state)
{
	uint8_t q[300];

	(void)state;
	test_dhcp(q, 2, REQUEST, TEST_SUBNET | 2);
	memcpy(q + 249, (uint8_t[]){ 54, 4, 192, 168, 42, 9, 255 }, 7);
	assert_false(answer(q, sizeof(q)));
	q[254] = 254;
	assert_true(answer(q, sizeof(q)));
}

static void inform(void **state)
{
	uint8_t q[300];

	(void)state;
	test_dhcp(q, 2, INFORM, 0);
	put_be32(q + 12, TEST_SUBNET | 2);
	assert_true(answer(q, sizeof(q)));
	assert_int_equal(*option(53), ACK);
	assert_int_equal(get_be32(reply.data + 16), 0);
	assert_null(option(51));
	assert_non_null(option(6));
}

static void isolated_has_no_router(void **state)
{
	uint8_t q[300];

	(void)state;
	lan.isolated = true;
	assert_true(answer(q, test_dhcp(q, 2, DISCOVER, 0)));
	assert_null(option(3));
	lan.isolated = false;
}

static void no_answer(void **state)
{
	static const struct {
		size_t at;
		uint8_t value;
	} cases[] = {
		{ 0, 2 },   /* itself a reply */
		{ 1, 6 },   /* not Ethernet */
		{ 2, 8 },   /* address of 8 bytes */
		{ 24, 10 }, /* through a relay */
		{ 33, 1 },  /* of another station */
		{ 236, 0 }, /* no cookie */
		{ 241, 2 }, /* type of two bytes */
		{ 242, OFFER }, { 242, DECLINE }, { 242, RELEASE }, { 242, 0 },
	};
	uint8_t q[300];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		test_dhcp(q, 2, DISCOVER, 0);
		q[cases[i].at] = cases[i].value;
		assert_false(answer(q, sizeof(q)));
	}
	for (size_t n = 0; n < 243; n++)
		assert_false(answer(q, n));
	/* An option that ends past the end. */
	test_dhcp(q, 2, DISCOVER, 0);
	memset(q + 243, 0, sizeof(q) - 243);
	q[299] = 12;
	assert_false(answer(q, sizeof(q)));
	q[298] = 12;
	q[299] = 1;
	assert_false(answer(q, sizeof(q)));
}

static void longest_names(void **state)
{
	static const char name[] = "n234567890123456789012345678901234567890123"
				   "45678901234567890123";
	struct lan large;
	uint8_t q[300];
	struct err e;

	(void)state;
	assert_int_equal(lan_init(&large, "192.168.42.0/24", name, &e), 0);
	assert_int_equal(lan_add(&large, name, "48:50:42:02:02:02",
				 "192.168.42.2", &e),
			 0);
	test_dhcp(q, 2, DISCOVER, 0);
	assert_true(dhcp_answer(&large, &large.hosts[0], q, 300, &reply));
	assert_int_equal(*(option(15) - 1), 63);
	assert_true(reply.len <= DHCP_REPLY_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(discover),
		cmocka_unit_test(broadcast_flag),
		cmocka_unit_test(request),
		cmocka_unit_test(renewal),
		cmocka_unit_test(request_to_another_server),
		cmocka_unit_test(inform),
		cmocka_unit_test(isolated_has_no_router),
		cmocka_unit_test(no_answer),
		cmocka_unit_test(longest_names),
	};

	return cmocka_run_group_tests_name("dhcp", tests, set_up, NULL);
}
