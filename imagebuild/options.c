/* SPDX-License-Identifier: MIT */

/* options.c - Options of a command as a table, which also prints the help */

#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "log.h"

#define OPTIONS_MAX 32
#define HELP_VALUE 1000

void options_help(const struct command *c)
{
	(void)printf("usage: fame-image %s%s%s%s\n%s\n", c->name,
		     c->options ? " [options]" : "", *c->args ? " " : "",
		     c->args, c->help);
	for (const struct option_def *o = c->options; o && o->name; o++) {
		char left[48];

		(void)snprintf(left, sizeof(left), "--%s%s%s", o->name,
			       o->arg ? " " : "", o->arg ? o->arg : "");
		(void)printf("  %-24s %s\n", left, o->help);
	}
}

static size_t fill(const struct command *c, struct option *to)
{
	size_t n = 0;

	for (const struct option_def *o = c->options;
	     o && o->name && n < OPTIONS_MAX; o++, n++)
		to[n] = (struct option){ .name = o->name,
					 .has_arg = o->arg ? required_argument :
							     no_argument,
					 .val = (int)n };
	to[n] = (struct option){ .name = "help", .val = HELP_VALUE };
	to[n + 1] = (struct option){ 0 };
	return n;
}

static void set(const struct option_def *o, void *options)
{
	char *at = (char *)options + o->offset;
	const char *value = optarg;
	const bool yes = true;

	if (o->arg)
		memcpy(at, &value, sizeof(value));
	else
		memcpy(at, &yes, sizeof(yes));
}

static int usage_error(const struct command *c, const char *what,
		       const char *arg)
{
	log_err("%s \"%s\"; see \"fame-image %s --help\"", what, arg, c->name);
	return -EINVAL;
}

int options_parse(const struct command *c, int argc, char **argv, void *options,
		  char ***ret_args, size_t *ret_n)
{
	struct option longs[OPTIONS_MAX + 2];
	size_t n = fill(c, longs);
	int v;

	optind = 1;
	opterr = 0;
	while ((v = getopt_long(argc, argv, ":h", longs, NULL)) != -1) {
		if (v == 'h' || v == HELP_VALUE) {
			options_help(c);
			return 1;
		}
		if (v == ':')
			return usage_error(c, "an argument is missing for",
					   argv[optind - 1]);
		if (v == '?' || (size_t)v >= n)
			return usage_error(c, "there is no such option:",
					   argv[optind - 1]);
		set(&c->options[v], options);
	}
	*ret_args = argv + optind;
	*ret_n = (size_t)(argc - optind);
	if (*ret_n > c->args_max)
		return usage_error(c, "one argument too many:",
				   argv[optind + (int)c->args_max]);
	return 0;
}
