/* SPDX-License-Identifier: MIT */

/* test_policy.c - Which books each policy takes, and the attributes for it
 *
 * 22 nodes of 4 books: 1 to 10 are one enclosure, 11 to 20 the next one, and
 * 21 and 22 the third.
 */

#include "fixture.h"

#include "policy.h"

#define NODES 22U
#define EACH 4U
#define DEFAULT "user.LFS.AllocationPolicyDefault"

static int set_up(void **state)
{
	*state = fixture_new(NODES, EACH);
	return 0;
}

static int set_xattr(struct fixture *f, const char *path, const char *name,
		     const char *value)
{
	return reply_errno(ask(f, 1,
			       "{'command':'set_xattr','path':'%s',"
			       "'xattr':'%s','value':'%s'}",
			       path, name, value));
}

static json_t *get_xattr(struct fixture *f, const char *path, const char *name)
{
	CLEANUP_JSON json_t *v = reply_value(ask(f, 1,
						 "{'command':'get_xattr',"
						 "'path':'%s','xattr':'%s'}",
						 path, name));

	return json_incref(json_object_get(v, "value"));
}

static int resize(struct fixture *f, uint32_t node, uint64_t books)
{
	return reply_errno(ask(f, node,
			       "{'command':'resize_shelf','path':'/a',"
			       "'size_bytes':%llu}",
			       (unsigned long long)(books * BOOK)));
}

/* Nobody holds it. */
static void create(struct fixture *f)
{
	CLEANUP_JSON json_t *s = reply_value(
		ask(f, 1, "{'command':'create_shelf','path':'/a'}"));

	assert_works(f, 1,
		     "{'command':'close_shelf','id':%lld,'open_handle':%lld}",
		     (long long)json_integer_value(json_object_get(s, "id")),
		     (long long)json_integer_value(
			     json_object_get(s, "open_handle")));
}

/* The nodes of all its books, as a set. */
static uint64_t nodes_of(struct fixture *f, size_t *ret_n)
{
	CLEANUP_JSON json_t *v = get_xattr(f, "/a", "user.LFS.Interleave");
	const char *igs = json_string_value(v);
	uint64_t set = 0;

	*ret_n = json_string_length(v);
	for (size_t i = 0; i < *ret_n; i++)
		set |= 1ULL << (igs[i] + 1);
	return set;
}

static uint64_t range(unsigned first, unsigned last)
{
	return ((2ULL << last) - 1) & ~((1ULL << first) - 1);
}

/* Node 15 takes all that a policy gives it; then there is no more. */
static void check_candidates(struct fixture *f, const char *policy,
			     uint64_t nodes, unsigned books)
{
	size_t n;

	create(f);
	assert_int_equal(set_xattr(f, "/a", POLICY_XATTR, policy), 0);
	if (resize(f, 15, books + 1) != ENOSPC)
		fail_msg("%s: too many books", policy);
	for (unsigned i = 1; i <= books; i += 3)
		if (resize(f, 15, i) != 0)
			fail_msg("%s: not %u books", policy, i);
	if (resize(f, 15, books) != 0 || nodes_of(f, &n) != nodes || n != books)
		fail_msg("%s: not from those nodes", policy);
	assert_int_equal(resize(f, 15, 0), 0);
	assert_int_equal(zero_all(&f->lib), 0);
}

/* As their documentation has it, for the same machine. */
static void test_candidates(void **state)
{
	struct fixture *f = *state;
	uint64_t all = range(1, 22), enc = range(11, 20), own = 1ULL << 15;

	check_candidates(f, "RandomBooks", all, 88);
	check_candidates(f, "LocalNode", own, 4);
	check_candidates(f, "LocalEnc", enc, 40);
	check_candidates(f, "NonLocal_Enc", enc & ~own, 36);
	check_candidates(f, "Nearest", all, 88);
	check_candidates(f, "NearestRemote", all & ~own, 84);
	check_candidates(f, "NearestEnc", all & ~own, 84);
	check_candidates(f, "NearestRack", all & ~enc, 48);
	check_candidates(f, "LZAascending", all, 88);
	check_candidates(f, "LZAdescending", all, 88);
}

/* The first books come from here, the next from there. */
static void test_order(void **state)
{
	struct fixture *f = *state;
	uint64_t enc = range(11, 20), own = 1ULL << 15;
	size_t n;

	create(f);
	assert_int_equal(set_xattr(f, "/a", POLICY_XATTR, "Nearest"), 0);
	assert_int_equal(resize(f, 15, 4), 0);
	assert_true(nodes_of(f, &n) == own);
	assert_int_equal(resize(f, 15, 40), 0);
	assert_true(nodes_of(f, &n) == enc);
	assert_int_equal(resize(f, 15, 0), 0);
	assert_int_equal(zero_all(&f->lib), 0);
	assert_int_equal(set_xattr(f, "/a", POLICY_XATTR, "NearestEnc"), 0);
	assert_int_equal(resize(f, 15, 36), 0);
	assert_true(nodes_of(f, &n) == (enc & ~own));
	assert_int_equal(resize(f, 15, 0), 0);
	assert_int_equal(zero_all(&f->lib), 0);
	/* a node of the third enclosure sees others near */
	assert_int_equal(set_xattr(f, "/a", POLICY_XATTR, "LocalEnc"), 0);
	assert_int_equal(resize(f, 22, 8), 0);
	assert_true(nodes_of(f, &n) == range(21, 22));
	assert_int_equal(resize(f, 22, 0), 0);
	assert_int_equal(zero_all(&f->lib), 0);
	assert_int_equal(set_xattr(f, "/a", POLICY_XATTR, "LZAdescending"), 0);
	assert_int_equal(resize(f, 1, 5), 0);
	assert_true(nodes_of(f, &n) == range(21, 22));
}

static void test_random_sees_all(void **state)
{
	struct fixture *f = *state;
	uint64_t seen = 0, want = range(11, 20) & ~(1ULL << 15);
	size_t n;

	create(f);
	assert_int_equal(set_xattr(f, "/a", POLICY_XATTR, "NonLocal_Enc"), 0);
	for (int i = 0; i < 1000 && seen != want; i++) {
		assert_int_equal(resize(f, 15, 1), 0);
		seen |= nodes_of(f, &n);
		assert_int_equal(resize(f, 15, 0), 0);
		assert_int_equal(zero_all(&f->lib), 0);
	}
	assert_true(seen == want);
}

/* Policies know how many books are free in each group; so does the database. */
static void test_counts(void **state)
{
	struct fixture *f = *state;
	struct pool_counts was;

	create(f);
	assert_int_equal(resize(f, 1, 30), 0);
	assert_int_equal(resize(f, 1, 10), 0);
	assert_int_equal(zero_some(&f->lib), 0);
	assert_int_equal(resize(f, 1, 17), 0);
	assert_int_equal(resize(f, 1, 89), ENOSPC);
	was = f->lib.pool.counts;
	fixture_close(f);
	fixture_open(f);
	assert_memory_equal(&was, &f->lib.pool.counts, sizeof(was));
}

static void assert_text(struct fixture *f, const char *path, const char *name,
			const char *want, size_t len)
{
	CLEANUP_JSON json_t *v = get_xattr(f, path, name);

	assert_int_equal(json_string_length(v), len);
	assert_memory_equal(json_string_value(v), want, len);
}

static void test_request(void **state)
{
	struct fixture *f = *state;

	create(f);
	assert_int_equal(set_xattr(f, "/a", POLICY_XATTR, "RequestIG"), 0);
	assert_text(f, "/a", "user.LFS.InterleaveRequest", "", 0);
	assert_text(f, "/a", "user.LFS.InterleaveRequestPos", "", 0);
	assert_int_equal(resize(f, 1, 1), ERANGE);
	assert_int_equal(set_xattr(f, "/a", "user.LFS.InterleaveRequest",
				   "\\u0002\\u0003"),
			 0);
	assert_text(f, "/a", "user.LFS.InterleaveRequestPos", "0", 1);
	assert_int_equal(resize(f, 1, 5), 0);
	assert_text(f, "/a", "user.LFS.Interleave", "\2\3\2\3\2", 5);
	assert_text(f, "/a", "user.LFS.InterleaveRequestPos", "1", 1);
	fixture_close(f);
	fixture_open(f);
	assert_int_equal(resize(f, 1, 7), 0);
	assert_text(f, "/a", "user.LFS.Interleave", "\2\3\2\3\2\3\2", 7);
	/* group 2 is used up; nothing has changed by the attempt */
	assert_int_equal(resize(f, 1, 9), ENOSPC);
	assert_text(f, "/a", "user.LFS.InterleaveRequestPos", "1", 1);
	assert_int_equal(resize(f, 1, 8), 0);
	/* group 0 is a byte of 0 */
	assert_int_equal(set_xattr(f, "/a", "user.LFS.InterleaveRequest",
				   "\\u0000\\u0001\\u0001"),
			 0);
	assert_text(f, "/a", "user.LFS.InterleaveRequest", "\0\1\1", 3);
	assert_int_equal(resize(f, 1, 13), 0);
	assert_text(f, "/a", "user.LFS.Interleave",
		    "\2\3\2\3\2\3\2\3\0\1\1\0\1", 13);
	assert_text(f, "/a", "user.LFS.InterleaveRequestPos", "2", 1);
	/* unknown groups */
	assert_int_equal(set_xattr(f, "/a", "user.LFS.InterleaveRequest",
				   "\\u0016"),
			 ENOTSUP);
	assert_int_equal(set_xattr(f, "/a", "user.LFS.InterleaveRequest",
				   "\\u00e9"),
			 ENOTSUP);
	assert_int_equal(set_xattr(f, "/a", "user.LFS.InterleaveRequestPos",
				   "1"),
			 ENOTSUP);
	assert_text(f, "/a", "user.LFS.InterleaveRequestPos", "2", 1);
}

static void test_attributes(void **state)
{
	struct fixture *f = *state;

	assert_text(f, "/", "user.LFS.AllocationPolicyList",
		    "RandomBooks,LocalNode,LocalEnc,NonLocal_Enc,Nearest,"
		    "NearestRemote,NearestEnc,NearestRack,LZAascending,"
		    "LZAdescending,RequestIG",
		    125);
	assert_int_equal(set_xattr(f, "/", DEFAULT, "RequestIG"), ENOTSUP);
	assert_int_equal(set_xattr(f, "/", DEFAULT, "NearestRack"), 0);
	/* theirs forgets it */
	fixture_close(f);
	fixture_open(f);
	assert_text(f, "/", DEFAULT, "NearestRack", 11);
	create(f);
	assert_text(f, "/a", POLICY_XATTR, "NearestRack", 11);
	assert_int_equal(set_xattr(f, "/a", DEFAULT, "LocalNode"), ENOTSUP);
	assert_works(f, 1, "{'command':'mkdir','path':'/d','mode':511}");
	assert_int_equal(set_xattr(f, "/d", POLICY_XATTR, "LocalNode"),
			 ENOTSUP);
	assert_int_equal(set_xattr(f, "/d", "user.x", "1"), 0);
	assert_fails(EINVAL, f, 1,
		     "{'command':'remove_xattr','path':'/a',"
		     "'xattr':'user.LFS.InterleaveRequest'}");
}

/* Two of a group that follow each other are one run. */
static void test_places(void **state)
{
	struct fixture *f = *state;
	CLEANUP_JSON json_t *groups = NULL;

	create(f);
	assert_text(f, "/a", "user.LFS.Books", "", 0);
	assert_int_equal(set_xattr(f, "/a", POLICY_XATTR, "RequestIG"), 0);
	assert_int_equal(set_xattr(f, "/a", "user.LFS.InterleaveRequest",
				   "\\u0002\\u0003\\u0003\\u0001"),
			 0);
	assert_int_equal(resize(f, 1, 6), 0);
	assert_text(f, "/a", "user.LFS.Books", "8,12-13,4,9,14", 14);
	assert_int_equal(set_xattr(f, "/a", "user.LFS.Books", "1"), ENOTSUP);
	groups = get_xattr(f, "/", "user.LFS.Groups");
	assert_memory_equal(json_string_value(groups), "0:4,1:4,2:4,", 12);
	assert_non_null(strstr(json_string_value(groups), ",21:4"));
	assert_text(f, "/a", "user.LFS.Groups", json_string_value(groups),
		    json_string_length(groups));
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, set_up, fixture_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_candidates),	    TEST(test_order),
		TEST(test_random_sees_all), TEST(test_counts),
		TEST(test_request),	    TEST(test_attributes),
		TEST(test_places),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
