/* SPDX-License-Identifier: MIT */

/* cmd_register.c - fame-librarian register: a topology into a database */

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "cleanup.h"
#include "cmd.h"
#include "db.h"
#include "file.h"
#include "log.h"
#include "optable.h"
#include "register.h"
#include "topology.h"

struct conf {
	const char *db;
	bool force;
	bool json;
};

#define AT(field) offsetof(struct conf, field)

static const struct option_def defs[] = {
	{ "db", 'd', "DB", "database; made if it is not there", option_set_text,
	  AT(db) },
	{ "force", 'f', NULL, "throw shelves away that it has no books for",
	  option_set_flag, AT(force) },
	{ "json", 'j', NULL,
	  "print the topology as JSON; DB may be left out then",
	  option_set_flag, AT(json) },
};

static const struct option_table table = {
	.program = "fame-librarian register",
	.args = "FILE -d DB [-f] [-j]",
	.defs = defs,
	.n = ARRAY_SIZE(defs),
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
	return topology_parse(text, path, ret_t, e);
}

static int print_json(const struct topology *t, struct err *e)
{
	CLEANUP_FREE char *text = topology_to_json(t);

	if (!text)
		return err_set(e, -ENOMEM, "no memory");
	if (puts(text) < 0 || fflush(stdout) < 0)
		return err_set(e, -EIO, "cannot write the JSON: %s",
			       strerror(errno));
	return 0;
}

static int put(const struct conf *conf, const struct topology *t, struct err *e)
{
	CLEANUP_DB struct db *db = NULL;
	enum register_result result;
	int r;

	r = db_open(conf->db, DB_CREATE, &db, e);
	return r < 0 ? r : register_topology(db, t, conf->force, &result, e);
}

static int run(const struct conf *conf, const char *path, struct err *e)
{
	CLEANUP_TOPOLOGY struct topology t = { 0 };
	int r;

	r = load(path, &t, e);
	if (r == 0 && conf->db)
		r = put(conf, &t, e);
	if (r == 0 && conf->json)
		r = print_json(&t, e);
	return r;
}

int cmd_register(int argc, char **argv)
{
	struct conf conf = { 0 };
	struct err e = { 0 };
	int first, r;

	r = optable_parse(&table, argc, argv, &conf, &first, &e);
	if (r == OPTABLE_HELP) {
		optable_help(&table, stdout);
		return CMD_OK;
	}
	if (r == 0 && argc - first != 1)
		r = err_set(&e, -EINVAL,
			    "one FILE is needed that describes the topology; "
			    "see --help");
	if (r == 0 && !conf.db && !conf.json)
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
