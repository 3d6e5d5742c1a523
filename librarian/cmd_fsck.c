/* SPDX-License-Identifier: MIT */

/* cmd_fsck.c - fame-librarian fsck: check a database, and mend it
 *
 * All passes but the last are one transaction: a dry run does the same and
 * rolls it back. Books are zeroed after that, when it is durable that they
 * belong to nobody.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "cleanup.h"
#include "cmd.h"
#include "db.h"
#include "fsck_passes.h"
#include "librarian.h"
#include "log.h"
#include "optable.h"
#include "pool.h"
#include "zero.h"

/* Exit codes, as fsck(8) has them. */
#define FSCK_MENDED 1
#define FSCK_LEFT 4
#define FSCK_FAILED 8
#define FSCK_USAGE 16

struct conf {
	const char *db;
	const char *fam;
	bool dry;
	struct fsck_options options;
};

#define AT(field) offsetof(struct conf, field)

static const struct option_def defs[] = {
	{ "db", 'd', "DB", "database", option_set_text, AT(db) },
	{ "dry-run", 'n', NULL, "say what is wrong, change nothing",
	  option_set_flag, AT(dry) },
	{ "fam", 0, "FILE", "zero books of this memory that are given back",
	  option_set_text, AT(fam) },
	{ "close", 'c', NULL, "no node runs: nothing is held any more",
	  option_set_flag, AT(options.close) },
};

static const struct option_table table = {
	.program = "fame-librarian fsck",
	.args = "-d DB [-n] [-c] [--fam FILE]",
	.defs = defs,
	.n = ARRAY_SIZE(defs),
};

/* ---- findings ------------------------------------------------------------- */

static void print_finding(const char *pass, const char *text, bool done,
			  void *arg)
{
	const struct conf *conf = arg;

	(void)printf("%s: %s%s\n", pass, text,
		     !done     ? " (not mended)" :
		     conf->dry ? "" :
				 " (mended)");
}

static void ignore_finding(const char *pass, const char *text, bool done,
			   void *arg)
{
	(void)pass;
	(void)text;
	(void)done;
	(void)arg;
}

/* ---- books ---------------------------------------------------------------- */

static int print_books(struct db *db, const char *when)
{
	int64_t n[BOOK_STATE_COUNT], all = 0;
	int r = 0;

	for (int s = 0; r == 0 && s < BOOK_STATE_COUNT; s++) {
		r = db_get(db, SQL_COUNT_STATE, &n[s], sql_int(s));
		all += r == 0 ? n[s] : 0;
	}
	if (r == 0)
		(void)printf("%s: %lld of %lld books are free, %lld to be "
			     "zeroed\n",
			     when, (long long)n[BOOK_FREE], (long long)all,
			     (long long)n[BOOK_ZOMBIE]);
	return r;
}

/* Through the Librarian's own code, as if it had just started. */
static int zero_books(struct db *db, int fam_fd, struct err *e)
{
	struct librarian lib = { .db = db };
	int r;

	lib.zero.fam_fd = -1;
	r = pool_load(db, &lib.pool, e);
	if (r == 0)
		r = zero_start(&lib, fam_fd, e);
	if (r == 0) {
		r = zero_all(&lib);
		if (r < 0)
			(void)err_set(e, r, "cannot zero books: %s",
				      strerror(-r));
	}
	zero_deinit(&lib.zero);
	return r;
}

/* ---- running -------------------------------------------------------------- */

/* In a transaction; what is left wrong afterwards is in @ret_left. */
static int mend(struct db *db, struct conf *conf, struct fsck_report *report,
		size_t *ret_left)
{
	struct fsck_report after = { .found = ignore_finding };
	int r;

	r = fsck_mend(db, &conf->options, report);
	if (r == 0)
		r = fsck_look(db, &after);
	*ret_left = after.wrong;
	return r;
}

static int run_passes(struct db *db, struct conf *conf,
		      struct fsck_report *report, size_t *ret_left)
{
	int r, end;

	r = db_script(db, "PRAGMA foreign_keys = OFF");
	if (r == 0)
		r = db_run(db, SQL_BEGIN);
	if (r < 0)
		return r;
	r = mend(db, conf, report, ret_left);
	if (!db_in_transaction(db))
		return r;
	end = db_run(db, r < 0 || conf->dry ? SQL_ROLLBACK : SQL_COMMIT);
	return r < 0 ? r : end;
}

static int check(struct db *db, struct conf *conf, int fam_fd, int *ret_code,
		 struct err *e)
{
	struct fsck_report report = { .found = print_finding, .arg = conf };
	int64_t size;
	size_t left = 0;
	int r;

	r = db_get(db, SQL_GET_BOOK_SIZE, &size);
	if (r == -ENOENT)
		return err_set(e, r,
			       "database '%s' has no topology; give it one by "
			       "'fame-librarian register'",
			       conf->db);
	if (r == 0)
		r = print_books(db, "before");
	if (r == 0)
		r = run_passes(db, conf, &report, &left);
	if (r < 0)
		return err_set(e, r, "cannot check the database '%s': %s",
			       conf->db, db_message(db));
	if (!conf->dry && fam_fd >= 0)
		r = zero_books(db, fam_fd, e);
	if (r == 0)
		r = print_books(db, "after");
	*ret_code = conf->dry ?
			    (report.wrong ? FSCK_LEFT : 0) :
			    (report.wrong > report.blocked ? FSCK_MENDED : 0) |
				    (left ? FSCK_LEFT : 0);
	return r;
}

static int run(struct conf *conf, int *ret_code, struct err *e)
{
	CLEANUP_DB struct db *db = NULL;
	CLEANUP_FD int fam_fd = -1;
	int r;

	if (conf->fam) {
		fam_fd = open(conf->fam, O_RDWR | O_CLOEXEC);
		if (fam_fd < 0)
			return err_set(e, -errno,
				       "cannot open the FAM '%s': %s",
				       conf->fam, strerror(errno));
	}
	r = db_open(conf->db, conf->dry ? DB_CHECK : DB_EXISTING, &db, e);
	if (r == -EUCLEAN) {
		log_err("%s", e->msg);
		*ret_code = FSCK_LEFT;
		return 0;
	}
	return r < 0 ? r : check(db, conf, fam_fd, ret_code, e);
}

int cmd_fsck(int argc, char **argv)
{
	struct conf conf = { 0 };
	struct err e = { 0 };
	int first, r, code = 0;

	r = optable_parse(&table, argc, argv, &conf, &first, &e);
	if (r == OPTABLE_HELP) {
		optable_help(&table, stdout);
		return CMD_OK;
	}
	conf.options.fam = conf.fam;
	if (r == 0 && first != argc)
		r = err_set(&e, -EINVAL, "'%s' is too much; see --help",
			    argv[first]);
	if (r == 0 && !conf.db)
		r = err_set(&e, -EINVAL, "which database? say -d DB");
	if (r < 0) {
		log_err("%s", e.msg);
		return FSCK_USAGE;
	}
	if (run(&conf, &code, &e) == 0)
		return code;
	log_err("%s", e.msg);
	return FSCK_FAILED;
}
