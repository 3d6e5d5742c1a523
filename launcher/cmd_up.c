/* SPDX-License-Identifier: MIT */

/* cmd_up.c - fame-run up */

#include "cleanup.h"
#include "cli.h"
#include "interrupt.h"
#include "log.h"
#include "up.h"

int cmd_up(const struct cli_verb *verb, int argc, char **argv)
{
	CLEANUP_SETTINGS struct settings s = { 0 };
	struct up up = { .hold = -1 };
	struct err e = { "" };
	unsigned n = 0;
	int r, first;

	r = cli_parse(verb, argc, argv, NULL, 0, &s, &first);
	if (r >= 0)
		return r;
	if (argc - first != 1)
		return cli_usage(verb);
	if (up_parse_nodes(argv[first], &n, &e) < 0) {
		log_err("%s", e.msg);
		return CLI_USAGE;
	}
	r = up_start(&s, n, PLAN_STAYS, &up, &e);
	if (r < 0)
		r = cli_fail(&e, r);
	if (up.signal)
		interrupt_die(up.signal);
	if (r)
		return r;
	log_info("%u node%s ready: try 'fame-run exec%s all -- df /lfs'", n,
		 n > 1 ? "s are" : " is", settings_which(&s));
	return CLI_OK;
}
