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
		assert_int_equal(t.nodes[i].n_modules, 4);
		assert_int_equal(t.nodes[i].modules[3].ig, i);
		assert_int_equal(topology_books(&t, i), 682);
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
	assert_int_equal(topology_books(&t, 3), 128);
	assert_int_equal(topology_parse_ini(HEAD NODES
					    "book_size_bytes = 8G\n"
					    "nvm_size_per_node = 64T\n",
					    "f", &t, &e),
			 0);
	assert_int_equal(topology_books(&t, 0), 8192);
}

/* Nodes with a section each: sparse, in two enclosures. */
static void test_long_form(void **state)
{
	struct topology t;
	struct err e = { 0 };
	char c[TOPOLOGY_COORDINATE_MAX + 1];

	(void)state;
	assert_int_equal(topology_parse_ini("[global]\n"
					    "node_count = 3\n"
					    "book_size_bytes = 8M\n"
					    "datacenter = BUK1\n"
					    "rack = A1.AboveFloor\n"
					    "[enclosure1]\n"
					    "u = U3\n"
					    "[enclosure02]\n"
					    "u = U8\n"
					    "[node12]\n"
					    "node_id = 12\n"
					    "nvm_size = 1G\n"
					    "[babbage]\n"
					    "\tnode_id = 3\n"
					    "\tnvm_size = 4b\n"
					    "[node80]\n"
					    "NVM_Size=8192B\n"
					    "node_id=80",
					    "f.ini", &t, &e),
			 0);
	assert_int_equal(t.n_nodes, 3);
	assert_int_equal(t.mode, BII_LZA);
	assert_string_equal(t.nodes[0].hostname, "babbage");
	assert_int_equal(topology_books(&t, 2), 4);
	assert_int_equal(t.nodes[1].node_id, 12);
	assert_int_equal(t.n_ranges, 3);
	assert_int_equal(t.ranges[1].first, lza_make(11, 0));
	assert_int_equal(t.ranges[1].books, 128);
	assert_string_equal(t.nodes[1].serial, "1:2:2");
	assert_string_equal(t.nodes[1].mac, "52:54:42:12:12:12");
	assert_int_equal(topology_books(&t, 79), 8192);
	assert_string_equal(
		topology_coordinate(&t, &t.nodes[1], TOPOLOGY_SOC, c,
				    sizeof(c)),
		"/MachineVersion/1/Datacenter/BUK1/Rack/A1.AboveFloor/"
		"Enclosure/U8/EncNum/2/Node/2/SocBoard/1/Soc/1");
}

#define PHYSICAL                                  \
	HEAD "node_count=3\nbook_size_bytes=2M\n" \
	     "[node01]\nnode_id=1\n"              \
	     "nvm_size = 4M @ 0x80000000\n"       \
	     "           1B@0x40000000 ; low\n"   \
	     "[node02]\nnode_id=2\n"              \
	     "nvm_size = 0 @ 0x0\n"               \
	     "[node03]\nnode_id=3\n"              \
	     "nvm_size = 6m @ 0x60000000\n"

static void test_physical_form(void **state)
{
	struct topology t;
	struct err e = { 0 };

	(void)state;
	if (topology_parse_ini(PHYSICAL, "f", &t, &e) < 0)
		fail_msg("%s", e.msg);
	assert_int_equal(t.mode, BII_PHYSICAL);
	assert_int_equal(topology_books(&t, 0), 3);
	assert_int_equal(t.n_ranges, 3);
	assert_int_equal(t.ranges[0].first, 0x80000000);
	assert_int_equal(t.ranges[1].first, 0x40000000);
	assert_int_equal(t.ranges[1].books, 1);
	assert_int_equal(t.nodes[1].n_modules, 0);
	assert_int_equal(topology_books(&t, 1), 0);
	assert_int_equal(topology_books(&t, 2), 3);
}

/* Every rule, and the message has file, line and key. */
#define LONG HEAD "node_count=1\n" SIZE
#define NODE1 "[node01]\nnode_id=1\n"
#define PHYS HEAD "node_count=2\n" SIZE NODE1

static void check_errors(int (*parse)(const char *text, const char *name,
				      struct topology *ret_t, struct err *e),
			 const char *const (*cases)[2], size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct topology t;
		struct err e = { 0 };

		assert_int_equal(parse(cases[i][0], "f", &t, &e), -EINVAL);
		if (!strstr(e.msg, cases[i][1]))
			fail_msg("%s\n has not: %s", e.msg, cases[i][1]);
		assert_int_equal(strncmp(e.msg, "'f' line ", 9), 0);
		assert_null(strchr(e.msg, '\n'));
	}
}

static void test_short_errors(void **state)
{
	static const char *const cases[][2] = {
		{ "", "'f' line 0: " },
		{ HEAD NODES SIZE, "no nvm_size_per_node" },
		{ HEAD SIZE NVM, "no node_count" },
		{ HEAD NODES NVM, "no book_size_bytes" },
		{ NODES, "line 1: 'node_count' stands before" },
		{ HEAD "nodes = 4\n", "line 2: [global] has no key 'nodes'" },
		{ HEAD "bytes_per_node = 4\n", "line 2: [global] has no key" },
		{ HEAD NODES NODES,
		  "line 3: node_count was given in line 2 already" },
		{ HEAD "node_count = 0\n" SIZE NVM, "line 2: node_count '0'" },
		{ HEAD "node_count = 81\n" SIZE NVM,
		  "line 2: node_count '81'" },
		{ HEAD "node_count = -1\n" SIZE NVM, "'-1'" },
		{ HEAD "node_count = four\n" SIZE NVM, "'four'" },
		{ HEAD NODES "book_size_bytes = 3M\n" NVM,
		  "line 3: book_size_bytes '3M' is not a power of 2" },
		{ HEAD NODES "book_size_bytes = 1M\n" NVM, "'1M'" },
		{ HEAD NODES "book_size_bytes = 16G\n" NVM, "'16G'" },
		{ HEAD NODES "book_size_bytes = 8B\n" NVM,
		  "'8B' is not a size" },
		{ HEAD NODES SIZE "nvm_size_per_node = 0B\n",
		  "line 4: nvm_size_per_node '0B'" },
		{ HEAD NODES SIZE "nvm_size_per_node = 8193B\n",
		  "1 to 8192 books" },
		{ HEAD NODES SIZE "nvm_size_per_node = 12M\n",
		  "not a multiple" },
		{ HEAD NODES SIZE "nvm_size_per_node = B\n",
		  "not a number of books" },
		{ HEAD NODES SIZE "nvm_size_per_node = 99999999999999999999B",
		  "not a number of books" },
		{ HEAD NODES SIZE "nvm_size_per_node = 9999999T\n",
		  "not a size" },
		{ HEAD NODES "what is this\n" SIZE NVM, "line 3: " },
		{ HEAD NODES "[glob\n", "line 3: " },
		{ HEAD NODES SIZE NVM "rack = a/b\n",
		  "line 5: rack 'a/b' is not a name" },
	};

	(void)state;
	check_errors(topology_parse_ini, cases, ARRAY_SIZE(cases));
}

static void test_long_errors(void **state)
{
	static const char *const cases[][2] = {
		{ LONG "[enclosure9]\nu = 3\n", "line 4: [enclosure9] does" },
		{ LONG "[enclosure]\nu = 3\n", "line 4: [enclosure] does" },
		{ LONG "[enclosure1]\nw = 3\n", "line 5: [enclosure1] has no" },
		{ LONG "[enclosure1]\nu = a b\n" NODE1 "nvm_size=4B\n",
		  "line 5: [enclosure1] u 'a b' is not a name" },
		{ LONG "[enclosure1]\nu=a\n[enclosure2]\nu=b\n"
		       "[enclosure1]\nu=c\n",
		  "line 8: enclosure 1 was described in line 4 already" },
		{ LONG NODE1 "[enclosure1]\nu=a\n",
		  "line 6: [enclosure1] stands behind a node" },
		{ LONG NODE1 "nvm_size=4B\nfoo=1\n",
		  "line 7: [node01] has no key 'foo'" },
		{ LONG NODE1, "line 4: [node01] has no nvm_size" },
		{ LONG "[node01]\nnvm_size=4B\n",
		  "line 4: [node01] has no node_id" },
		{ LONG NODE1 "nvm_size=4B\nnvm_size=4B\n",
		  "line 7: nvm_size was given in line 6 already" },
		{ LONG NODE1 "nvm_size=4B\n  4B\n",
		  "line 7: [node01] nvm_size '4B' is a second range" },
		{ LONG NODE1 "nvm_size=4B\n[node02]\nnode_id=2\nnvm_size=4B\n",
		  "line 2: node_count '1' is not the number of sections" },
		{ LONG "[node01]\nnode_id=81\nnvm_size=4B\n",
		  "line 5: [node01] node_id '81'" },
		{ LONG "[node01]\nnode_id=0\nnvm_size=4B\n",
		  "line 5: [node01] node_id '0'" },
		{ LONG "[node01]\nnode_id=2\nnvm_size=4B\n",
		  "line 5: [node01] node_id '2' is another node's" },
		{ HEAD "node_count=2\n" SIZE NODE1 "nvm_size=4B\n"
		       "[b]\nnode_id=1\nnvm_size=4B\n",
		  "line 8: [b] node_id 1 is that of [node01] in line 5" },
		{ LONG NODE1 "nvm_size=0\n", "line 6: [node01] nvm_size '0'" },
		{ LONG NODE1 "nvm_size=12M\n", "not a multiple of book_size" },
		{ LONG NODE1 "nvm_size=6B\n", "multiple of four books" },
		{ LONG NODE1 "nvm_size=8196B\n", "not 1 to 8192 books" },
		{ LONG NODE1 "nvm_size=4X\n", "'4X' is not a size" },
		{ LONG "[no_de]\nnode_id=1\n", "line 4: [no_de] is not the" },
		{ LONG NODE1 "nvm_size=4B\n[a]\nnode_id=2\n" NODE1,
		  "line 9: [node01] was described in line 4 already" },
		{ HEAD "node_count = 1\n"
		       "[nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn]\n",
		  "line 3: the section's name is longer than 49" },
	};

	(void)state;
	check_errors(topology_parse_ini, cases, ARRAY_SIZE(cases));
}

static void test_physical_errors(void **state)
{
	static const char *const cases[][2] = {
		{ PHYS "nvm_size=4B @ 0x1000000\n[b]\nnode_id=2\nnvm_size=4B\n",
		  "line 9: [b] nvm_size '4B' mixes" },
		{ PHYS "nvm_size=4B\n[b]\nnode_id=2\nnvm_size=4B @ 0x800000\n",
		  "line 9: [b] nvm_size '4B @ 0x800000' mixes" },
		{ PHYS "nvm_size=4B @ 0x400000\n[b]\nnode_id=2\n"
		       "nvm_size=0@0x0",
		  "line 6: [node01] nvm_size '4B @ 0x400000' has an address" },
		{ PHYS "nvm_size=4B @ 0x1000001\n[b]\nnode_id=2\n"
		       "nvm_size=0@0x0",
		  "no multiple of book_size_bytes" },
		{ PHYS "nvm_size=4B @ 1000\n[b]\nnode_id=2\nnvm_size=0@0x0",
		  "has no address, such as" },
		{ PHYS "nvm_size=4B @\n[b]\nnode_id=2\nnvm_size=0@0x0",
		  "has no address, such as" },
		{ PHYS "nvm_size=0 @ 0x1000000\n[b]\nnode_id=2\nnvm_size=0@0x0",
		  "is empty" },
		{ PHYS "nvm_size=0@0x0\n  4B @ 0x1000000\n"
		       "[b]\nnode_id=2\nnvm_size=0@0x0",
		  "line 6: [node01] nvm_size '0@0x0' is empty" },
		{ PHYS "nvm_size=0@0x0\n[b]\nnode_id=2\nnvm_size=0@0x0",
		  "no node has any memory" },
		{ PHYS "nvm_size=4B @ 0x1000000\n  4B @ 0x4000000\n"
		       "  2B @ 0x4800000\n[b]\nnode_id=2\nnvm_size=0@0x0",
		  "line 8: [node01] nvm_size '2B @ 0x4800000' overlaps that of "
		  "line 7" },
		{ PHYS "nvm_size=4B @ 0x1000000\n[b]\nnode_id=2\n"
		       "nvm_size=1B @ 0x2800000",
		  "line 9: [b] nvm_size '1B @ 0x2800000' overlaps that of "
		  "line 6" },
		{ PHYS "nvm_size=8000B @ 0x1000000\n  200B @ 0x7000000000\n"
		       "[b]\nnode_id=2\nnvm_size=0@0x0",
		  "line 7: [node01] nvm_size '200B @ 0x7000000000' makes "
		  "more" },
		{ PHYS "nvm_size=2B @ 0x7fffffffff800000\n[b]\nnode_id=2\n"
		       "nvm_size=0@0x0",
		  "ends behind 2^63" },
		{ PHYS "nvm_size=2B @ 0xffffffffff800000\n[b]\nnode_id=2\n"
		       "nvm_size=0@0x0",
		  "ends behind 2^63" },
		{ PHYS "nvm_size=2B @ 0x10000000000000000\n[b]\nnode_id=2\n"
		       "nvm_size=0@0x0",
		  "has no address" },
	};

	(void)state;
	check_errors(topology_parse_ini, cases, ARRAY_SIZE(cases));
}

/* ---- JSON ----------------------------------------------------------------- */

#define IN_NODE(n) \
	"/MachineVersion/1/Datacenter/x/Rack/y/Enclosure/U/EncNum/1/Node/" #n

/* What a short description becomes, character by character. */
static void test_json_golden(void **state)
{
	static const char want[] =
#include "golden_topology.h"
		;
	struct topology t;
	struct err e = { 0 };
	char *text;

	(void)state;
	assert_int_equal(topology_parse_ini(HEAD "node_count = 1\n" SIZE
						 "nvm_size_per_node = 6B\n"
						 "datacenter = x\nrack = y\n"
						 "domain = z\n",
					    "f", &t, &e),
			 0);
	text = topology_to_json(&t);
	assert_non_null(text);
	assert_string_equal(text, want);
	free(text);
}

static void same_ranges(const struct topology *a, const struct topology *b)
{
	assert_int_equal(a->n_ranges, b->n_ranges);
	for (uint32_t i = 0; i < a->n_ranges; i++) {
		assert_int_equal(a->ranges[i].first, b->ranges[i].first);
		assert_int_equal(a->ranges[i].books, b->ranges[i].books);
		assert_int_equal(a->ranges[i].ig, b->ranges[i].ig);
	}
}

/* Out, in and out again is the same, whatever the form. */
static void test_json_round_trip(void **state)
{
	static const char *const texts[] = {
		HEAD NODES SIZE NVM, PHYSICAL,
		HEAD "node_count=80\n" SIZE "nvm_size_per_node=8192B\n",
		LONG "[enclosure8]\nu=U8\n[babbage]\nnode_id=77\nnvm_size=8B"
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		struct topology a, b;
		struct err e = { 0 };
		char *once, *twice;

		assert_int_equal(topology_parse(texts[i], "f", &a, &e), 0);
		once = topology_to_json(&a);
		assert_non_null(once);
		if (topology_parse(once, "f", &b, &e) < 0)
			fail_msg("%s", e.msg);
		twice = topology_to_json(&b);
		assert_string_equal(once, twice);
		assert_int_equal(a.n_nodes, b.n_nodes);
		same_ranges(&a, &b);
		topology_deinit(&b);
		free(once);
		free(twice);
	}
}

/* A small one with everything that is looked at; ' for ". */
#define TOP "{'coordinate':'/MachineVersion/1/Datacenter/x',\n"
#define SERVERS                                                               \
	"'servers':[{'services':[{'service':'librarian','bookSize':'2M'}]}]," \
	"\n"
#define RACKS(nodes)                       \
	"'racks':[{'coordinate':'Rack/y'," \
	"'enclosures':[{'coordinate':"     \
	"'Enclosure/U/EncNum/1','nodes':[\n" nodes "\n]}]}],\n"
#define SOC "'soc':{'coordinate':'SocBoard/1/Soc/1'},"
#define MC(m, size)                                             \
	"{'coordinate':'MemoryBoard/1/MediaController/" #m "'," \
	"'memorySize':" size "}"
#define NODE(n, mcs) \
	"{'coordinate':'Node/" #n "'," SOC "'mediaControllers':[" mcs "]}"
#define REF(n, m) "'" IN_NODE(n) "/MemoryBoard/1/MediaController/" #m "'"
#define GROUP(id, refs) "{'groupId':" #id ",'mediaControllers':[" refs "]}"
#define GROUPS(groups) "'interleaveGroups':[\n" groups "]}\n"
#define GOOD_GROUPS GROUPS(GROUP(7, REF(1, 1)))
#define GOOD_NODE NODE(1, MC(1, "'4M'"))

static int parse_quoted(const char *text, const char *name,
			struct topology *ret_t, struct err *e)
{
	CLEANUP_FREE char *copy = strdup(text);

	assert_non_null(copy);
	for (char *p = copy; *p; p++)
		if (*p == '\'')
			*p = '"';
	return topology_parse(copy, name, ret_t, e);
}

static void test_json(void **state)
{
	struct topology t;
	struct err e = { 0 };

	(void)state;
	if (parse_quoted(
		    TOP SERVERS RACKS(NODE(
			    2,
			    MC(1, "1048576") "," MC(
				    2, "'3M'")) ","
						"{'coordinate':'Node/"
						"1','serialNumber':'abc',"
						"'mediaControllers':[],'soc':{"
						"'coordinate':'SocBoard/1/Soc/"
						"1','hostname':'h',"
						"'tlsPublicCertificate':'cert',"
						"'macAddress':'00:11:22:33:44:"
						"aF'}}")
			    GROUPS(GROUP(127, REF(2, 2) "," REF(2, 1))),
		    "f", &t, &e) < 0)
		fail_msg("%s", e.msg);
	assert_int_equal(t.n_nodes, 2);
	assert_int_equal(t.book_size, 2 << 20);
	assert_string_equal(t.nodes[0].serial, "abc");
	assert_string_equal(t.nodes[0].hostname, "h");
	assert_string_equal(t.nodes[0].mac, "00:11:22:33:44:aF");
	assert_string_equal(t.nodes[0].certificate, "cert");
	assert_int_equal(t.nodes[0].n_modules, 0);
	assert_int_equal(topology_books(&t, 127), 2);
	assert_int_equal(t.n_ranges, 1);
	assert_int_equal(t.ranges[0].first, lza_make(127, 0));
	topology_deinit(&t);
}

/* A group with controllers of two nodes, and a node with two groups. */
static void test_json_groups(void **state)
{
	CLEANUP_FREE char *text = NULL;
	struct topology t, again;
	struct err e = { 0 };

	(void)state;
	if (parse_quoted(
		    TOP SERVERS RACKS(
			    NODE(1, MC(1, "'1M'") "," MC(2, "'4M'")) "," NODE(
				    2, MC(1, "'3M'")))
			    GROUPS(GROUP(9, REF(2, 1) "," REF(1, 1)) "," GROUP(
				    5, REF(1, 2))),
		    "f", &t, &e) < 0)
		fail_msg("%s", e.msg);
	assert_int_equal(topology_books(&t, 9), 2);
	assert_int_equal(topology_books(&t, 5), 2);
	assert_int_equal(t.n_ranges, 2);
	assert_int_equal(t.ranges[0].first, lza_make(5, 0));
	assert_int_equal(t.ranges[1].first, lza_make(9, 0));
	text = topology_to_json(&t);
	assert_non_null(text);
	if (topology_parse(text, "f", &again, &e) < 0)
		fail_msg("%s", e.msg);
	same_ranges(&t, &again);
	assert_int_equal(again.nodes[0].modules[0].ig, 9);
	assert_int_equal(again.nodes[0].modules[1].ig, 5);
	topology_deinit(&t);
	topology_deinit(&again);
}

static void test_json_errors(void **state)
{
	static const char *const cases[][2] = {
		{ "{", "line 1: " },
		{ "{'a':1,\n'a':2}", "line 2: duplicate" },
		{ "{}", "line 1: coordinate is missing" },
		{ "{\n'coordinate':'/machine_rev/1/datacenter/x'}",
		  "line 2: coordinate '/machine_rev/1/datacenter/x' is not "
		  "of" },
		{ TOP "'servers':[]}", "line 2: servers is not a list" },
		{ TOP "'servers':[{'services':[{'service':'x'}]}]}",
		  "line 2: servers has no service \"librarian\"" },
		{ TOP "'servers':[{'services':[\n{'service':'librarian',\n"
		      "'bookSize':'3M'}]}]}",
		  "line 4: servers[0].services[0].bookSize is not a power" },
		{ TOP SERVERS "'racks':[{},{}]}",
		  "line 3: racks[1] is a second rack" },
		{ TOP SERVERS "'racks':[\n{'coordinate':'rack/y'}]}",
		  "line 4: racks[0].coordinate 'rack/y' is not of" },
		{ TOP SERVERS RACKS("{'coordinate':'Node/11'," SOC "'a':1}")
			  GOOD_GROUPS,
		  "line 4: racks[0].enclosures[0].nodes[0] is node 11" },
		{ TOP SERVERS RACKS(GOOD_NODE ",\n" GOOD_NODE) GOOD_GROUPS,
		  "line 5: racks[0].enclosures[0].nodes[1] is there twice" },
		{ TOP SERVERS RACKS("{'coordinate':'Node/1'}") GOOD_GROUPS,
		  "line 4: racks[0].enclosures[0].nodes[0].soc is missing" },
		{ TOP SERVERS RACKS(NODE(1, MC(1, "'4M'") ",\n" MC(1, "'4M'")))
			  GOOD_GROUPS,
		  "line 5: racks[0].enclosures[0].nodes[0].mediaControllers[1]"
		  ".coordinate 'MemoryBoard/1/MediaController/1' is there "
		  "twice" },
		{ TOP SERVERS RACKS(NODE(1, MC(1, "'x'"))) GOOD_GROUPS,
		  "memorySize 'x' is not a size" },
		{ TOP SERVERS RACKS(NODE(1, MC(1, "0"))) GOOD_GROUPS,
		  "memorySize is nothing" },
		{ TOP SERVERS RACKS(NODE(1, MC(1, "-1"))) GOOD_GROUPS,
		  "memorySize is not a text" },
		{ TOP SERVERS RACKS(NODE(1, MC(1, "'3M'"))) GOOD_GROUPS,
		  "group 7 is not 1 to 8192 books" },
		{ TOP SERVERS RACKS(NODE(1, MC(1, "'3M'") "," MC(2, "'3M'")))
			  GOOD_GROUPS,
		  "has no group with '" IN_NODE(1) "/Mem" },
		{ TOP SERVERS RACKS(GOOD_NODE) GROUPS(GROUP(128, REF(1, 1))),
		  "interleaveGroups[0].groupId is not a number from 0 to 127" },
		{ TOP SERVERS RACKS(GOOD_NODE)
			  GROUPS(GROUP(7, REF(1, 1)) ",\n" GROUP(7, REF(1, 1))),
		  "line 8: interleaveGroups[1].groupId 7 is there twice" },
		{ TOP SERVERS RACKS(GOOD_NODE)
			  GROUPS(GROUP(7, REF(1, 1)) ",\n" GROUP(8, REF(1, 1))),
		  "line 8: interleaveGroups[1].mediaControllers[0]" },
		{ TOP SERVERS RACKS(GOOD_NODE) GROUPS(GROUP(7, REF(1, 2))),
		  "is in no node" },
		{ TOP SERVERS RACKS(GOOD_NODE "," NODE(2, MC(1, "'1M'")))
			  GROUPS(GROUP(7, REF(1, 1) "," REF(2, 1))),
		  "line 7: interleaveGroups[0] the memorySize of group 7" },
		{ TOP SERVERS RACKS(NODE(1, MC(1, "'32T'"))) GOOD_GROUPS,
		  "group 7 is not 1 to 8192 books" },
		{ TOP SERVERS RACKS(NODE(1, MC(1, "'65T'"))) GOOD_GROUPS,
		  "memorySize is nothing, or too much" },
		{ TOP SERVERS RACKS(NODE(1, MC(1, "'1M','physicalAddress':"
						  "'0x200000'"))) GOOD_GROUPS,
		  "is not of whole books" },
		{ TOP SERVERS RACKS(NODE(
			  1,
			  MC(1,
			     "'4M','physicalAddress':'"
			     "0x200000'")) "," NODE(2,
						    MC(1,
						       "'2M','physicalAddress':"
						       "'0x400000'")))
			  GROUPS(GROUP(7, REF(1, 1) "," REF(2, 1))),
		  "memory of 'node01' overlaps that of 'node02'" },
		{ TOP SERVERS RACKS(GOOD_NODE "," NODE(
			  2, MC(1, "'2M',"
				   "'physicalAddress':'0x200000'")))
			  GROUPS(GROUP(7, REF(1, 1)) "," GROUP(8, REF(2, 1))),
		  "some media controllers have a physicalAddress" },
		{ TOP SERVERS RACKS(NODE(1, MC(1, "'2M','physicalAddress':"
						  "'0x100000'"))) GOOD_GROUPS,
		  "physicalAddress '0x100000' is not an address" },
	};

	(void)state;
	check_errors(parse_quoted, cases, ARRAY_SIZE(cases));
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
		cmocka_unit_test(test_long_form),
		cmocka_unit_test(test_physical_form),
		cmocka_unit_test(test_short_errors),
		cmocka_unit_test(test_long_errors),
		cmocka_unit_test(test_physical_errors),
		cmocka_unit_test(test_json_golden),
		cmocka_unit_test(test_json_round_trip),
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_json_groups),
		cmocka_unit_test(test_json_errors),
		cmocka_unit_test(test_long_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
