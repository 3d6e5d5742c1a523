/* SPDX-License-Identifier: MIT */

/* cmd_register.c - fame-librarian register: a topology into a database */

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>

#include "cleanup.h"
#include "cmd.h"
#include "db.h"
#include "file.h"
#include "log.h"
#include "options.h"
#include "register.h"
#include "topology.h"

struct conf {
	const char *db;
	bool force;
};

static int set_db(void *arg, const char *value, struct err *e)
{
	struct conf *conf = arg;

	(void)e;
	conf->db = value;
	return 0;
}

static int set_force(void *arg, const char *value, struct err *e)
{
	struct conf *conf = arg;

	(void)e;
	(void)value;
	conf->force = true;
	return 0;
}

static const struct option_def defs[] = {
	{ "db", 'd', "DB", "database; made if it is not there", set_db },
	{ "force", 'f', NULL, "throw shelves away that it has no books for",
	  set_force },
};

static const struct option_table table = {
	"register FILE -d DB [-f]",
	defs,
	ARRAY_SIZE(defs),
};

static int load(const char *path, struct topology *ret_t, struct err *e)
{
	CLEANUP_FREE char *text = NULL;
	size_t len;
	int r;

	r = file_read(AT_FDCWD, path, TOPOLOGY_FILE_MAX, &text, &len);
	if (r < 0)
		return err_set(e, r, "cannot read '%s': %s", path,
			       strerror(-r));
	if (strlen(text) != len)
		return err_set(e, -EINVAL, "'%s' is not a text file", path);
	return topology_parse_ini(text, path, ret_t, e);
}

static int run(const struct conf *conf, const char *path, struct err *e)
{
	CLEANUP_DB struct db *db = NULL;
	enum register_result result;
	struct topology t;
	int r;

	r = load(path, &t, e);
	if (r == 0)
		r = db_open(conf->db, DB_CREATE, &db, e);
	if (r == 0)
		r = register_topology(db, &t, conf->force, &result, e);
	return r;
}

int cmd_register(int argc, char **argv)
{
	struct conf conf = { 0 };
	struct err e = { 0 };
	int first, r;

	r = options_parse(&table, argc, argv, &conf, &first, &e);
	if (r == OPTIONS_HELP)
		return CMD_OK;
	if (r == 0 && argc - first != 1)
		r = err_set(&e, -EINVAL,
			    "one FILE is needed that describes the topology; "
			    "see --help");
	if (r == 0 && !conf.db)
		r = err_set(&e, -EINVAL, "which database? say -d DB");
	if (r < 0) {
		log_err("%s", e.msg);
		return CMD_USAGE;
	}
	if (run(&conf, argv[first], &e) == 0)
		return CMD_OK;
	log_err("%s", e.msg);
	return CMD_FAILED;
}
