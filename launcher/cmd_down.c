/* SPDX-License-Identifier: MIT */

/* cmd_down.c - fame-run down */

#include "cleanup.h"
#include "cli.h"
#include "down.h"

int cmd_down(const struct cli_verb *verb, int argc, char **argv)
{
	CLEANUP_SETTINGS struct settings s = { 0 };
	bool purge = false;
	const struct cli_flag flags[] = {
		{ .name = "purge",
		  .help = "remove the shared memory and metadata",
		  .value = &purge },
	};
	struct err e = { "" };
	int r, first;

	r = cli_parse(verb, argc, argv, flags, ARRAY_SIZE(flags), &s, &first);
	if (r >= 0)
		return r;
	if (first != argc)
		return cli_usage(verb);
	r = down_end(&s, purge, &e);
	return r < 0 ? cli_fail(&e, r) : CLI_OK;
}
