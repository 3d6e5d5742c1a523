/* SPDX-License-Identifier: MIT */

/* cmd_check.c - fame-image check: can an image be built here? */

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "build.h"
#include "check.h"
#include "cmd.h"
#include "log.h"

static int run(char **args, size_t n, void *options)
{
	const struct cmd_options *o = options;
	struct checkup c = { 0 };
	struct settings s;
	struct err e = { "" };
	int r;

	(void)args;
	(void)n;
	r = settings_load(&s, &e);
	if (r < 0)
		return cmd_fail(r, &e);
	check_run(&s, o->build.profile, &c);
	if (checkup_print(&c, o->json) < 0) {
		log_err("out of memory");
		return 1;
	}
	return !checkup_good(&c);
}

static const struct option_def options[] = {
	{ "profile", "NAME|FILE", "of which image; default \"debian\"",
	  offsetof(struct cmd_options, build.profile) },
	{ "json", NULL, "print it as a document",
	  offsetof(struct cmd_options, json) },
	{ 0 },
};

const struct command cmd_check = {
	.name = "check",
	.args = "",
	.help = "Look at all that a build needs, and tell what mends it",
	.options = options,
	.run = run,
};
