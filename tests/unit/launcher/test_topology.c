/* SPDX-License-Identifier: MIT */

/* test_topology.c - Nodes, addresses, books; what nodes are told */

#include "topology.h"

#include <errno.h>
#include <stdlib.h>

#include "../unit.h"
#include "identity.h"
#include "json.h"

static struct topology make(unsigned n, uint64_t gib)
{
	struct topology t = { .n_nodes = n,
			      .hostbase = "node",
			      .octets = "192.168.42",
			      .fam_size = gib << 30 };

	assert_int_equal(topology_init(&t), 0);
	return t;
}

/* The original's rule: 8 MiB, doubled until there are at most 10,000. */
static void books(void **state)
{
	static const struct {
		uint64_t gib, book_mib;
	} want[] = { { 1, 8 },	  { 4, 8 },    { 64, 8 },
		     { 128, 16 }, { 256, 32 }, { 512, 64 } };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(want); i++)
		assert_int_equal(make(1, want[i].gib).book_size,
				 want[i].book_mib << 20);
	/* The last of 512 or 128 is nobody's. */
	assert_int_equal(make(1, 4).books_per_node, 511);
	assert_int_equal(make(4, 4).books_per_node, 127);
	assert_int_equal(make(3, 4).books_per_node, 170);
	assert_int_equal(make(32, 1).books_per_node, 3);
}

static void names(void **state)
{
	struct topology t = make(32, 1);
	char name[TOPOLOGY_NAME_MAX], a[TOPOLOGY_ADDRESS_MAX];
	char mac[TOPOLOGY_MAC_MAX];

	(void)state;
	assert_string_equal(topology_name(&t, 1, name), "node01");
	assert_string_equal(topology_name(&t, 32, name), "node32");
	assert_string_equal(topology_address(&t, 12, a), "192.168.42.12");
	assert_string_equal(topology_mac(12, mac), "48:50:42:12:12:12");
	assert_int_equal(topology_find(&t, "node32"), 32);
	assert_int_equal(topology_find(&t, "node33"), 0);
	assert_int_equal(topology_find(&t, "node00"), 0);
	assert_int_equal(topology_find(&t, "node1"), 0);
	assert_int_equal(topology_find(&t, ""), 0);
}

static void ini(void **state)
{
	struct topology t = make(4, 128);
	CLEANUP_FREE char *text = topology_ini(&t);

	(void)state;
	assert_non_null(text);
	assert_non_null(strstr(text, "[global]\nnode_count = 4\n"
				     "book_size_bytes = 16M\n"
				     "nvm_size_per_node = 2047B\n"));
}

static void identity(void **state)
{
	struct topology t = make(2, 4);
	CLEANUP_FREE char *text = identity_json(
		&(struct identity){ .topology = &t,
				    .node = 2,
				    .token = "tok",
				    .seed = "5eed",
				    .time_ns = 1234567890123456789 });
	CLEANUP_JSON json_t *o = NULL;
	const json_t *librarian;
	const char *s;
	int64_t v;

	(void)state;
	assert_int_equal(json_parse_object(text, strlen(text), &o), 0);
	assert_int_equal(json_get_string(o, "hostname", &s), 0);
	assert_string_equal(s, "node02");
	assert_int_equal(json_get_string(o, "address", &s), 0);
	assert_string_equal(s, "192.168.42.2");
	assert_int_equal(json_get_i64(o, "time_ns", &v), 0);
	assert_true(v == 1234567890123456789);
	librarian = json_object_get(o, "librarian");
	assert_int_equal(json_get_string(librarian, "token", &s), 0);
	assert_string_equal(s, "tok");
	assert_int_equal(json_get_i64(librarian, "port", &v), 0);
	assert_int_equal(v, 9093);
	/* Both nodes and torms. */
	assert_int_equal(json_array_size(json_object_get(o, "hosts")), 3);
}

static void random_text(void **state)
{
	char a[IDENTITY_TOKEN_MAX], b[IDENTITY_TOKEN_MAX];

	(void)state;
	assert_int_equal(identity_random(a), 0);
	assert_int_equal(identity_random(b), 0);
	assert_int_equal(strlen(a), 64);
	assert_int_equal(strspn(a, "0123456789abcdef"), 64);
	assert_string_not_equal(a, b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(books),       cmocka_unit_test(names),
		cmocka_unit_test(ini),	       cmocka_unit_test(identity),
		cmocka_unit_test(random_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
