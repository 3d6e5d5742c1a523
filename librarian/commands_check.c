/* SPDX-License-Identifier: MIT */

/* commands_check.c - The Librarian looks whether all it knows fits together
 *
 * The rules are those of fame-librarian fsck. Everybody waits meanwhile, so it
 * is for those who could stop the Librarian anyway.
 */

#include <errno.h>
#include <stdio.h>

#include "cleanup.h"
#include "commands.h"
#include "fsck_passes.h"
#include "json.h"
#include "librarian.h"

#define PROBLEMS_MAX 200U

struct check {
	json_t *problems;
	bool failed; /* no memory */
};

static void add_problem(const char *pass, const char *text, bool done,
			void *arg)
{
	struct check *check = arg;
	char line[512];

	(void)done;
	if (json_array_size(check->problems) == PROBLEMS_MAX)
		return;
	(void)snprintf(line, sizeof(line), "%s: %s", pass, text);
	if (json_array_append_new(check->problems,
				  json_stringn_nocheck(line, strlen(line))) < 0)
		check->failed = true;
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

int cmd_self_check(struct call *c)
{
	CLEANUP_JSON json_t *problems = json_array();
	struct check check = { .problems = problems };
	struct fsck_report report = { .found = add_problem, .arg = &check };
	int r;

	if (!c->session->admin &&
	    !(c->session->local && c->lib->auth.mode == AUTH_NONE))
		return call_fail(c, -EPERM, "for the administrator only");
	if (!problems)
		return -ENOMEM;
	db_read_anew(c->lib->db);
	r = fsck_look(c->lib->db, &report);
	if (r == 0)
		r = check_counts(c->lib, &report);
	if (r < 0)
		return r;
	if (check.failed)
		return -ENOMEM;
	return call_return(c, json_pack("{s:I, s:O}", "count",
					(json_int_t)report.wrong, "problems",
					problems));
}
