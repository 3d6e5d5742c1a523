/* SPDX-License-Identifier: MIT */

/* posix.h - Requests of protocol 2, in short */
#pragma once

#include "fixture.h"

#include <sys/stat.h>

#include "fsck_passes.h"
#include "shelf.h"

#define ROOT 2
#define LATIN1_NAME "/2FiYw==" /* bytes ff 61 62 63 */

UNUSED static int set_up(void **state)
{
	struct fixture *f = malloc(sizeof(*f));

	fixture_make(f, 2, 8);
	assert_int_equal(ftruncate(f->fam_fd, (off_t)(17 * BOOK)), 0);
	fixture_open(f);
	f->session.protocol = 2;
	f->session.hello = true;
	*state = f;
	return 0;
}

UNUSED static void on_finding(const char *pass, const char *text, bool done,
			      void *arg)
{
	(void)done;
	(void)arg;
	print_message("%s: %s\n", pass, text);
}

/* Whatever a test did, the database is as fsck wants it. */
UNUSED static int tear_down(void **state)
{
	struct fsck_report report = { .found = on_finding };
	struct fixture *f = *state;

	assert_int_equal(fsck_look(f->lib.db, &report), 0);
	assert_int_equal(report.wrong, 0);
	fixture_end(f);
	free(f);
	return 0;
}

UNUSED static int64_t number(const json_t *v, const char *key)
{
	assert_true(json_is_integer(json_object_get(v, key)));
	return json_integer_value(json_object_get(v, key));
}

/* Takes what it looks into. */
UNUSED static int64_t number_of(json_t *v, const char *key)
{
	int64_t n = number(v, key);

	json_decref(v);
	return n;
}

UNUSED static json_t *get(struct fixture *f, int64_t dir, const char *name)
{
	return reply_value(ask(f, 1,
			       "{'command':'get_shelf','dir_id':%lld,"
			       "'name':'%s','want_books':true}",
			       (long long)dir, name));
}

UNUSED static json_t *get_id(struct fixture *f, int64_t id)
{
	return reply_value(
		ask(f, 1, "{'command':'get_shelf','id':%lld}", (long long)id));
}

UNUSED static int get_errno(struct fixture *f, int64_t dir, const char *name)
{
	return reply_errno(ask(f, 1,
			       "{'command':'get_shelf','dir_id':%lld,"
			       "'name':'%s'}",
			       (long long)dir, name));
}

UNUSED static int64_t create(struct fixture *f, int64_t dir, const char *name)
{
	return reply_int(ask(f, 1,
			     "{'command':'create_shelf','dir_id':%lld,"
			     "'name':'%s','open':false}",
			     (long long)dir, name),
			 "id");
}

UNUSED static int64_t make_dir(struct fixture *f, int64_t dir, const char *name)
{
	return reply_int(ask(f, 1,
			     "{'command':'mkdir','dir_id':%lld,'name':'%s'}",
			     (long long)dir, name),
			 "id");
}

UNUSED static int64_t open_id(struct fixture *f, uint32_t node, int64_t id)
{
	return reply_int(ask(f, node, "{'command':'open_shelf','id':%lld}",
			     (long long)id),
			 "open_handle");
}

UNUSED static int close_id(struct fixture *f, uint32_t node, int64_t id,
			   int64_t handle)
{
	return reply_errno(ask(f, node,
			       "{'command':'close_shelf','id':%lld,"
			       "'open_handle':%lld}",
			       (long long)id, (long long)handle));
}

UNUSED static int link_to(struct fixture *f, int64_t id, int64_t dir,
			  const char *name)
{
	return reply_errno(ask(f, 1,
			       "{'command':'link','id':%lld,'dir_id':%lld,"
			       "'name':'%s'}",
			       (long long)id, (long long)dir, name));
}

UNUSED static int unlink_in(struct fixture *f, int64_t dir, const char *name)
{
	return reply_errno(ask(f, 1,
			       "{'command':'unlink','dir_id':%lld,"
			       "'name':'%s'}",
			       (long long)dir, name));
}

UNUSED static int move(struct fixture *f, int64_t dir, const char *name,
		       int64_t to, const char *newname, const char *more)
{
	return reply_errno(ask(f, 1,
			       "{'command':'rename_shelf','dir_id':%lld,"
			       "'name':'%s','newdir_id':%lld,"
			       "'newname':'%s'%s}",
			       (long long)dir, name, (long long)to, newname,
			       more));
}

/* The names in a directory, with a space behind each. */
UNUSED static char *list(struct fixture *f, int64_t dir, const char *more,
			 char *text)
{
	json_t *v = reply_value(ask(f, 1,
				    "{'command':'list_shelves','id':%lld%s}",
				    (long long)dir, more)),
	       *e;
	size_t i;

	*text = '\0';
	json_array_foreach(json_object_get(v, "entries"), i, e) {
		json_t *name = json_object_get(e, "name");

		(void)strcat(strcat(text, name ? json_string_value(name) : "?"),
			     " ");
	}
	if (json_is_true(json_object_get(v, "more")))
		(void)strcat(text, "...");
	json_decref(v);
	return text;
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, set_up, tear_down)
