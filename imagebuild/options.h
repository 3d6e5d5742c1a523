/* SPDX-License-Identifier: MIT */

/* options.h - Options of a command as a table, which also prints the help */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct option_def {
	const char *name; /* long name; NULL ends the table */
	const char *arg;  /* name of its argument; NULL = a flag */
	const char *help;
	size_t offset; /* of a const char * (with argument) or a bool */
};

struct command {
	const char *name;
	const char *args; /* "[DIR]"; "" = none */
	const char *help;
	const struct option_def *options; /* NULL = none */
	size_t args_max;
	int (*run)(char **args, size_t n, void *options);
};

/**
 * options_parse() - Read a command's arguments
 * @c:		The command
 * @argc: @argv:	From the command's name on
 * @options:	Where the values go
 * @ret_args:	What is left
 * @ret_n:	How many
 *
 * Return: 0, 1 = help was asked for (and printed), -EINVAL = wrong usage (and
 *         said so)
 */
int options_parse(const struct command *c, int argc, char **argv, void *options,
		  char ***ret_args, size_t *ret_n);

/* Print the command's usage to stdout. */
void options_help(const struct command *c);
