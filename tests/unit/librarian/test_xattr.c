/* SPDX-License-Identifier: MIT */

/* test_xattr.c - Extended attributes of protocol 2: bytes, flags, name spaces */

#include "fixture.h"

#include "base64.h"
#include "xattr_value.h"

static int set_up(void **state)
{
	struct fixture *f = fixture_new(2, 4);

	f->session.protocol = 2;
	assert_works(f, 1, "{'command':'create_shelf','path':'/a'}");
	*state = f;
	return 0;
}

static int set(struct fixture *f, const char *name, const char *more)
{
	return reply_errno(ask(f, 1,
			       "{'command':'set_xattr','path':'/a',"
			       "'xattr':'%s',%s}",
			       name, more));
}

/* A text, in its own form or as base64. */
static void check(struct fixture *f, const char *name, const char *form,
		  const char *value)
{
	json_t *v = reply_value(ask(f, 1,
				    "{'command':'get_xattr','path':'/a',"
				    "'xattr':'%s','b64':%s}",
				    name, form[5] ? "true" : "false"));

	assert_string_equal(json_string_value(json_object_get(v, form)), value);
	json_decref(v);
}

static int get_errno(struct fixture *f, const char *name)
{
	return reply_errno(ask(f, 1,
			       "{'command':'get_xattr','path':'/a',"
			       "'xattr':'%s'}",
			       name));
}

static void test_bytes(void **state)
{
	struct fixture *f = *state;

	/* 00 7f 80 ff */
	assert_int_equal(set(f, "user.x", "'value_b64':'AH+A/w=='"), 0);
	check(f, "user.x", "value_b64", "AH+A/w==");
	/* the same for those who have texts for bytes */
	assert_int_equal(set(f, "user.y", "'value':'a\\u0080\\u00ff'"), 0);
	check(f, "user.y", "value_b64", "YYD/");
	check(f, "user.y", "value", "a\xc2\x80\xc3\xbf");
	assert_int_equal(set(f, "user.x", "'value_b64':'YYD/'"), 0);
	check(f, "user.x", "value", "a\xc2\x80\xc3\xbf");
	/* what stands for no byte */
	assert_int_equal(set(f, "user.y", "'value':'\\u20ac'"), 0);
	check(f, "user.y", "value_b64", "4oKs");
	assert_int_equal(set(f, "user.e", "'value_b64':''"), 0);
	check(f, "user.e", "value_b64", "");
	check(f, "user.LFS.AllocationPolicy", "value_b64", "UmFuZG9tQm9va3M=");
	assert_int_equal(set(f, "user.LFS.AllocationPolicy",
			     "'value_b64':'TG9jYWxOb2Rl'"),
			 0);
	check(f, "user.LFS.AllocationPolicy", "value", "LocalNode");
	assert_int_equal(set(f, "user.x", "'value_b64':'YY'"), EINVAL);
	assert_int_equal(set(f, "user.x", "'value_b64':7"), EINVAL);
	assert_int_equal(set(f, "user.x", "'flags':'create'"), EINVAL);
}

static void test_flags(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(set(f, "user.x", "'value':'1','flags':'replace'"),
			 ENODATA);
	assert_int_equal(set(f, "user.x", "'value':'1','flags':'create'"), 0);
	assert_int_equal(set(f, "user.x", "'value':'2','flags':'create'"),
			 EEXIST);
	check(f, "user.x", "value", "1");
	assert_int_equal(set(f, "user.x", "'value':'3','flags':'replace'"), 0);
	check(f, "user.x", "value", "3");
	assert_int_equal(set(f, "user.x", "'value':'3','flags':'both'"),
			 EINVAL);
	assert_int_equal(set(f, "user.LFS.AllocationPolicy",
			     "'value':'LocalNode','flags':'create'"),
			 EEXIST);
	assert_works(f, 1,
		     "{'command':'remove_xattr','path':'/a',"
		     "'xattr':'user.x'}");
	assert_int_equal(get_errno(f, "user.x"), ENODATA);
}

static bool is_listed(struct fixture *f, const char *name)
{
	json_t *v =
		reply_value(ask(f, 1, "{'command':'list_xattrs','path':'/a'}"));
	bool found = false;
	json_t *e;
	size_t i;

	json_array_foreach(json_object_get(v, "value"), i, e)
		found |= !strcmp(json_string_value(e), name);
	json_decref(v);
	return found;
}

static void test_spaces(void **state)
{
	static const struct {
		const char *name;
		int posix, plain;
	} cases[] = {
		{ "user.x", 0, 0 },
		{ "trusted.x", 0, EINVAL },
		{ "security.capability", 0, EINVAL },
		{ "user.", EOPNOTSUPP, EINVAL },
		{ "trusted.", EOPNOTSUPP, EINVAL },
		{ "system.posix_acl_access", EOPNOTSUPP, EINVAL },
		{ "other", EOPNOTSUPP, EINVAL },
		{ "", EOPNOTSUPP, EINVAL },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		f->session.protocol = 2;
		assert_int_equal(set(f, cases[i].name, "'value':'1'"),
				 cases[i].posix);
		assert_int_equal(get_errno(f, cases[i].name), cases[i].posix);
		f->session.protocol = 0;
		assert_int_equal(set(f, cases[i].name, "'value':'1'"),
				 cases[i].plain);
		assert_int_equal(get_errno(f, cases[i].name), cases[i].plain);
		assert_false(is_listed(f, "trusted.x"));
	}
	assert_true(is_listed(f, "user.x"));
	f->session.protocol = 2;
	assert_true(is_listed(f, "user.x"));
	assert_true(is_listed(f, "trusted.x"));
	assert_true(is_listed(f, "security.capability"));
}

/* fixture.h's requests are not so long. */
static int set_long(struct fixture *f, size_t len)
{
	struct request rq;
	char *coded = malloc(BASE64_LEN(len) + 1), *bytes = malloc(len);
	json_t *reply;

	memset(bytes, 0xff, len);
	base64_encode(bytes, len, coded);
	rq = request_of(f, json_pack("{s:s, s:s, s:s, s:s, s:{s:i}}", "command",
				     "set_xattr", "path", "/a", "xattr",
				     "user.long", "value_b64", coded, "context",
				     "node_id", 1));
	batch_run(&f->lib, &rq, 1);
	reply = json_loadb(rq.reply.text, rq.reply.len, 0, NULL);
	request_deinit(&rq);
	free(coded);
	free(bytes);
	return reply_errno(reply);
}

static void test_limits(void **state)
{
	struct fixture *f = *state;
	char name[300] = "user.";

	assert_int_equal(set_long(f, XATTR_VALUE_MAX), 0);
	assert_int_equal(set_long(f, XATTR_VALUE_MAX + 1), E2BIG);
	assert_int_equal(set_long(f, XATTR_VALUE_MAX * 2), E2BIG);
	memset(name + 5, 'x', 250);
	assert_int_equal(set(f, name, "'value':''"), 0);
	(void)strcat(name, "x");
	assert_int_equal(set(f, name, "'value':''"), ENAMETOOLONG);
}

static void test_changed(void **state)
{
	struct fixture *f = *state;
	static const char get[] = "{'command':'get_shelf','path':'/a'}";
	int64_t mtime = reply_int(ask(f, 1, get), "mtime_ns");
	int64_t ctime = reply_int(ask(f, 1, get), "ctime_ns");

	assert_int_equal(set(f, "user.x", "'value':'1'"), 0);
	assert_int_equal(reply_int(ask(f, 1, get), "mtime_ns"), mtime);
	assert_true(reply_int(ask(f, 1, get), "ctime_ns") > ctime);
}

static void test_stats(void **state)
{
	struct fixture *f = *state;
	static const char stats[] = "{'command':'get_fs_stats'}";
	json_t *v;

	assert_int_equal(reply_int(ask(f, 1, stats), "shelves"), 3);
	assert_works(f, 1, "{'command':'mkdir','path':'/d'}");
	assert_fails(EEXIST, f, 1, "{'command':'mkdir','path':'/d'}");
	assert_int_equal(reply_int(ask(f, 1, stats), "shelves"), 4);
	assert_works(f, 1, "{'command':'rmdir','path':'/d'}");
	assert_int_equal(reply_int(ask(f, 1, stats), "shelves"), 3);
	f->session.protocol = 1;
	v = reply_value(ask(f, 1, stats));
	assert_null(json_object_get(v, "shelves"));
	json_decref(v);
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, set_up, fixture_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_bytes),  TEST(test_flags),   TEST(test_spaces),
		TEST(test_limits), TEST(test_changed), TEST(test_stats),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
