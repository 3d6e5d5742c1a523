/* SPDX-License-Identifier: MIT */

/* fsck_passes.c - Going over a database by the rules */

#include "fsck_passes.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "db.h"
#include "fsck_rules.h"

/* So many rows of a rule are told; of the others only how many they are. */
#define TEXTS_MAX 100U

struct finding {
	const struct fsck_rule *rule;
	char *texts[TEXTS_MAX];
	size_t n;
};

static int on_row(sqlite3_stmt *row, void *arg)
{
	const char *text = (const char *)sqlite3_column_text(row, 0);
	struct finding *f = arg;

	if (f->n < TEXTS_MAX) {
		f->texts[f->n] = strdup(text ? text : "?");
		if (!f->texts[f->n])
			return -ENOMEM;
	}
	f->n++;
	return 0;
}

static void finding_deinit(struct finding *f)
{
	for (size_t i = 0; i < f->n && i < TEXTS_MAX; i++)
		free(f->texts[i]);
	f->n = 0;
}

static void tell(const struct finding *f, bool done, struct fsck_report *report)
{
	char more[64];

	if (f->rule->flags & FSCK_TIDY) {
		report->tidied += f->n;
	} else {
		report->wrong += f->n;
		report->blocked += done ? 0 : f->n;
	}
	for (size_t i = 0; i < f->n && i < TEXTS_MAX; i++)
		report->found(f->rule->pass, f->texts[i], done, report->arg);
	if (f->n <= TEXTS_MAX)
		return;
	(void)snprintf(more, sizeof(more), "and %zu more of this kind",
		       f->n - TEXTS_MAX);
	report->found(f->rule->pass, more, done, report->arg);
}

/* More turns than there can be shelves in circles. */
#define TURNS_MAX 100000U

/* Whether the script has done its work; it has done nothing if not. */
static int run_script(struct db *db, const char *script, bool *ret_done)
{
	int r, undo;

	r = db_run(db, SQL_SAVEPOINT);
	if (r < 0)
		return r;
	r = db_script(db, script);
	*ret_done = r == 0;
	/* A rule of the tables is in the way: that is one more finding. */
	if (r != -EEXIST)
		return r < 0 ? r : db_run(db, SQL_RELEASE);
	undo = db_run(db, SQL_ROLLBACK_TO);
	return undo < 0 ? undo : db_run(db, SQL_RELEASE);
}

static int turn(struct db *db, const struct fsck_rule *rule,
		struct fsck_report *report, bool *ret_again)
{
	struct finding f = { .rule = rule };
	bool done = false;
	int r;

	r = db_select(db, rule->find, on_row, &f);
	if (r == 0 && f.n && rule->mend)
		r = run_script(db, rule->mend, &done);
	if (r == 0)
		tell(&f, done, report);
	*ret_again = done && rule->flags & FSCK_REPEAT;
	finding_deinit(&f);
	return r;
}

static int mend(struct db *db, const struct fsck_rule *rule,
		struct fsck_report *report)
{
	bool again = true;
	int r = 0;

	for (unsigned i = 0; r == 0 && again && i < TURNS_MAX; i++)
		r = turn(db, rule, report, &again);
	return r;
}

int fsck_look_for(struct db *db, size_t rule, struct fsck_report *report)
{
	struct finding f = { .rule = &fsck_rules[rule] };
	int r;

	if (f.rule->flags & FSCK_TIDY ||
	    (f.rule->flags & FSCK_REST && report->wrong))
		return 0;
	r = db_select(db, f.rule->find, on_row, &f);
	if (r == 0)
		tell(&f, false, report);
	finding_deinit(&f);
	return r;
}

int fsck_look(struct db *db, struct fsck_report *report)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < fsck_n_rules; i++)
		r = fsck_look_for(db, i, report);
	return r;
}

static bool applies(const struct fsck_rule *rule, const struct fsck_options *o)
{
	return (o->close || !(rule->flags & FSCK_CLOSE)) &&
	       (o->fam || !(rule->flags & FSCK_FAM));
}

int fsck_mend(struct db *db, const struct fsck_options *options,
	      struct fsck_report *report)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < fsck_n_rules; i++)
		if (applies(&fsck_rules[i], options))
			r = mend(db, &fsck_rules[i], report);
	return r;
}
