/* SPDX-License-Identifier: MIT */

/* test_dns.c - Names of the nodes, and what is left to others */

#include "dns.h"

#include <stdlib.h>

#include "../unit.h"
#include "frames.h"

enum {
	A = 1,
	NS = 2,
	PTR = 12,
	AAAA = 28,
	ANY = 255
};

static struct lan lan;
static struct dns_reply reply;

static int set_up(void **state)
{
	struct err e;

	(void)state;
	(void)lan_init(&lan, "192.168.42.0/24", "fame", &e);
	(void)lan_add(&lan, "node01", "48:50:42:01:01:01", "192.168.42.1", &e);
	(void)lan_add(&lan, "node02", "48:50:42:02:02:02", "192.168.42.2", &e);
	return 0;
}

static enum dns_verdict answer(const uint8_t *q, size_t len)
{
	/* Exactly so large that a sanitizer sees one byte too much. */
	CLEANUP_FREE uint8_t *copy = malloc(len + !len);

	assert_non_null(copy);
	memcpy(copy, q, len);
	return dns_answer(&lan, copy, len, &reply);
}

static enum dns_verdict ask(const char *name, uint16_t type)
{
	uint8_t q[300];
	size_t n = test_query(q, 0xbeef, name, type);
	enum dns_verdict v = answer(q, n);

	if (v == DNS_ANSWER) {
		assert_memory_equal(reply.data, q, 2);
		assert_int_equal(reply.data[2], 0x85); /* AA, RD */
		assert_int_equal(reply.data[3] & 0xf0, 0x80);
		assert_memory_equal(reply.data + 12, q + 12, n - 12);
		assert_int_equal(get_be16(reply.data + 4), 1);
		assert_int_equal(get_be32(reply.data + 8), 0);
	}
	return v;
}

static unsigned rcode(void)
{
	return reply.data[3] & 15;
}

static unsigned answers(void)
{
	return get_be16(reply.data + 6);
}

static void addresses(void **state)
{
	static const struct {
		const char *name;
		uint32_t ip;
	} cases[] = {
		{ "node01", TEST_SUBNET | 1 },
		{ "node02.fame", TEST_SUBNET | 2 },
		{ "NoDe02.FaMe", TEST_SUBNET | 2 },
		{ "torms", TEST_GATEWAY },
		{ "torms.fame", TEST_GATEWAY },
		{ "vmhost", TEST_GATEWAY },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const uint8_t *rr;

		assert_int_equal(ask(cases[i].name, A), DNS_ANSWER);
		assert_int_equal(rcode(), 0);
		assert_int_equal(answers(), 1);
		rr = reply.data + reply.len - 16;
		assert_memory_equal(rr, "\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4", 12);
		assert_int_equal(get_be32(rr + 12), cases[i].ip);
		assert_int_equal(ask(cases[i].name, ANY), DNS_ANSWER);
		assert_int_equal(answers(), 1);
		/* The name is there, but nothing of that kind. */
		assert_int_equal(ask(cases[i].name, AAAA), DNS_ANSWER);
		assert_int_equal(rcode(), 0);
		assert_int_equal(answers(), 0);
	}
}

static void names(void **state)
{
	static const char want[] = "\6node02\4fame";

	(void)state;
	assert_int_equal(ask("2.42.168.192.in-addr.arpa", PTR), DNS_ANSWER);
	assert_int_equal(answers(), 1);
	assert_memory_equal(reply.data + reply.len - sizeof(want), want,
			    sizeof(want));
	assert_int_equal(ask("254.42.168.192.IN-ADDR.arpa", PTR), DNS_ANSWER);
	assert_memory_equal(reply.data + reply.len - 12, "\5torms\4fame", 12);
	assert_int_equal(ask("2.42.168.192.in-addr.arpa", A), DNS_ANSWER);
	assert_int_equal(rcode(), 0);
	assert_int_equal(answers(), 0);
	/* Nobody has it; still it is ours. */
	assert_int_equal(ask("3.42.168.192.in-addr.arpa", PTR), DNS_ANSWER);
	assert_int_equal(rcode(), DNS_NXDOMAIN);
}

static void nobodys(void **state)
{
	static const char *const none[] = { "nobody", "localhost",
					    "nobody.fame", "a.node01.fame",
					    "xfame" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(none); i++) {
		assert_int_equal(ask(none[i], A), DNS_ANSWER);
		assert_int_equal(rcode(), DNS_NXDOMAIN);
		assert_int_equal(answers(), 0);
	}
	assert_int_equal(ask("fame", NS), DNS_ANSWER);
	assert_int_equal(rcode(), 0);
	assert_int_equal(answers(), 0);
}

static void others(void **state)
{
	static const char *const names[] = {
		"www.example.com",
		"node01.fame.com",
		"node01.notfame",
		"",
		"2.43.168.192.in-addr.arpa",
		"42.168.192.in-addr.arpa",
		"1.2.42.168.192.in-addr.arpa",
		"256.42.168.192.in-addr.arpa",
		"x.42.168.192.in-addr.arpa",
		"in-addr.arpa",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		assert_int_equal(ask(names[i], A), DNS_RELAY);
}

static void every_cut(void **state)
{
	uint8_t q[300];
	size_t n = test_query(q, 1, "node01.fame", A);

	(void)state;
	for (size_t len = 0; len < n; len++) {
		enum dns_verdict v = answer(q, len);

		assert_int_equal(v, len < 12 ? DNS_DROP : DNS_ANSWER);
		if (v == DNS_ANSWER) {
			assert_int_equal(rcode(), DNS_FORMERR);
			assert_int_equal(reply.len, 12);
			assert_int_equal(get_be16(reply.data + 4), 0);
		}
	}
}

static void bad_headers(void **state)
{
	uint8_t q[300];
	size_t n = test_query(q, 1, "node01", A);

	(void)state;
	q[2] |= 0x80; /* an answer: never answered, or two would never end */
	assert_int_equal(answer(q, n), DNS_DROP);
	q[2] = 0x28; /* dynamic update */
	assert_int_equal(answer(q, n), DNS_ANSWER);
	assert_int_equal(rcode(), DNS_NOTIMP);
	assert_int_equal(reply.data[2], 0xa8);
	q[2] = 1;
	q[5] = 2; /* two questions */
	assert_int_equal(answer(q, n), DNS_ANSWER);
	assert_int_equal(rcode(), DNS_FORMERR);
	q[5] = 1;
	q[n - 1] = 3; /* CHAOS */
	assert_int_equal(answer(q, n), DNS_ANSWER);
	assert_int_equal(rcode(), DNS_REFUSED);
}

static void bad_names(void **state)
{
	uint8_t q[600];
	size_t n = test_query(q, 1, "node01", A);

	(void)state;
	q[12] = 0xc0; /* a pointer, to itself at that */
	q[13] = 12;
	assert_int_equal(answer(q, n), DNS_ANSWER);
	assert_int_equal(rcode(), DNS_FORMERR);
	test_query(q, 1, "node01", A);
	q[15] = '.'; /* "no.e01" in one label */
	assert_int_equal(answer(q, n), DNS_ANSWER);
	assert_int_equal(rcode(), DNS_FORMERR);
	q[15] = 0;
	assert_int_equal(answer(q, n), DNS_ANSWER);
	assert_int_equal(rcode(), DNS_FORMERR);
	/* Labels of 63 bytes: three fit a name of 255, five do not. */
	for (unsigned labels = 3; labels <= 5; labels++) {
		memset(q + 12, 'x', sizeof(q) - 12);
		for (unsigned i = 0; i < labels; i++)
			q[12 + 64 * i] = 63;
		memcpy(q + 12 + 64 * labels, (uint8_t[]){ 0, 0, 1, 0, 1 }, 5);
		n = 12 + 64 * labels + 5;
		assert_int_equal(answer(q, n),
				 labels == 3 ? DNS_RELAY : DNS_ANSWER);
		if (labels > 3)
			assert_int_equal(rcode(), DNS_FORMERR);
	}
}

/* The longest name that there may be, in the longest answer. */
static void longest_answer(void **state)
{
	static const char name[] = "n234567890123456789012345678901234567890123"
				   "45678901234567890123";
	struct lan large;
	uint8_t q[300];
	struct err e;
	size_t n;

	(void)state;
	assert_int_equal(lan_init(&large, "192.168.42.0/24", name, &e), 0);
	assert_int_equal(lan_add(&large, name, "48:50:42:02:02:02",
				 "192.168.42.2", &e),
			 0);
	n = test_query(q, 1, "2.42.168.192.in-addr.arpa", PTR);
	assert_int_equal(dns_answer(&large, q, n, &reply), DNS_ANSWER);
	assert_int_equal(answers(), 1);
	assert_int_equal(reply.len, n + 12 + 129);
}

static void failures(void **state)
{
	uint8_t q[300];
	size_t n = test_query(q, 77, "www.example.com", A);

	(void)state;
	dns_fail(q, n, DNS_SERVFAIL, &reply);
	assert_int_equal(get_be16(reply.data), 77);
	assert_int_equal(rcode(), DNS_SERVFAIL);
	assert_int_equal(reply.data[2], 0x81);
	assert_int_equal(reply.len, n);
}

static void same_question(void **state)
{
	uint8_t q[300], r[300];
	size_t n = test_query(q, 1, "www.example.com", A);
	size_t m = test_query(r, 1, "WWW.example.com", A);

	(void)state;
	assert_false(dns_same_question(q, n, r, m)); /* not an answer */
	r[2] |= 0x80;
	assert_true(dns_same_question(q, n, r, m));
	assert_false(dns_same_question(q, n, r, m - 1));
	assert_false(dns_same_question(q, n, r, 11));
	r[m - 3] = AAAA;
	assert_false(dns_same_question(q, n, r, m));
	m = test_query(r, 1, "www.example.org", A);
	r[2] |= 0x80;
	assert_false(dns_same_question(q, n, r, m));
	r[5] = 0; /* no question at all: only as a bare header */
	assert_false(dns_same_question(q, n, r, m));
	assert_true(dns_same_question(q, n, r, 12));
}

static void truncation(void **state)
{
	uint8_t r[600] = { 0 };
	size_t n = test_query(r, 1, "www.example.com", A);

	(void)state;
	r[2] |= 0x80;
	r[7] = 9;
	r[11] = 1;
	assert_int_equal(dns_truncate(r, sizeof(r)), n);
	assert_int_equal(r[2], 0x83);
	assert_int_equal(get_be16(r + 4), 1);
	assert_int_equal(get_be16(r + 6), 0);
	assert_int_equal(get_be16(r + 10), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses),  cmocka_unit_test(names),
		cmocka_unit_test(nobodys),    cmocka_unit_test(others),
		cmocka_unit_test(every_cut),  cmocka_unit_test(bad_headers),
		cmocka_unit_test(bad_names),  cmocka_unit_test(longest_answer),
		cmocka_unit_test(failures),   cmocka_unit_test(same_question),
		cmocka_unit_test(truncation),
	};

	return cmocka_run_group_tests_name("dns", tests, set_up, NULL);
}
