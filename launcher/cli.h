/* SPDX-License-Identifier: MIT */

/* cli.h - Verbs, their options, and how all of them end */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "err.h"
#include "settings.h"

/* Exit statuses; "exec" ends with that of the command besides. */
enum cli_exit {
	CLI_OK = 0,
	CLI_FAILURE = 1,
	CLI_USAGE = 2,
	CLI_NOT_RUNNING = 3,
};

/* Which settings a verb takes as options. */
enum cli_takes {
	CLI_TAKES_CLUSTER, /* those that say which cluster */
	CLI_TAKES_ALL,	   /* those of a new cluster too */
};

/* An option of a verb that is no setting. */
struct cli_flag {
	const char *name; /* long form */
	char letter;	  /* short form of one without argument; 0 = none */
	const char *help;
	bool *value;
	const char **text; /* it has an argument, which goes here instead */
	const char *arg;   /* that argument in the help */
};

/* @name: without "--"; @arg: as in the help, NULL = it has none */
typedef void (*cli_option_fn)(void *to, const char *name, const char *arg,
			      const char *help);

struct cli_verb {
	const char *name;
	const char *args; /* in the help */
	const char *help; /* one line */
	const char *more; /* further text of "help VERB", or NULL */
	enum cli_takes takes;
	bool command; /* what follows its argument is not ours */
	int (*run)(const struct cli_verb *verb, int argc, char **argv);

	/* Set in a copy: only tell this which options there are. */
	cli_option_fn option;
	void *option_arg;
};

/* Ends with a verb whose name is NULL. */
extern const struct cli_verb cli_verbs[];

/**
 * cli_parse() - Options of a verb, and the settings
 * @verb:	Which
 * @argc: @argv:	From the verb on
 * @flags: @n:	Its own options
 * @s:		Filled in
 * @ret_args:	Index of the first argument that is no option
 *
 * Options may stand anywhere, but for verbs that take a command: there they
 * end at the first argument.
 *
 * Return: -1 to go on, or the exit status to end with
 */
int cli_parse(const struct cli_verb *verb, int argc, char **argv,
	      const struct cli_flag *flags, size_t n, struct settings *s,
	      int *ret_args);

/* Print the error; the exit status that goes with it. */
int cli_fail(const struct err *e, int code);

/* Print how the verb is called; CLI_USAGE. */
int cli_usage(const struct cli_verb *verb);

/* All verbs on standard output; option --help is about one. */
void cli_help_all(void);

int cmd_up(const struct cli_verb *verb, int argc, char **argv);
int cmd_down(const struct cli_verb *verb, int argc, char **argv);
int cmd_status(const struct cli_verb *verb, int argc, char **argv);
int cmd_script(const struct cli_verb *verb, int argc, char **argv);
int cmd_run(const struct cli_verb *verb, int argc, char **argv);
int cmd_exec(const struct cli_verb *verb, int argc, char **argv);
int cmd_ssh(const struct cli_verb *verb, int argc, char **argv);
int cmd_cp(const struct cli_verb *verb, int argc, char **argv);
int cmd_ssh_config(const struct cli_verb *verb, int argc, char **argv);
int cmd_forward(const struct cli_verb *verb, int argc, char **argv);
int cmd_proxy(const struct cli_verb *verb, int argc, char **argv);
int cmd_node(const struct cli_verb *verb, int argc, char **argv);
int cmd_wait(const struct cli_verb *verb, int argc, char **argv);
int cmd_link(const struct cli_verb *verb, int argc, char **argv);
int cmd_capture(const struct cli_verb *verb, int argc, char **argv);
int cmd_ring(const struct cli_verb *verb, int argc, char **argv);
int cmd_doorbells(const struct cli_verb *verb, int argc, char **argv);
int cmd_console(const struct cli_verb *verb, int argc, char **argv);
int cmd_logs(const struct cli_verb *verb, int argc, char **argv);
int cmd_config(const struct cli_verb *verb, int argc, char **argv);
int cmd_doctor(const struct cli_verb *verb, int argc, char **argv);
int cmd_gc(const struct cli_verb *verb, int argc, char **argv);
int cmd_complete(const struct cli_verb *verb, int argc, char **argv);
int cmd_help(const struct cli_verb *verb, int argc, char **argv);
int cmd_version(const struct cli_verb *verb, int argc, char **argv);

/* Without a verb: all settings, and usage. */
int cmd_settings(void);
