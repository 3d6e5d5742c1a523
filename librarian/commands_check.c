/* SPDX-License-Identifier: MIT */

/* commands_check.c - The Librarian looks whether all it knows fits together
 *
 * The rules are those of fame-librarian fsck. They are gone through one by one,
 * and other requests are run in between: each rule is a query that holds at
 * any time. It is for those who could stop the Librarian anyway.
 */

#include "check.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "fsck_passes.h"
#include "fsck_rules.h"
#include "jwrite.h"
#include "librarian.h"

#define PROBLEMS_MAX 200U

struct check {
	size_t rule; /* the next */
	struct fsck_report report;
	struct jwrite problems; /* members of a list */
	size_t n;
};

static void add_problem(const char *pass, const char *text, bool done,
			void *arg)
{
	struct check *check = arg;
	char line[512];

	(void)done;
	if (check->n++ >= PROBLEMS_MAX)
		return;
	(void)snprintf(line, sizeof(line), "%s: %s", pass, text);
	jwrite_text(&check->problems, line, strlen(line));
}

/* What is counted in memory is what the database has. */
static int check_counts(struct librarian *lib, struct fsck_report *report)
{
	static const char *const names[] = {
		[BOOK_FREE] = "free",
		[BOOK_INUSE] = "in use",
		[BOOK_ZOMBIE] = "to be zeroed",
		[BOOK_OFFLINE] = "offline",
	};

	for (int s = 0; s < BOOK_STATE_COUNT; s++) {
		int64_t n, known = lib->pool.counts.n[s];
		char text[96];
		int r;

		r = db_get(lib->db, SQL_COUNT_STATE, &n, sql_int(s));
		if (r < 0)
			return r;
		if (n == known)
			continue;
		(void)snprintf(text, sizeof(text),
			       "%lld books are %s, %lld are known to be",
			       (long long)n, names[s], (long long)known);
		report->wrong++;
		report->found("counts", text, false, report->arg);
	}
	return 0;
}

static struct check *check_new(void)
{
	struct check *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->report = (struct fsck_report){ .found = add_problem, .arg = c };
	jwrite_init(&c->problems, SIZE_MAX);
	return c;
}

struct check *check_free(struct check *c)
{
	if (c)
		jwrite_deinit(&c->problems);
	free(c);
	return NULL;
}

int check_step(struct check *c, struct librarian *lib)
{
	bool last = c->rule == fsck_n_rules;
	int r;

	db_read_anew(lib->db);
	r = last ? check_counts(lib, &c->report) :
		   fsck_look_for(lib->db, c->rule++, &c->report);
	if (r == 0)
		r = c->problems.error;
	return r == 0 && !last ? 1 : r;
}

void check_write(const struct check *c, struct jwrite *out)
{
	jwrite_open(out, '{');
	jwrite_key(out, "count");
	jwrite_int(out, (int64_t)c->report.wrong);
	jwrite_key(out, "problems");
	jwrite_open(out, '[');
	jwrite_raw(out, c->problems.text, c->problems.len);
	jwrite_close(out, ']');
	jwrite_close(out, '}');
}

int cmd_self_check(struct call *c)
{
	if (!c->session->admin &&
	    !(c->session->local && c->lib->auth.mode == AUTH_NONE))
		return call_fail(c, -EPERM, "for the administrator only");
	c->later = check_new();
	return c->later ? CALL_LATER : -ENOMEM;
}
