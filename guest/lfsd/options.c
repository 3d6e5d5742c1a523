/* SPDX-License-Identifier: MIT */

/* options.c - Command line of lfsd */

#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <string.h>

#include "cleanup.h"
#include "parse.h"
#include "proto_librarian.h"

struct option_def {
	const char *name;
	char letter;
	const char *arg; /* NULL = takes none */
	const char *help;
	int (*parse)(struct options *opt, const char *value);
};

static int parse_librarian(struct options *opt, const char *value)
{
	const char *colon = strrchr(value, ':');
	uint32_t port = LIBRARIAN_PORT;
	size_t len = colon ? (size_t)(colon - value) : strlen(value);

	if (len == 0 || len >= sizeof(opt->address))
		return -EINVAL;
	if (colon && parse_u32(colon + 1, 1, UINT16_MAX, &port) < 0)
		return -EINVAL;
	memcpy(opt->address, value, len);
	opt->address[len] = '\0';
	opt->port = (uint16_t)port;
	return 0;
}

static int parse_node(struct options *opt, const char *value)
{
	return parse_u32(value, 1, LIBRARIAN_NODES_MAX, &opt->node_id);
}

static int parse_fd(const char *value, int *ret_fd)
{
	uint32_t fd;
	int r = parse_u32(value, 0, INT_MAX, &fd);

	if (r == 0)
		*ret_fd = (int)fd;
	return r;
}

static int parse_token_fd(struct options *opt, const char *value)
{
	return parse_fd(value, &opt->token_fd);
}

static int parse_ready_fd(struct options *opt, const char *value)
{
	return parse_fd(value, &opt->ready_fd);
}

static int set_verbose(struct options *opt, const char *value)
{
	(void)value;
	opt->verbose = true;
	return 0;
}

static const struct option_def defs[] = {
	{ "librarian", 'l', "ADDR[:PORT]", "where the Librarian listens",
	  parse_librarian },
	{ "node-id", 'n', "N", "number of this node", parse_node },
	{ "token-fd", 't', "FD", "descriptor to read this node's token from",
	  parse_token_fd },
	{ "ready-fd", 'r', "FD",
	  "write a byte there when mounted, and close it", parse_ready_fd },
	{ "verbose", 'v', NULL, "say more", set_verbose },
	{ "help", 'h', NULL, "print this", NULL },
	{ "version", 'V', NULL, "print the version", NULL },
};

void options_help(FILE *f)
{
	fputs("usage: lfsd --librarian ADDR[:PORT] --node-id N --token-fd FD "
	      "[OPTION...] MOUNTPOINT\n"
	      "Mounts the shelves of the Librarian, and stays in the "
	      "foreground.\n\n",
	      f);
	for (size_t i = 0; i < ARRAY_SIZE(defs); i++) {
		char name[48];

		(void)snprintf(name, sizeof(name), "--%s %s", defs[i].name,
			       defs[i].arg ? defs[i].arg : "");
		fprintf(f, "  -%c, %-26s %s\n", defs[i].letter, name,
			defs[i].help);
	}
}

static const struct option_def *find_def(int letter)
{
	for (size_t i = 0; i < ARRAY_SIZE(defs); i++)
		if (defs[i].letter == letter)
			return &defs[i];
	return NULL;
}

/* What getopt_long() wants, made from the table */
struct getopt_table {
	struct option options[ARRAY_SIZE(defs) + 1];
	char letters[2 * ARRAY_SIZE(defs) + 2];
};

static void make_table(struct getopt_table *t)
{
	char *p = t->letters;

	*p++ = ':';
	for (size_t i = 0; i < ARRAY_SIZE(defs); i++) {
		t->options[i] = (struct option){
			.name = defs[i].name,
			.has_arg = defs[i].arg ? required_argument :
						 no_argument,
			.val = defs[i].letter,
		};
		*p++ = defs[i].letter;
		if (defs[i].arg)
			*p++ = ':';
	}
}

static int check(const struct options *opt, int n_args, struct err *e)
{
	if (n_args != 1)
		return err_set(e, -EINVAL, "%s; try 'lfsd --help'",
			       n_args ? "more than one mount point is given" :
					"no mount point is given");
	if (!opt->address[0])
		return err_set(e, -EINVAL, "--librarian is missing");
	if (!opt->node_id)
		return err_set(e, -EINVAL, "--node-id is missing");
	if (opt->token_fd < 0)
		return err_set(e, -EINVAL, "--token-fd is missing");
	return OPTIONS_RUN;
}

int options_parse(int argc, char *argv[], struct options *ret_opt,
		  struct err *e)
{
	struct options opt = { .token_fd = -1, .ready_fd = -1 };
	struct getopt_table table = { 0 };
	int letter, r;

	make_table(&table);
	opterr = 0;
	optind = 0; /* start over, whatever was parsed before */
	while ((letter = getopt_long(argc, argv, table.letters, table.options,
				     NULL)) != -1) {
		const struct option_def *d = find_def(letter);

		if (letter == 'h')
			return OPTIONS_HELP;
		if (letter == 'V')
			return OPTIONS_VERSION;
		if (!d)
			return err_set(e, -EINVAL, "'%s' %s; try 'lfsd --help'",
				       argv[optind - 1],
				       letter == ':' ? "needs a value" :
						       "is no option");
		r = d->parse(&opt, optarg);
		if (r < 0)
			return err_set(e, -EINVAL,
				       "'%s' is no good value for --%s %s",
				       optarg, d->name, d->arg);
	}
	r = check(&opt, argc - optind, e);
	if (r < 0)
		return r;
	opt.mountpoint = argv[optind];
	*ret_opt = opt;
	return OPTIONS_RUN;
}
