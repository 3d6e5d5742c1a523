/* SPDX-License-Identifier: MIT */

/* optable.h - A program's options as a table, for parsing and for the help
 *
 * An option's setter gets its row: several options can share one, which finds
 * its place in the program's settings by the row's offset. Those for the usual
 * kinds are here.
 */
#pragma once

#include <stddef.h>
#include <stdio.h>

#include "err.h"

struct option_def {
	const char *name; /* long form, without -- */
	char letter;	  /* short form, 0 = none */
	const char *arg;  /* its value in the help, NULL = takes none */
	const char *help; /* lines */
	/* @value is NULL for an option without one. */
	int (*set)(void *to, const struct option_def *def, const char *value,
		   struct err *e);
	size_t at; /* offset in @to, for setters that want it */
};

struct option_table {
	const char *program; /* as it is called, with its subcommand */
	const char *args;    /* usage behind that */
	const char *intro;   /* what it does, for the help; NULL = nothing */
	const struct option_def *defs; /* all but -h and --help */
	size_t n;		       /* at most OPTIONS_MAX */
};

#define OPTIONS_MAX 32

/* The help was asked for. */
#define OPTABLE_HELP 1

/**
 * optable_parse() - Read the options
 * @t:		Which there are
 * @argc: @argv: As main() has them; values are borrowed. Options may stand
 *		anywhere before "--": other arguments are moved behind them
 * @to:		For the setters
 * @ret_first:	Index of the first argument that is no option, or @argc
 * @e:		What is wrong
 *
 * Return: 0, OPTABLE_HELP, -EINVAL, or the error of a setter
 */
int optable_parse(const struct option_table *t, int argc, char *const *argv,
		  void *to, int *ret_first, struct err *e);

/**
 * optable_refuse() - Say what is wrong with an option (for getopt's other users)
 * @c:		What getopt_long() returned: '?', or ':' for a missing value
 * @argv:	That it has read
 * @letters:	That it knows
 * @help:	Command that tells all options
 *
 * Return: -EINVAL
 */
int optable_refuse(int c, char *const *argv, const char *letters,
		   const char *help, struct err *e);

/* Usage and options. */
void optable_help(const struct option_table *t, FILE *f);

/* Setters of a bool, which becomes true; of a text, not empty, borrowed; of the
 * number of a descriptor, an int.
 */
int option_set_flag(void *to, const struct option_def *def, const char *value,
		    struct err *e);
int option_set_text(void *to, const struct option_def *def, const char *value,
		    struct err *e);
int option_set_fd(void *to, const struct option_def *def, const char *value,
		  struct err *e);
