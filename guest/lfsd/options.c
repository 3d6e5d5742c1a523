/* SPDX-License-Identifier: MIT */

/* options.c - Command line of lfsd */

#include "options.h"

#include <errno.h>
#include <string.h>

#include "cleanup.h"
#include "optable.h"
#include "parse.h"
#include "proto_librarian.h"

static int set_librarian(void *to, const struct option_def *def,
			 const char *value, struct err *e)
{
	const char *colon = strrchr(value, ':');
	size_t len = colon ? (size_t)(colon - value) : strlen(value);
	uint32_t port = LIBRARIAN_PORT;
	struct options *opt = to;

	if (len == 0 || len >= sizeof(opt->address) ||
	    (colon && parse_u32(colon + 1, 1, UINT16_MAX, &port) < 0))
		return err_set(e, -EINVAL, "--%s '%s': give %s", def->name,
			       value, def->arg);
	memcpy(opt->address, value, len);
	opt->address[len] = '\0';
	opt->port = (uint16_t)port;
	return 0;
}

static int set_node(void *to, const struct option_def *def, const char *value,
		    struct err *e)
{
	struct options *opt = to;

	if (parse_u32(value, 1, LIBRARIAN_NODES_MAX, &opt->node_id) < 0)
		return err_set(e, -EINVAL, "--%s '%s': give 1 to %d", def->name,
			       value, LIBRARIAN_NODES_MAX);
	return 0;
}

#define AT(field) offsetof(struct options, field)

static const struct option_def defs[] = {
	{ "librarian", 'l', "ADDR[:PORT]", "where the Librarian listens",
	  set_librarian, 0 },
	{ "node-id", 'n', "N", "number of this node", set_node, 0 },
	{ "token-fd", 't', "FD", "descriptor to read this node's token from",
	  option_set_fd, AT(token_fd) },
	{ "ready-fd", 'r', "FD",
	  "write a byte there when mounted, and close it", option_set_fd,
	  AT(ready_fd) },
	{ "verbose", 'v', NULL, "say more", option_set_flag, AT(verbose) },
	{ "version", 'V', NULL, "print the version", option_set_flag,
	  AT(version) },
};

static const struct option_table table = {
	.program = "lfsd",
	.args = "--librarian ADDR[:PORT] --node-id N --token-fd FD [OPTION...] "
		"MOUNTPOINT",
	.intro = "Mounts the shelves of the Librarian, and stays in the "
		 "foreground.",
	.defs = defs,
	.n = ARRAY_SIZE(defs),
};

void options_help(FILE *f)
{
	optable_help(&table, f);
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
	int first, r;

	r = optable_parse(&table, argc, argv, &opt, &first, e);
	if (r == OPTABLE_HELP)
		return OPTIONS_HELP;
	if (r < 0)
		return r;
	if (opt.version)
		return OPTIONS_VERSION;
	r = check(&opt, argc - first, e);
	if (r < 0)
		return r;
	opt.mountpoint = argv[first];
	*ret_opt = opt;
	return OPTIONS_RUN;
}
