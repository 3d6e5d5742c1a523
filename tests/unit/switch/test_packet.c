/* SPDX-License-Identifier: MIT */

/* test_packet.c - Views that are checked, checksums, port rewriting */

#include "packet.h"

#include <errno.h>
#include <stdlib.h>

#include "../unit.h"
#include "frames.h"
#include "rewrite.h"

/* Checksums worked out by hand. */
static const uint8_t known[] = {
	0x52, 0x55, 0x0a, 0x00, 0x02, 0x02, 0x52, 0x54, 0x00, 0x12,
	0x34, 0x56, 0x08, 0x00, /* IPv4 */
	0x45, 0x00, 0x00, 0x1c, 0x00, 0x01, 0x00, 0x00, 0x40, 0x11,
	0x7c, 0xce, 0x7f, 0x00, 0x00, 0x01, 0x7f, 0x00, 0x00, 0x01, /* UDP */
	0x00, 0x35, 0x00, 0x35, 0x00, 0x08, 0x01, 0x72,
};

static void parses_what_is_right(void **state)
{
	struct packet p;

	(void)state;
	assert_int_equal(packet_parse(known, sizeof(known), &p), 0);
	assert_int_equal(p.type, ETHERTYPE_IPV4);
	assert_int_equal(p.src, 0x7f000001);
	assert_int_equal(p.proto, PROTO_UDP);
	assert_int_equal(p.sport, 53);
	assert_int_equal(p.l4_len, 8);
	assert_false(p.fragment);
	assert_true(packet_sums_ok(&p));
}

static void notices_any_flipped_bit(void **state)
{
	uint8_t f[256];
	size_t n = test_tcp(f, 1, TEST_GATEWAY, 1, 2, 2, 3, 4, "data", 4);
	struct packet p;

	(void)state;
	for (size_t bit = ETH_HEADER * 8; bit < n * 8; bit++) {
		f[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_true(packet_parse(f, n, &p) < 0 || p.fragment ||
			    p.proto != PROTO_TCP || !packet_sums_ok(&p));
		f[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	assert_int_equal(packet_parse(f, n, &p), 0);
	assert_true(packet_sums_ok(&p));
}

static void refuses_every_cut(void **state)
{
	uint8_t f[256];
	size_t n = test_tcp(f, 1, TEST_GATEWAY, 1, 2, 2, 3, 4, "data", 4);
	struct packet p;

	(void)state;
	for (size_t len = 0; len < n; len++) {
		/* Exactly so large that a sanitizer sees one byte too much. */
		CLEANUP_FREE uint8_t *cut = malloc(len + !len);

		assert_non_null(cut);
		memcpy(cut, f, len);
		assert_int_equal(packet_parse(cut, len, &p), -EBADMSG);
	}
}

static void refuses_wrong_lengths(void **state)
{
	static const struct {
		size_t at;
		uint8_t value;
	} cases[] = {
		{ ETH_HEADER, 0x44 },		     /* header of 16 bytes */
		{ ETH_HEADER, 0x65 },		     /* not version 4 */
		{ ETH_HEADER, 0x4f },		     /* header past the end */
		{ ETH_HEADER + IPV4_TOTAL, 0xff },   /* longer than the frame */
		{ ETH_HEADER + IPV4_TOTAL + 1, 19 }, /* than its header */
		{ ETH_HEADER + IPV4_TOTAL + 1, 27 }, /* no whole UDP header */
		{ ETH_HEADER + IPV4_HEADER + 5, 7 }, /* UDP: too short */
		{ ETH_HEADER + IPV4_HEADER + 5, 9 }, /* UDP: too long */
	};
	struct packet p;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		uint8_t f[sizeof(known)];

		memcpy(f, known, sizeof(f));
		f[cases[i].at] = cases[i].value;
		assert_int_equal(packet_parse(f, sizeof(f), &p), -EBADMSG);
	}
}

static void knows_fragments(void **state)
{
	uint8_t f[sizeof(known)];
	struct packet p;

	(void)state;
	memcpy(f, known, sizeof(f));
	f[ETH_HEADER + IPV4_FRAGMENT] = 0x20; /* more follow */
	assert_int_equal(packet_parse(f, sizeof(f), &p), 0);
	assert_true(p.fragment);
	f[ETH_HEADER + IPV4_FRAGMENT] = 0;
	f[ETH_HEADER + IPV4_FRAGMENT + 1] = 1; /* not the first */
	assert_int_equal(packet_parse(f, sizeof(f), &p), 0);
	assert_true(p.fragment);
	f[ETH_HEADER + IPV4_FRAGMENT] = 0x40; /* do not fragment */
	f[ETH_HEADER + IPV4_FRAGMENT + 1] = 0;
	assert_int_equal(packet_parse(f, sizeof(f), &p), 0);
	assert_false(p.fragment);
}

static void padding_is_not_data(void **state)
{
	uint8_t f[60] = { 0 };
	struct packet p;

	(void)state;
	memcpy(f, known, sizeof(known));
	assert_int_equal(packet_parse(f, sizeof(f), &p), 0);
	assert_int_equal(p.l4_len, 8);
}

static uint32_t next_random(uint32_t *x)
{
	*x ^= *x << 13;
	*x ^= *x >> 17;
	*x ^= *x << 5;
	return *x;
}

/* RFC 1624's own example, and the zeros between which it chooses. */
static void replaces_words(void **state)
{
	(void)state;
	assert_int_equal(checksum_replace(0xdd2f, 0x5555, 0x3285), 0x0000);
	assert_int_equal(checksum_replace(0x1234, 7, 7), 0x1234);
}

/* A changed port leaves the checksum that a new packet would have. */
static void rewriting_equals_recomputing(void **state)
{
	uint8_t f[1600], data[1400], *tcp = f + ETH_HEADER + IPV4_HEADER;
	uint32_t x = 20250101;

	(void)state;
	for (unsigned i = 0; i < 20000; i++) {
		size_t n = next_random(&x) % sizeof(data), len;
		uint16_t to = (uint16_t)next_random(&x);
		size_t field = i % 2 ? L4_SPORT : L4_DPORT;
		uint16_t sum;
		struct packet p;

		for (size_t k = 0; k < n; k++)
			data[k] = (uint8_t)next_random(&x);
		len = test_tcp(f, 1 + i % 80, next_random(&x),
			       (uint16_t)next_random(&x),
			       (uint16_t)next_random(&x), 16, next_random(&x),
			       next_random(&x), data, n);
		assert_int_equal(packet_parse(f, len, &p), 0);
		rewrite_tcp_port(&p, f, field, to);
		assert_int_equal(get_be16(tcp + field), to);
		assert_true(packet_sums_ok(&p));
		sum = get_be16(tcp + TCP_SUM);
		put_be16(tcp + TCP_SUM, 0);
		assert_int_equal(sum,
				 packet_l4_checksum(p.src, p.dst, PROTO_TCP,
						    tcp, p.l4_len));
	}
}

static void rewriting_addresses(void **state)
{
	uint8_t f[256], want[256];
	uint32_t x = 7;

	(void)state;
	for (unsigned i = 0; i < 20000; i++) {
		uint32_t dst = next_random(&x), to = next_random(&x);
		uint16_t port = (uint16_t)next_random(&x);
		size_t n = test_tcp(f, 1, dst, port, 53, 16, dst, to, "x", 1);
		struct packet p;

		(void)test_tcp(want, 1, to, port, 53, 16, dst, to, "x", 1);
		assert_int_equal(packet_parse(f, n, &p), 0);
		rewrite_tcp_address(&p, f, IPV4_DST, to);
		assert_memory_equal(f, want, n);
	}
}

/* A packet that was damaged before stays so. */
static void rewriting_hides_no_damage(void **state)
{
	uint8_t f[128];
	size_t n = test_tcp(f, 1, TEST_GATEWAY, 1, 2, 2, 3, 4, "data", 4);
	struct packet p;

	(void)state;
	f[n - 1] ^= 1;
	assert_int_equal(packet_parse(f, n, &p), 0);
	rewrite_tcp_port(&p, f, L4_DPORT, 40000);
	assert_false(packet_sums_ok(&p));
}

static void rewrite_tables(void **state)
{
	struct rewrite r = { .n = 0 };

	(void)state;
	assert_int_equal(rewrite_add(&r, 9093, 40001), 0);
	assert_int_equal(rewrite_add(&r, 80, 80), 0);
	assert_int_equal(rewrite_add(&r, 9093, 40002), -EEXIST);
	assert_int_equal(rewrite_add(&r, 9094, 40001), -EEXIST);
	assert_int_equal(rewrite_to_host(&r, 9093), 40001);
	assert_int_equal(rewrite_to_host(&r, 40001), 0);
	assert_int_equal(rewrite_to_port(&r, 40001), 9093);
	assert_int_equal(rewrite_to_port(&r, 9093), 0);
	for (uint16_t i = 2; i < REWRITE_MAX; i++)
		assert_int_equal(rewrite_add(&r, i, i), 0);
	assert_int_equal(rewrite_add(&r, 100, 100), -ENOSPC);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parses_what_is_right),
		cmocka_unit_test(notices_any_flipped_bit),
		cmocka_unit_test(refuses_every_cut),
		cmocka_unit_test(refuses_wrong_lengths),
		cmocka_unit_test(knows_fragments),
		cmocka_unit_test(padding_is_not_data),
		cmocka_unit_test(replaces_words),
		cmocka_unit_test(rewriting_equals_recomputing),
		cmocka_unit_test(rewriting_addresses),
		cmocka_unit_test(rewriting_hides_no_damage),
		cmocka_unit_test(rewrite_tables),
	};

	return cmocka_run_group_tests_name("packet", tests, NULL, NULL);
}
