/* SPDX-License-Identifier: MIT */

/* test_uplink.c - What libslirp is told and asked, without a loop around it */

#include "uplink.h"

#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../unit.h"
#include "frames.h"

static struct lan lan;
static struct uplink *uplink;
static struct pollset set;
static struct {
	unsigned n;
	uint8_t frame[70000]; /* the last one */
	size_t len;
} out;

static void on_output(void *arg, const uint8_t *frame, size_t len)
{
	(void)arg;
	out.n++;
	assert_true(len <= sizeof(out.frame));
	memcpy(out.frame, frame, len);
	out.len = len;
}

static int set_up(void **state)
{
	struct err e;

	(void)state;
	if (lan_init(&lan, "192.168.42.0/24", "fame", &e) < 0)
		return -1;
	memset(&out, 0, sizeof(out));
	uplink = uplink_new(&lan, on_output, NULL);
	return uplink ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	uplink_free(uplink);
	pollset_deinit(&set);
	return 0;
}

static int fill(void)
{
	int timeout_ms = -1;

	pollset_clear(&set);
	uplink_fill(uplink, &set, &timeout_ms);
	return timeout_ms;
}

static void turn(void)
{
	int timeout_ms = fill();

	assert_true(poll(set.fds, set.n, timeout_ms) >= 0);
	uplink_dispatch(uplink, &set, false);
}

static void all_sizes_of_packets(void **state)
{
	static const unsigned mtus[] = { LAN_MTU_MIN, 9000, LAN_MTU_MAX };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(mtus); i++) {
		struct uplink *u;

		lan.mtu = mtus[i];
		u = uplink_new(&lan, on_output, NULL);
		assert_non_null(u);
		uplink_free(u);
	}
	uplink_free(NULL);
}

/* It asks for a node that it does not know, and once it was told sends what
 * it kept back in its very next turn, which is at once.
 */
static void answer_to_arp(void **state)
{
	uint8_t f[256];
	size_t n = test_tcp(f, 1, TEST_GATEWAY, 5000, 1, 16, 1, 1, "", 0);

	(void)state;
	uplink_input(uplink, f, n); /* a reset is due: nobody is there */
	assert_int_equal(out.n, 1);
	assert_int_equal(get_be16(out.frame + ETH_TYPE), ETHERTYPE_ARP);
	assert_int_equal(get_be32(out.frame + ETH_HEADER + ARP_TPA),
			 TEST_SUBNET | 1);
	assert_memory_equal(out.frame + ETH_SRC, lan.gateway_mac, ETH_ALEN);
	n = arp_answer(out.frame + ETH_HEADER, TEST_MAC(1), f);
	uplink_input(uplink, f, n);
	assert_int_equal(fill(), 0);
	uplink_dispatch(uplink, &set, false);
	assert_int_equal(out.n, 2);
	assert_memory_equal(out.frame, TEST_MAC(1), ETH_ALEN);
	assert_int_not_equal(fill(), 0); /* no hurry any more */
}

/* Only the switch in front of it keeps a node from the host's loopback. This
 * is what it would do: if that changes, so may what the switch has to stop.
 */
static void gateway_is_the_loopback(void **state)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), peer;
	uint8_t f[256];

	(void)state;
	assert_return_code(bind(fd, (void *)&a, sizeof(a)), errno);
	assert_return_code(listen(fd, 1), errno);
	assert_return_code(getsockname(fd, (void *)&a, &len), errno);
	uplink_input(uplink, f, test_arp(f, 1, TEST_GATEWAY));
	uplink_input(uplink, f,
		     test_tcp(f, 1, TEST_GATEWAY, 5000, ntohs(a.sin_port), 2, 1,
			      0, "", 0));
	peer = accept(fd, NULL, NULL);
	assert_true(peer >= 0);
	for (unsigned i = 0; i < 100 && out.n < 2; i++)
		turn();
	assert_int_equal(out.frame[ETH_HEADER + IPV4_HEADER + TCP_FLAGS], 0x12);
	(void)close(peer);
	(void)close(fd);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(all_sizes_of_packets),
		TEST(answer_to_arp),
		TEST(gateway_is_the_loopback),
	};

	return cmocka_run_group_tests_name("uplink", tests, NULL, NULL);
}
