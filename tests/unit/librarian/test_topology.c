/* SPDX-License-Identifier: MIT */

/* test_topology.c - Descriptions of the machine, good and bad */

#include "fixture.h"

#define HEAD "[global]\n"
#define NODES "node_count = 4\n"
#define SIZE "book_size_bytes = 8M\n"
#define NVM "nvm_size_per_node = 128B\n"

static void test_short_form(void **state)
{
	struct topology t;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(topology_parse_ini("# comment\n\n[global]\n"
					    "Node_Count = 3\n"
					    "book_size_bytes: 2m ; why not\n"
					    "nvm_size_per_node = 682b\n",
					    "f.ini", &t, &e),
			 0);
	assert_int_equal(t.n_nodes, 3);
	assert_int_equal(t.book_size, 2 << 20);
	for (uint32_t i = 0; i < 3; i++) {
		assert_int_equal(t.nodes[i].node_id, i + 1);
		assert_int_equal(t.nodes[i].ig, i);
		assert_int_equal(t.nodes[i].books, 682);
	}
	assert_string_equal(t.nodes[2].hostname, "node03");
}

static void test_size_in_bytes(void **state)
{
	struct topology t;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(topology_parse_ini(HEAD NODES SIZE
					    "nvm_size_per_node = 1G",
					    "f", &t, &e),
			 0);
	assert_int_equal(t.nodes[3].books, 128);
	assert_int_equal(topology_parse_ini(HEAD NODES
					    "book_size_bytes = 8G\n"
					    "nvm_size_per_node = 64T\n",
					    "f", &t, &e),
			 0);
	assert_int_equal(t.nodes[0].books, 8192);
}

/* The message has file, line and key. */
static void test_errors(void **state)
{
	static const struct {
		const char *text;
		int error;
		const char *message;
	} cases[] = {
		{ "", -EINVAL, "'f' line 0: " },
		{ HEAD NODES SIZE, -EINVAL, "no nvm_size_per_node" },
		{ HEAD SIZE NVM, -EINVAL, "no node_count" },
		{ NODES, -EINVAL, "line 1: 'node_count' stands before" },
		{ HEAD "nodes = 4\n", -EINVAL,
		  "line 2: [global] has no key "
		  "'nodes'" },
		{ HEAD NODES NODES, -EINVAL,
		  "line 3: node_count was given in "
		  "line 2" },
		{ HEAD "node_count = 0\n" SIZE NVM, -EINVAL,
		  "line 2: node_count '0'" },
		{ HEAD "node_count = 81\n" SIZE NVM, -EINVAL,
		  "line 2: node_count '81'" },
		{ HEAD "node_count = -1\n" SIZE NVM, -EINVAL, "'-1'" },
		{ HEAD "node_count = four\n" SIZE NVM, -EINVAL, "'four'" },
		{ HEAD NODES "book_size_bytes = 3M\n" NVM, -EINVAL,
		  "line 3: book_size_bytes '3M' is not a power of 2" },
		{ HEAD NODES "book_size_bytes = 1M\n" NVM, -EINVAL, "'1M'" },
		{ HEAD NODES "book_size_bytes = 16G\n" NVM, -EINVAL, "'16G'" },
		{ HEAD NODES "book_size_bytes = 8B\n" NVM, -EINVAL,
		  "'8B' is not a size" },
		{ HEAD NODES SIZE "nvm_size_per_node = 0B\n", -EINVAL,
		  "line 4: nvm_size_per_node '0B'" },
		{ HEAD NODES SIZE "nvm_size_per_node = 8193B\n", -EINVAL,
		  "1 to 8192 books" },
		{ HEAD NODES SIZE "nvm_size_per_node = 12M\n", -EINVAL,
		  "not a multiple" },
		{ HEAD NODES SIZE "nvm_size_per_node = B\n", -EINVAL,
		  "not a number of books" },
		{ HEAD NODES SIZE "nvm_size_per_node = 99999999999999999999B",
		  -EINVAL, "not a number of books" },
		{ HEAD NODES SIZE "nvm_size_per_node = 9999999T\n", -EINVAL,
		  "not a size" },
		{ HEAD NODES "what is this\n" SIZE NVM, -EINVAL, "line 3: " },
		{ HEAD NODES "[glob\n", -EINVAL, "line 3: " },
		{ HEAD NODES SIZE "[enclosure1]\nu = 3\n", -ENOTSUP,
		  "line 5: section [enclosure1]" },
		{ HEAD NODES SIZE "[node01]\nnode_id = 1\n", -ENOTSUP,
		  "line 5: section [node01]: one section for each" },
		{ HEAD NODES SIZE "[n]\nnvm_size = 1G @ 0x100000000\n",
		  -ENOTSUP, "line 5: section [n]: physical" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct topology t;
		struct err e = { 0 };

		assert_int_equal(topology_parse_ini(cases[i].text, "f", &t, &e),
				 cases[i].error);
		if (!strstr(e.msg, cases[i].message))
			fail_msg("%s\n has not: %s", e.msg, cases[i].message);
		assert_null(strchr(e.msg, '\n'));
	}
}

static void test_long_line(void **state)
{
	char text[600] = HEAD NODES "domain = ";
	struct topology t;
	struct err e = { 0 };

	(void)state;
	memset(text + strlen(text), 'x', 400);
	assert_int_equal(topology_parse_ini(text, "f", &t, &e), -EINVAL);
	assert_non_null(strstr(e.msg, "line 3: longer than"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_short_form),
		cmocka_unit_test(test_size_in_bytes),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_long_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
