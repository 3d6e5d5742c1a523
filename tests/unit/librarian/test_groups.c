/* SPDX-License-Identifier: MIT */

/* test_groups.c - Interleave groups that are not those of one node each */

#include "fixture.h"

#include "lmp_view.h"

/* Group 5: of node 1. Group 9: a quarter of node 1, the rest of node 11. */
static const char machine[] =
	"{'coordinate':'/MachineVersion/1/Datacenter/x',"
	"'servers':[{'services':[{'service':'librarian','bookSize':'2M'}]}],"
	"'racks':[{'coordinate':'Rack/y','enclosures':["
	"{'coordinate':'Enclosure/U/EncNum/1','nodes':["
	"{'coordinate':'Node/1','soc':{'coordinate':'SocBoard/1/Soc/1'},"
	"'mediaControllers':["
	"{'coordinate':'MemoryBoard/1/MediaController/1','memorySize':'2M'},"
	"{'coordinate':'MemoryBoard/1/MediaController/2','memorySize':'4M'}]},"
	"{'coordinate':'Node/2','soc':{'coordinate':'SocBoard/1/Soc/1'}}]},"
	"{'coordinate':'Enclosure/U/EncNum/2','nodes':["
	"{'coordinate':'Node/1','soc':{'coordinate':'SocBoard/1/Soc/1'},"
	"'mediaControllers':["
	"{'coordinate':'MemoryBoard/1/MediaController/1','memorySize':'6M'}]"
	"}]}]}],"
	"'interleaveGroups':["
	"{'groupId':9,'mediaControllers':["
	"'/MachineVersion/1/Datacenter/x/Rack/y/Enclosure/U/EncNum/1/Node/1"
	"/MemoryBoard/1/MediaController/1',"
	"'/MachineVersion/1/Datacenter/x/Rack/y/Enclosure/U/EncNum/2/Node/1"
	"/MemoryBoard/1/MediaController/1']},"
	"{'groupId':5,'mediaControllers':["
	"'/MachineVersion/1/Datacenter/x/Rack/y/Enclosure/U/EncNum/1/Node/1"
	"/MemoryBoard/1/MediaController/2']}]}";

#define NODE(e, n)                                                     \
	"/MachineVersion/1/Datacenter/x/Rack/y/Enclosure/U/EncNum/" #e \
	"/Node/" #n

static enum register_result put(struct fixture *f, bool force)
{
	CLEANUP_DB struct db *db = NULL;
	CLEANUP_JSON json_t *o = quoted(machine);
	CLEANUP_FREE char *text = json_dumps(o, 0);
	enum register_result result;
	struct topology t;
	struct err e = { "" };

	if (topology_parse(text, "x", &t, &e) < 0)
		fail_msg("%s", e.msg);
	assert_int_equal(db_open(f->db, DB_EXISTING, &db, &e), 0);
	assert_int_equal(register_topology(db, &t, force, &result, &e), 0);
	topology_deinit(&t);
	return result;
}

static int set_up(void **state)
{
	struct fixture *f = malloc(sizeof(*f));

	assert_non_null(f);
	fixture_make(f, 1, 6);
	assert_int_equal(put(f, true), REGISTER_DONE);
	fixture_open(f);
	*state = f;
	return 0;
}

static void grow(struct fixture *f, uint32_t node, const char *policy,
		 unsigned books, int error)
{
	assert_works(f, node,
		     "{'command': 'create_shelf', 'path': '/%s%u', "
		     "'mode': 420}",
		     policy, node);
	assert_works(f, node,
		     "{'command': 'set_xattr', 'path': '/%s%u', 'xattr': "
		     "'user.LFS.AllocationPolicy', 'value': '%s'}",
		     policy, node, policy);
	assert_fails(error, f, node,
		     "{'command': 'resize_shelf', 'path': '/%s%u', "
		     "'size_bytes': %llu}",
		     policy, node, books * BOOK);
}

static const char *groups_of(struct fixture *f, const char *shelf, char *buf,
			     size_t size)
{
	json_t *v = reply_value(ask(f, 1,
				    "{'command': 'list_shelf_books', "
				    "'path': '%s'}",
				    shelf));
	size_t n = 0;

	*buf = '\0';
	for (size_t i = 0; i < json_array_size(v); i++)
		n += (size_t)snprintf(
			buf + n, size - n, "%lld ",
			json_integer_value(json_object_get(json_array_get(v, i),
							   "intlv_group")));
	json_decref(v);
	return buf;
}

/* A node is at home wherever it has a part. */
static void test_policies(void **state)
{
	struct fixture *f = *state;
	char buf[64];

	grow(f, 1, "NearestRack", 1, ENOSPC);
	grow(f, 2, "LocalNode", 1, ENOSPC);
	grow(f, 2, "NearestRack", 1, ENOSPC);
	grow(f, 1, "LocalNode", 3, 0);
	assert_string_equal(groups_of(f, "/LocalNode1", buf, sizeof(buf)),
			    "5 5 9 ");
	grow(f, 11, "NearestRack", 1, ENOSPC);
	grow(f, 11, "LocalNode", 3, 0);
	assert_string_equal(groups_of(f, "/LocalNode11", buf, sizeof(buf)),
			    "9 9 9 ");
	assert_fails(ENOTSUP, f, 1,
		     "{'command': 'set_xattr', 'path': '/LocalNode1', 'xattr': "
		     "'user.LFS.InterleaveRequest', 'value': '\\u0001'}");
}

static json_int_t memory(struct lmp_view *v, const char *where,
			 const char *what)
{
	json_t *o;
	json_int_t n;

	assert_int_equal(lmp_view_allocated(v, where, &o), 0);
	n = json_integer_value(
		json_object_get(json_object_get(o, "memory"), what));
	json_decref(o);
	return n;
}

/* What a node has of a group's books is its share of each. */
static void test_shares(void **state)
{
	struct fixture *f = *state;
	struct lmp_view v = { .lib = &f->lib };
	json_t *o;

	v.reader.db = f->lib.db;
	grow(f, 11, "LocalNode", 4, 0);
	assert_int_equal(memory(&v, NODE(1, 1), "total"), 3 * BOOK);
	assert_int_equal(memory(&v, NODE(1, 1), "allocated"), BOOK);
	assert_int_equal(memory(&v, NODE(1, 2), "total"), 0);
	assert_int_equal(memory(&v, NODE(2, 1), "total"), 3 * BOOK);
	assert_int_equal(memory(&v, NODE(2, 1), "allocated"), 3 * BOOK);
	assert_int_equal(memory(&v, "/MachineVersion/1", "allocated"),
			 4 * BOOK);
	assert_int_equal(memory(&v, NODE(1, 1) "/MemoryBoard/1", "total"),
			 3 * BOOK);
	assert_int_equal(lmp_view_allocated(&v, NODE(1, 3), &o), -ENOENT);
	assert_int_equal(lmp_view_groups(&v, &o), 0);
	assert_int_equal(
		json_array_size(json_object_get(
			json_array_get(json_object_get(o, "interleaveGroups"),
				       1),
			"mediaControllers")),
		2);
	json_decref(o);
}

/* Again it is the same, and shelves stay. */
static void test_again(void **state)
{
	struct fixture *f = *state;

	grow(f, 11, "LocalNode", 4, 0);
	fixture_close(f);
	assert_int_equal(put(f, false), REGISTER_SAME);
	fixture_open(f);
	assert_works(f, 1, "{'command': 'get_shelf', 'path': '/LocalNode11'}");
	assert_int_equal(f->lib.pool.nodes, 3);
}

#define GROUPS_TEST(fn) \
	cmocka_unit_test_setup_teardown(fn, set_up, fixture_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		GROUPS_TEST(test_policies),
		GROUPS_TEST(test_shares),
		GROUPS_TEST(test_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
