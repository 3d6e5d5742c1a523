/* SPDX-License-Identifier: MIT */

/* cmd_help.c - fame-run help and version */

#include <stdio.h>
#include <string.h>

#include "cleanup.h"
#include "cli.h"
#include "log.h"

/* Only the verb itself knows its options. */
static int help_of(const struct cli_verb *v)
{
	char name[32], option[] = "--help";
	char *argv[] = { name, option, NULL };

	(void)snprintf(name, sizeof(name), "%s", v->name);
	return v->run(v, 2, argv);
}

int cmd_help(const struct cli_verb *verb, int argc, char **argv)
{
	if (argc > 2)
		return cli_usage(verb);
	if (argc < 2 || argv[1][0] == '-') {
		cli_help_all();
		return CLI_OK;
	}
	for (const struct cli_verb *v = cli_verbs; v->name; v++)
		if (!strcmp(argv[1], v->name))
			return help_of(v);
	log_err("no verb '%s': see 'fame-run help'", argv[1]);
	return CLI_USAGE;
}

int cmd_version(const struct cli_verb *verb, int argc, char **argv)
{
	CLEANUP_SETTINGS struct settings s = { 0 };
	int r, first;

	r = cli_parse(verb, argc, argv, NULL, 0, &s, &first);
	if (r >= 0)
		return r;
	if (argc > first)
		return cli_usage(verb);
	printf("fame-run %s\n", FAME_VERSION);
	return CLI_OK;
}
