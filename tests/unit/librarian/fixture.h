/* SPDX-License-Identifier: MIT */

/* fixture.h - A registered database in a temporary directory, and its memory
 *
 * Requests are written with ' for " and run without a server.
 */
#pragma once

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../unit.h"
#include "batch.h"
#include "cleanup.h"
#include "file.h"
#include "json.h"
#include "librarian.h"
#include "register.h"
#include "topology.h"

#define BOOK (2ULL << 20)

struct fixture {
	char dir[64];
	char db[96];
	int fam_fd;
	uint64_t books;
	struct librarian_conf conf;
	struct librarian lib;
	struct session session;
	bool open;
};

/* A directory and a topology in it, no Librarian yet. */
UNUSED static void fixture_make(struct fixture *f, uint32_t nodes,
				uint32_t books)
{
	CLEANUP_DB struct db *db = NULL;
	const char *tmp = getenv("TMPDIR");
	enum register_result result;
	char ini[128];
	struct topology t;
	struct err e = { 0 };

	memset(f, 0, sizeof(*f));
	(void)snprintf(f->dir, sizeof(f->dir), "%.30s/librarian.XXXXXX",
		       tmp ? tmp : "/tmp");
	assert_non_null(mkdtemp(f->dir));
	(void)snprintf(f->db, sizeof(f->db), "%s/db", f->dir);
	(void)snprintf(ini, sizeof(ini),
		       "[global]\nnode_count=%u\nbook_size_bytes=2M\n"
		       "nvm_size_per_node=%uB\n",
		       nodes, books);
	assert_int_equal(topology_parse_ini(ini, "x", &t, &e), 0);
	assert_int_equal(db_open(f->db, DB_CREATE, &db, &e), 0);
	assert_int_equal(register_topology(db, &t, false, &result, &e), 0);
	f->books = (uint64_t)nodes * books;
	f->fam_fd = memfd_create("fam", MFD_CLOEXEC);
	assert_true(f->fam_fd >= 0);
	assert_int_equal(ftruncate(f->fam_fd, (off_t)(f->books * BOOK)), 0);
	f->conf = (struct librarian_conf){ .db_path = f->db,
					   .fam_fd = f->fam_fd,
					   .auth = AUTH_NONE };
}

UNUSED static void fixture_open(struct fixture *f)
{
	struct err e = { 0 };

	if (librarian_init(&f->lib, &f->conf, &e) < 0)
		fail_msg("%s", e.msg);
	f->open = true;
}

UNUSED static void fixture_close(struct fixture *f)
{
	if (f->open)
		librarian_deinit(&f->lib);
	f->open = false;
}

UNUSED static void fixture_end(struct fixture *f)
{
	fixture_close(f);
	(void)close(f->fam_fd);
	(void)remove_tree(-1, f->dir);
}

/* For *state of a test: open. */
UNUSED static struct fixture *fixture_new(uint32_t nodes, uint32_t books)
{
	struct fixture *f = malloc(sizeof(*f));

	assert_non_null(f);
	fixture_make(f, nodes, books);
	fixture_open(f);
	return f;
}

UNUSED static int fixture_tear_down(void **state)
{
	fixture_end(*state);
	free(*state);
	return 0;
}

UNUSED static json_t *quoted(const char *text)
{
	char *copy = strdup(text);
	json_error_t e;
	json_t *o;

	assert_non_null(copy);
	for (char *p = copy; *p; p++)
		if (*p == '\'')
			*p = '"';
	o = json_loads(copy, JSON_ALLOW_NUL, &e);
	if (!o)
		fail_msg("%s: %s", copy, e.text);
	free(copy);
	return o;
}

__attribute__((format(printf, 3, 0))) UNUSED static json_t *
vrequest(uint32_t node, int pid, const char *fmt, va_list ap)
{
	char text[4096];
	json_t *o;

	(void)vsnprintf(text, sizeof(text), fmt, ap);
	o = quoted(text);
	if (node)
		(void)json_object_set_new(o, "context",
					  json_pack("{s:i, s:i}", "node_id",
						    (int)node, "pid", pid));
	return o;
}

/* A request that says what @o says; @o is taken. */
UNUSED static struct request request_of(struct fixture *f, json_t *o)
{
	struct request rq = { .session = &f->session };
	char *text = json_dumps(o, JSON_COMPACT);

	assert_non_null(text);
	json_decref(o);
	assert_int_equal(
		jread_object(text, strlen(text), REQUEST_LIMITS, &rq.body), 0);
	return rq;
}

/* The reply to a request that was run. */
UNUSED static json_t *reply_of(const struct request *rq)
{
	json_t *reply =
		json_loadb(rq->reply.text, rq->reply.len, JSON_ALLOW_NUL, NULL);

	assert_non_null(reply);
	return reply;
}

/* The whole reply. */
__attribute__((format(printf, 3, 4))) UNUSED static json_t *
ask(struct fixture *f, uint32_t node, const char *fmt, ...)
{
	struct request rq;
	json_t *reply;
	va_list ap;

	va_start(ap, fmt);
	rq = request_of(f, vrequest(node, 1, fmt, ap));
	va_end(ap);
	batch_run(&f->lib, &rq, 1);
	while (rq.later && dispatch_go_on(&f->lib, &rq))
		;
	reply = reply_of(&rq);
	request_deinit(&rq);
	return reply;
}

/* Takes the reply; its errno, 0 = it is none. */
UNUSED static int reply_errno(json_t *reply)
{
	int e = (int)json_integer_value(json_object_get(reply, "errno"));

	json_decref(reply);
	return e;
}

/* Takes the reply; its value, which must be there. */
UNUSED static json_t *reply_value(json_t *reply)
{
	json_t *v = json_object_get(reply, "value");

	if (!v)
		fail_msg("%s",
			 json_string_value(json_object_get(reply, "errmsg")));
	json_incref(v);
	json_decref(reply);
	return v;
}

/* Takes the reply; a number in its value. */
UNUSED static int64_t reply_int(json_t *reply, const char *key)
{
	json_t *v = reply_value(reply);
	int64_t n;

	assert_true(json_is_integer(json_object_get(v, key)));
	n = json_integer_value(json_object_get(v, key));
	json_decref(v);
	return n;
}

#define assert_fails(error, ...) \
	assert_int_equal(reply_errno(ask(__VA_ARGS__)), error)
#define assert_works(...) assert_fails(0, __VA_ARGS__)
