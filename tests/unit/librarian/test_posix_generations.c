/* SPDX-License-Identifier: MIT */

/* test_posix_generations.c - What a node may remember, and how long */

#include "posix.h"

/* @before of a reply is what was there, and what is there now is the other. */
static void check_names(struct fixture *f, json_t *v, const char *prefix,
			int64_t dir, int64_t before)
{
	char key[32];

	(void)snprintf(key, sizeof(key), "%s_gen_before", prefix);
	assert_int_equal(number(v, key), before);
	(void)snprintf(key, sizeof(key), "%s_gen", prefix);
	assert_int_equal(number(v, key), board_names_gen(&f->lib, dir));
	assert_true(number(v, key) != before);
}

static void test_names_gen(void **state)
{
	static const char *const steps[] = {
		"{'command':'create_shelf','dir_id':%lld,'name':'a',"
		"'open':false}",
		"{'command':'mkdir','dir_id':%lld,'name':'s'}",
		"{'command':'symlink','dir_id':%lld,'name':'l','target':'x'}",
		"{'command':'link','id':%2$lld,'dir_id':%1$lld,'name':'b'}",
		"{'command':'unlink','dir_id':%lld,'name':'a'}",
		"{'command':'unlink','dir_id':%lld,'name':'l'}",
		"{'command':'rmdir','dir_id':%lld,'name':'s'}",
	};
	struct fixture *f = *state;
	int64_t d = make_dir(f, ROOT, "d"), e = make_dir(f, ROOT, "e");
	int64_t id = create(f, ROOT, "x"), from, to;
	json_t *v;

	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		from = board_names_gen(&f->lib, d);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
#pragma GCC diagnostic ignored "-Wformat-extra-args"
		v = reply_value(
			ask(f, 1, steps[i], (long long)d, (long long)id));
#pragma GCC diagnostic pop
		check_names(f, v, "names", d, from);
		json_decref(v);
	}
	from = board_names_gen(&f->lib, d);
	to = board_names_gen(&f->lib, e);
	v = reply_value(ask(f, 1,
			    "{'command':'rename_shelf','dir_id':%lld,"
			    "'name':'b','newdir_id':%lld,'newname':'c'}",
			    (long long)d, (long long)e));
	check_names(f, v, "names", d, from);
	check_names(f, v, "newnames", e, to);
	json_decref(v);
	/* what is not there, and since when */
	v = ask(f, 1, "{'command':'get_shelf','dir_id':%lld,'name':'b'}",
		(long long)d);
	assert_int_equal(number(v, "errno"), ENOENT);
	assert_int_equal(number(v, "names_gen"), board_names_gen(&f->lib, d));
	json_decref(v);
	v = reply_value(ask(f, 1, "{'command':'list_shelves','id':%lld}",
			    (long long)e));
	assert_int_equal(number(v, "names_gen"), board_names_gen(&f->lib, e));
	json_decref(v);
	/* not for those who do not know of it */
	f->session.protocol = 1;
	v = ask(f, 1, "{'command':'get_shelf','dir_id':%lld,'name':'b'}",
		(long long)d);
	assert_null(json_object_get(v, "names_gen"));
	json_decref(v);
}

/* The directory that a reply tells of is as it is now. */
static void check_dir(struct fixture *f, const json_t *v, const char *key,
		      int64_t id)
{
	const json_t *dir = json_object_get(v, key);
	json_t *now = get_id(f, id);

	assert_non_null(dir);
	assert_true(json_equal(dir, now));
	json_decref(now);
}

static void test_dirs(void **state)
{
	struct fixture *f = *state;
	int64_t d = make_dir(f, ROOT, "d"), e = make_dir(f, ROOT, "e");
	json_t *v;

	v = reply_value(ask(f, 1,
			    "{'command':'mkdir','dir_id':%lld,'name':'s',"
			    "'want_dirs':true}",
			    (long long)d));
	check_dir(f, v, "dir", d);
	assert_null(json_object_get(v, "newdir"));
	assert_int_equal(number(json_object_get(v, "dir"), "link_count"), 3);
	json_decref(v);
	v = reply_value(ask(f, 1,
			    "{'command':'rename_shelf','dir_id':%lld,"
			    "'name':'s','newdir_id':%lld,'newname':'s',"
			    "'want_dirs':true}",
			    (long long)d, (long long)e));
	check_dir(f, v, "dir", d);
	check_dir(f, v, "newdir", e);
	json_decref(v);
	v = reply_value(ask(f, 1,
			    "{'command':'rename_shelf','dir_id':%lld,"
			    "'name':'s','newdir_id':%lld,'newname':'t',"
			    "'want_dirs':true}",
			    (long long)e, (long long)e));
	check_dir(f, v, "dir", e);
	assert_null(json_object_get(v, "newdir"));
	json_decref(v);
	v = reply_value(ask(f, 1,
			    "{'command':'rmdir','dir_id':%lld,'name':'t'}",
			    (long long)e));
	assert_null(json_object_get(v, "dir"));
	json_decref(v);
	assert_fails(EINVAL, f, 1,
		     "{'command':'mkdir','dir_id':%lld,'name':'u',"
		     "'want_dirs':1}",
		     (long long)e);
}

/* What another node knows of a shelf is not good any more. */
static void test_gen(void **state)
{
	static const char *const steps[] = {
		"'command':'set_attr','mode':0",
		"'command':'resize_shelf','size_bytes':9",
		"'command':'resize_shelf','size_bytes':9999999,'keep_size':"
		"true",
		"'command':'append','len':9",
		"'command':'link','dir_id':2,'name':'b'",
		"'command':'set_xattr','xattr':'user.a','value':''",
		"'command':'remove_xattr','xattr':'user.a'",
	};
	struct fixture *f = *state;
	int64_t id = create(f, ROOT, "a");

	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		int64_t before = board_gen(&f->lib, id), after;

		assert_works(f, 1, "{%s,'id':%lld}", steps[i], (long long)id);
		after = board_gen(&f->lib, id);
		if (after == before)
			fail_msg("%s", steps[i]);
		assert_int_equal(number_of(get_id(f, id), "gen"), after);
	}
	for (int i = 0; i < 2; i++) {
		int64_t before = board_gen(&f->lib, id);

		assert_int_equal(unlink_in(f, ROOT, i ? "b" : "a"), 0);
		assert_true(board_gen(&f->lib, id) != before);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_names_gen),
		TEST(test_dirs),
		TEST(test_gen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
