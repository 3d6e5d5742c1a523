/* SPDX-License-Identifier: MIT */

/* cli.c - Verbs, their options, and how all of them end */

#include "cli.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "log.h"
#include "optable.h"

const struct cli_verb cli_verbs[] = {
	{ "up", "N", "start a cluster of N nodes, 1 to 32",
	  "Returns when every node is ready. The image is built if it is not "
	  "there yet.",
	  CLI_TAKES_ALL, false, .run = cmd_up },
	{ "down", "[--purge]", "end the cluster",
	  "What is stored in the shared memory is kept; --purge removes it.",
	  CLI_TAKES_CLUSTER, false, .run = cmd_down },
	{ "status", "[--json]", "what runs, and how it is", NULL,
	  CLI_TAKES_CLUSTER, false, .run = cmd_status },
	{ "run", "N -- COMMAND [ARGUMENT...]",
	  "start a cluster, run a command of this host, end the cluster",
	  "The cluster is a new one, unless --name, --dir, FAME_HOSTBASE or "
	  "FAME_DIR names it, and all of it is removed. The command gets the "
	  "settings in its environment, "
	  "so that fame-run means this cluster, and FAME_NODES, the nodes' "
	  "names. Ends with its status, or with 124 after --time-limit, 125 if "
	  "there was no cluster for it, 126 or 127 if it could not be run.",
	  CLI_TAKES_ALL, false, .run = cmd_run },
	{ "script", "N", "print a shell script that starts N nodes by hand",
	  "With QEMU's whole command lines, to be seen or changed. 'sh FILE "
	  "[DIRECTORY]' runs it; what it keeps is there. Nodes have the "
	  "shared memory and /lfs, but no network between them, no ssh keys "
	  "and no 'exec'.",
	  CLI_TAKES_ALL, false, .run = cmd_script },
	{ "exec", "[-n] NODE|all -- COMMAND [ARGUMENT...]",
	  "run a command in a node, or in all",
	  "Standard input, output and errors are carried over, and so is the "
	  "exit status (of all: the first that is not 0, or 125 if a node was "
	  "left out). With 'all' each line "
	  "has its node's name in front.",
	  CLI_TAKES_CLUSTER, true, .run = cmd_exec },
	{ "ssh", "[USER@]NODE [COMMAND...]", "log in to a node, by ssh",
	  "The cluster's own key is used, and the node's is known: nobody is "
	  "asked. Needs no network between host and nodes.",
	  CLI_TAKES_CLUSTER, true, .run = cmd_ssh },
	{ "cp", "[-r] [NODE:]FROM... [NODE:]TO",
	  "copy files to, from and between nodes, by scp", NULL,
	  CLI_TAKES_CLUSTER, false, .run = cmd_cp },
	{ "ssh-config", "", "print the nodes' part for ~/.ssh/config",
	  "With it plain ssh, scp, rsync and all that uses them know the "
	  "nodes.",
	  CLI_TAKES_CLUSTER, false, .run = cmd_ssh_config },
	{ "forward", "NODE:PORT [ADDRESS:]PORT",
	  "let a port of this host lead to one of a node",
	  "Until it is interrupted, or the cluster ends. Without ADDRESS only "
	  "this host can\nconnect; port 0 is any that is free. Needs no "
	  "network between host and nodes.",
	  CLI_TAKES_CLUSTER, false, .run = cmd_forward },
	{ "proxy", "[--via NODE] [[ADDRESS:]PORT]",
	  "reach nodes by SOCKS 5, with names as they know them",
	  "At port 1080 of this host's loopback, unless something else is "
	  "given. For example:\ncurl --proxy socks5h://localhost:1080 "
	  "http://node01/",
	  CLI_TAKES_CLUSTER, false, .run = cmd_proxy },
	{ "start", "NODE...|all", "start nodes that are down",
	  "Returns when they are ready.", CLI_TAKES_CLUSTER, false,
	  .run = cmd_node },
	{ "stop", "NODE...|all", "power nodes off; the cluster goes on",
	  "Returns when their machines have ended.", CLI_TAKES_CLUSTER, false,
	  .run = cmd_node },
	{ "restart", "NODE...|all", "stop and start nodes", NULL,
	  CLI_TAKES_CLUSTER, false, .run = cmd_node },
	{ "crash", "NODE...|all",
	  "kill nodes' machines, as a failing host does",
	  "To see how software takes it. 'start' brings them back.",
	  CLI_TAKES_CLUSTER, false, .run = cmd_node },
	{ "destroy", "NODE...|all",
	  "end nodes' machines at once, without asking them",
	  "As pulling the plug; they are down then.", CLI_TAKES_CLUSTER, false,
	  .run = cmd_node },
	{ "pause", "NODE...|all", "let nodes have no processor",
	  "They stay in memory as they are; others see one that does not "
	  "answer.",
	  CLI_TAKES_CLUSTER, false, .run = cmd_node },
	{ "resume", "NODE...|all", "let paused nodes go on", NULL,
	  CLI_TAKES_CLUSTER, false, .run = cmd_node },
	{ "wait", "NODE...|all ready|stopped",
	  "wait until nodes are ready, or have no machine",
	  "Whoever sees to it. Fails for 'ready' when one has failed.",
	  CLI_TAKES_CLUSTER, false, .run = cmd_wait },
	{ "link", "NODE up|down|[loss=N%] [delay=N{us,ms,s}] [rate=N{K,M,G}]",
	  "make a node's network cable worse, or good again",
	  "Each direction loses, delays and limits (bits a second) so. What is "
	  "not named is\nas good as it gets. It stays until the next 'link'.",
	  CLI_TAKES_CLUSTER, false, .run = cmd_link },
	{ "capture", "[--count N] [NODE] FILE",
	  "write what passes through the nodes' network to a pcap file",
	  "All nodes' frames, each once, or those that NODE sends and gets. "
	  "FILE '-' is standard\noutput, for a viewer: fame-run capture - | "
	  "wireshark -ki -\nEnds when it is interrupted, and says how many "
	  "were lost.",
	  CLI_TAKES_CLUSTER, false, .run = cmd_capture },
	{ "ring", "NODE|all VECTOR", "ring a node's doorbell", NULL,
	  CLI_TAKES_CLUSTER, false, .run = cmd_ring },
	{ "doorbells", "[-f] [--json]", "who has rung whom, and how often",
	  "-f goes on showing it, once a second.", CLI_TAKES_CLUSTER, false,
	  .run = cmd_doorbells },
	{ "console", "NODE", "attach to a node's serial console",
	  "Ctrl-] detaches.", CLI_TAKES_CLUSTER, false, .run = cmd_console },
	{ "logs", "[-f] [WHAT...]",
	  "show logs: supervisor, librarian, switch, or a node's console",
	  "Without WHAT: which logs there are. -f goes on showing what comes.",
	  CLI_TAKES_CLUSTER, false, .run = cmd_logs },
	{ "config", "[--json]", "every setting, its value and where it is from",
	  "Options go before the environment, that before 'fame.ini' in the "
	  "cluster directory, that before '~/.config/fame/fame.ini'.",
	  CLI_TAKES_ALL, false, .run = cmd_config },
	{ "doctor", "[--json]", "look whether this host can run nodes",
	  "A line for each thing, and the command that mends it. Fails if "
	  "something will keep nodes from running.",
	  CLI_TAKES_ALL, false, .run = cmd_doctor },
	{ "gc", "[--remove]", "show what an end of the whole host has left",
	  "Of all clusters beside this one. What runs, and what is stored, is "
	  "not touched.",
	  CLI_TAKES_CLUSTER, false, .run = cmd_gc },
	{ "complete", "-- WORD...",
	  "tell a shell what the last word may become",
	  "What the completions for bash, zsh and fish ask. Each line is a "
	  "word, "
	  "and a remark behind a tab.",
	  CLI_TAKES_CLUSTER, true, .run = cmd_complete },
	{ "help", "[VERB]", "this text, or more about a verb", NULL,
	  CLI_TAKES_CLUSTER, false, .run = cmd_help },
	{ "version", "", "print the version", NULL, CLI_TAKES_CLUSTER, false,
	  .run = cmd_version },
	{ 0 },
};

static bool takes(const struct cli_verb *verb, enum setting_id id)
{
	if (!setting_defs[id].option)
		return false;
	return verb->takes == CLI_TAKES_ALL || id == SETTING_DIR ||
	       id == SETTING_HOSTBASE || id == SETTING_VERBOSE;
}

/* ---- options -------------------------------------------------------------- */

#define FLAGS_MAX 8
enum {
	OPTION_HELP = 'h',
	OPTION_FLAG = 1000,
	OPTION_SETTING = 2000
};

/* getopt's two descriptions of the same options. */
struct options {
	struct option longs[SETTING_COUNT + FLAGS_MAX + 2];
	char shorts[FLAGS_MAX + 4];
};

static int has_arg(const struct setting_def *d)
{
	if (!d->arg)
		return no_argument;
	return d->arg[0] == '[' ? optional_argument : required_argument;
}

/* What an option means by itself. */
static const char *bare_value(int id)
{
	return id == SETTING_DOORBELL ? "16" : "1";
}

static void describe(const struct cli_verb *verb, const struct cli_flag *flags,
		     size_t n, struct options *o)
{
	struct option *l = o->longs;
	char *s = o->shorts;

	if (verb->command)
		*s++ = '+'; /* stop at the first argument */
	*s++ = ':';	    /* tell a missing argument from an unknown option */
	*s++ = 'h';
	*l++ = (struct option){ "help", no_argument, NULL, OPTION_HELP };
	for (size_t i = 0; i < n; i++) {
		*l++ = (struct option){ flags[i].name,
					flags[i].text ? required_argument :
							no_argument,
					NULL, OPTION_FLAG + (int)i };
		if (flags[i].letter)
			*s++ = flags[i].letter;
	}
	for (int id = 0; id < SETTING_COUNT; id++)
		if (takes(verb, (enum setting_id)id))
			*l++ = (struct option){ setting_defs[id].option,
						has_arg(&setting_defs[id]),
						NULL, OPTION_SETTING + id };
	*l = (struct option){ 0 };
	*s = '\0';
}

static void help_option(const char *name, const char *arg, const char *text,
			const char *env)
{
	char left[64];

	(void)snprintf(left, sizeof(left), "--%s%s%s", name,
		       arg && arg[0] != '[' ? " " : "", arg ? arg : "");
	printf("  %-24s %s%s%s%s\n", left, text, env ? " [" : "",
	       env ? env : "", env ? "]" : "");
}

static void help(const struct cli_verb *verb, const struct cli_flag *flags,
		 size_t n)
{
	printf("usage: fame-run %s [OPTION...] %s\n\n%s%s%s\n\nOptions:\n",
	       verb->name, verb->args, verb->help, verb->more ? "\n\n" : "",
	       verb->more ? verb->more : "");
	for (size_t i = 0; i < n; i++)
		help_option(flags[i].name, flags[i].arg, flags[i].help, NULL);
	for (int id = 0; id < SETTING_COUNT; id++)
		if (takes(verb, (enum setting_id)id))
			help_option(setting_defs[id].option,
				    setting_defs[id].arg, setting_defs[id].help,
				    setting_defs[id].env);
	help_option("help", NULL, "this text", NULL);
}

static void tell_options(const struct cli_verb *verb,
			 const struct cli_flag *flags, size_t n)
{
	for (size_t i = 0; i < n; i++)
		verb->option(verb->option_arg, flags[i].name, flags[i].arg,
			     flags[i].help);
	for (int id = 0; id < SETTING_COUNT; id++)
		if (takes(verb, (enum setting_id)id))
			verb->option(verb->option_arg, setting_defs[id].option,
				     setting_defs[id].arg,
				     setting_defs[id].help);
	verb->option(verb->option_arg, "help", NULL, "help about this verb");
}

static int refuse(const struct cli_verb *verb, int c, char **argv,
		  const char *letters)
{
	struct err e = { "" };
	char help[64];

	(void)snprintf(help, sizeof(help), "fame-run help %s", verb->name);
	(void)optable_refuse(c, argv, letters, help, &e);
	log_err("%s", e.msg);
	return CLI_USAGE;
}

/* -1 to go on, or an exit status */
static int take(const struct cli_verb *verb, int c,
		const struct cli_flag *flags, size_t n, struct settings *s)
{
	if (c == OPTION_HELP) {
		help(verb, flags, n);
		return CLI_OK;
	}
	if (c >= OPTION_SETTING) {
		if (settings_option(s, (enum setting_id)(c - OPTION_SETTING),
				    optarg ?
					    optarg :
					    bare_value(c - OPTION_SETTING)) < 0)
			return CLI_FAILURE;
		return -1;
	}
	for (size_t i = 0; i < n; i++)
		if (c == OPTION_FLAG + (int)i || c == flags[i].letter) {
			if (flags[i].text)
				*flags[i].text = optarg;
			else
				*flags[i].value = true;
			break;
		}
	return -1;
}

int cli_parse(const struct cli_verb *verb, int argc, char **argv,
	      const struct cli_flag *flags, size_t n, struct settings *s,
	      int *ret_args)
{
	struct err e = { "" };
	struct options o = { 0 };
	int c, r;

	if (verb->option) {
		tell_options(verb, flags, n);
		return CLI_OK;
	}
	describe(verb, flags, n, &o);
	optind = 0; /* start anew */
	opterr = 0; /* the messages are ours */
	while ((c = getopt_long(argc, argv, o.shorts, o.longs, NULL)) != -1) {
		r = c == '?' || c == ':' ? refuse(verb, c, argv, o.shorts) :
					   take(verb, c, flags, n, s);
		if (r >= 0)
			return r;
	}
	*ret_args = optind;
	r = settings_load(s, &e);
	if (r < 0) {
		log_err("%s", e.msg);
		return CLI_USAGE;
	}
	if (settings_flag(s, SETTING_VERBOSE))
		log_open("fame-run", LOG_LEVEL_DEBUG, false);
	return -1;
}

int cli_fail(const struct err *e, int code)
{
	if (e->msg[0])
		log_err("%s", e->msg);
	return code == -ENOTCONN ? CLI_NOT_RUNNING : CLI_FAILURE;
}

/* ---- help ----------------------------------------------------------------- */

int cli_usage(const struct cli_verb *verb)
{
	log_err("usage: fame-run %s [OPTION...]%s%s; see 'fame-run help %s'",
		verb->name, *verb->args ? " " : "", verb->args, verb->name);
	return CLI_USAGE;
}

void cli_help_all(void)
{
	printf("usage: fame-run VERB [OPTION...] [ARGUMENT...]\n\n");
	for (const struct cli_verb *v = cli_verbs; v->name; v++)
		printf("  fame-run %s%s%s\n      %s\n", v->name,
		       *v->args ? " " : "", v->args, v->help);
	printf("\n'fame-run help VERB' tells the options of a verb, "
	       "'fame-run' all settings.\n");
}
