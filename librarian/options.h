/* SPDX-License-Identifier: MIT */

/* options.h - Command line options as a table */
#pragma once

#include <stddef.h>

#include "err.h"

struct option_def {
	const char *name; /* long form, without -- */
	int letter;	  /* short form, 0 = none */
	const char *arg;  /* name of its value in the help; NULL = none */
	const char *help;
	/* @value is NULL for an option without one. */
	int (*set)(void *conf, const char *value, struct err *e);
};

struct option_table {
	const char *usage; /* behind the program's name */
	const struct option_def *defs;
	size_t n; /* at most OPTIONS_MAX */
};

#define OPTIONS_MAX 24

/* The help was asked for and printed. */
#define OPTIONS_HELP 1

/**
 * options_parse() - Parse a subcommand's arguments
 * @t:		Its options; -h and --help are understood besides
 * @argc: @argv: Subcommand first
 * @conf:	Passed to set()
 * @ret_first:	Index of the first argument that is not an option
 * @e:		What is wrong
 *
 * Return: 0, OPTIONS_HELP, or -EINVAL
 */
int options_parse(const struct option_table *t, int argc, char **argv,
		  void *conf, int *ret_first, struct err *e);

/* The help, on standard output. */
void options_help(const struct option_table *t);
