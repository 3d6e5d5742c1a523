/* SPDX-License-Identifier: MIT */

/* main.c - fame-librarian: metadata of fabric-attached memory */

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#include "cleanup.h"
#include "cmd.h"
#include "log.h"
#include "stdfds.h"

static int cmd_help(int argc, char **argv);
static int cmd_version(int argc, char **argv);

static const struct subcommand {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *help;
} subcommands[] = {
	{ "register", cmd_register, "put a topology into a database" },
	{ "fsck", cmd_fsck, "check a database, and mend it" },
	{ "serve", cmd_serve, "serve a database to nodes" },
	{ "shell", cmd_shell, "talk to a Librarian" },
	{ "help", cmd_help, "print this" },
	{ "version", cmd_version, "print the version" },
};

static int cmd_help(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	(void)puts("usage: fame-librarian COMMAND [OPTION...]\n");
	for (size_t i = 0; i < ARRAY_SIZE(subcommands); i++)
		(void)printf("  %-10s %s\n", subcommands[i].name,
			     subcommands[i].help);
	(void)puts("\n'fame-librarian COMMAND --help' tells more.");
	return CMD_OK;
}

static int cmd_version(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	(void)puts("fame-librarian " FAME_VERSION);
	return CMD_OK;
}

static const struct subcommand *find(const char *name)
{
	if (!strcmp(name, "--help") || !strcmp(name, "-h"))
		name = "help";
	if (!strcmp(name, "--version"))
		name = "version";
	for (size_t i = 0; i < ARRAY_SIZE(subcommands); i++)
		if (!strcmp(subcommands[i].name, name))
			return &subcommands[i];
	return NULL;
}

int main(int argc, char **argv)
{
	const struct subcommand *cmd;

	/* One thread: SQLite needs neither locks nor a sum of its memory. */
	(void)sqlite3_config(SQLITE_CONFIG_SINGLETHREAD);
	(void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	stdfds_open();
	log_open("fame-librarian", LOG_LEVEL_INFO, false);
	if (argc < 2) {
		log_err("which command? see 'fame-librarian help'");
		return CMD_USAGE;
	}
	cmd = find(argv[1]);
	if (!cmd) {
		log_err("'%s' is not a command; see 'fame-librarian help'",
			argv[1]);
		return CMD_USAGE;
	}
	return cmd->run(argc - 1, argv + 1);
}
