/* SPDX-License-Identifier: MIT */

/* fam_check.c - Checks and measures shelves from within a node */

#include <stdio.h>
#include <string.h>

#include "check.h"
#include "cleanup.h"
#include "log.h"

static const struct command {
	const char *name;
	const char *args;
	int n_args;
	const char *help;
	int (*run)(const struct check_args *a, struct err *e);
} commands[] = {
	{ "fill", "FILE SIZE SEED", 3,
	  "make FILE that big and store a pattern, through mmap", check_fill },
	{ "verify", "FILE SEED", 2, "compare all of FILE with the pattern",
	  check_verify },
	{ "add", "FILE OFFSET COUNT", 3,
	  "add 1 to the 64-bit word at OFFSET, COUNT times, atomically",
	  check_add },
	{ "get", "FILE OFFSET", 2, "print the 64-bit word at OFFSET",
	  check_get },
	{ "hold", "FILE", 1,
	  "map FILE and close it; at the end of input, load its first byte",
	  check_hold },
	{ "selftest", "DIR", 1,
	  "check what a file system on shared memory promises, in DIR (TAP)",
	  check_selftest },
	{ "module", "FAM.KO", 1,
	  "check fam.ko itself, without lfsd; the memory is overwritten! (TAP)",
	  check_module },
};

static void usage(FILE *f)
{
	fputs("usage: fam-check COMMAND ARGUMENT...\n\n", f);
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		fprintf(f, "  %-8s %-18s %s\n", commands[i].name,
			commands[i].args, commands[i].help);
	fputs("\nSizes and offsets may end with K, M, G or T.\n", f);
}

static const struct command *find_command(int argc, char *argv[])
{
	for (size_t i = 0; argc > 0 && i < ARRAY_SIZE(commands); i++)
		if (!strcmp(argv[0], commands[i].name) &&
		    argc - 1 == commands[i].n_args)
			return &commands[i];
	return NULL;
}

int main(int argc, char *argv[])
{
	struct check_args args = { 0 };
	const struct command *c;
	struct err e = { 0 };

	log_open("fam-check", LOG_LEVEL_INFO, false);
	if (argc == 2 && !strcmp(argv[1], "--help")) {
		usage(stdout);
		return 0;
	}
	if (argc == 2 && !strcmp(argv[1], "--version")) {
		puts("fam-check " FAME_VERSION);
		return 0;
	}
	argc--, argv++;
	c = find_command(argc, argv);
	if (!c) {
		usage(stderr);
		return 2;
	}
	args.argc = argc - 1;
	args.argv = argv + 1;
	if (c->run(&args, &e) < 0) {
		log_err("%s", e.msg);
		return 1;
	}
	return 0;
}
