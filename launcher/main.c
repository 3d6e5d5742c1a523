/* SPDX-License-Identifier: MIT */

/* main.c - fame-run: Linux nodes that share memory */

#include <string.h>

#include "cli.h"
#include "log.h"
#include "stdfds.h"

int main(int argc, char **argv)
{
	const char *verb = argc > 1 ? argv[1] : NULL;

	stdfds_open();
	log_open("fame-run", LOG_LEVEL_INFO, false);
	if (!verb)
		return cmd_settings();
	if (!strcmp(verb, "--help") || !strcmp(verb, "-h"))
		verb = "help";
	if (!strcmp(verb, "--version"))
		verb = "version";
	for (const struct cli_verb *v = cli_verbs; v->name; v++)
		if (!strcmp(verb, v->name))
			return v->run(v, argc - 1, argv + 1);
	log_err("no verb '%s': see 'fame-run help'", verb);
	return CLI_USAGE;
}
