/* SPDX-License-Identifier: MIT */

/* cmd_shell.c - fame-librarian shell: talk to a Librarian */

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

#include "cleanup.h"
#include "cmd.h"
#include "log.h"
#include "optable.h"
#include "parse.h"
#include "proto_librarian.h"
#include "shell.h"
#include "shell_edit.h"
#include "shell_request.h"

struct conf {
	struct shell_link_conf link;
	bool verbose;
};

static int set_node(void *arg, const struct option_def *def, const char *value,
		    struct err *e)
{
	struct conf *conf = arg;

	(void)def;
	if (parse_u32(value, 1, LIBRARIAN_NODES_MAX, &conf->link.node_id) < 0)
		return err_set(e, -EINVAL,
			       "--node '%s' is not a number from 1 to %d",
			       value, LIBRARIAN_NODES_MAX);
	return 0;
}

#define AT(field) offsetof(struct conf, field)

static const struct option_def defs[] = {
	{ "node", 'n', "N", "act for this node (default 1)", set_node, 0 },
	{ "token", 0, "HEX", "prove to be it, with --auth token",
	  option_set_text, AT(link.token) },
	{ "verbose", 'v', NULL, "show requests and whole replies",
	  option_set_flag, AT(verbose) },
};

static const struct option_table table = {
	.program = "fame-librarian shell",
	.args = "[OPTION...] [HOST[:PORT]] [COMMAND...]",
	.defs = defs,
	.n = ARRAY_SIZE(defs),
};

static void show_event(const json_t *message, void *arg)
{
	CLEANUP_FREE char *text = json_dumps(message, JSON_COMPACT);

	(void)arg;
	(void)printf("* %s\n", text ? text : "?");
}

static int talk(struct shell *sh, char **words, int n)
{
	const char *prompt = isatty(STDIN_FILENO) ? "librarian> " : NULL;
	CLEANUP_FREE char *history = NULL;

	if (n)
		return shell_run_words(sh, words, (size_t)n);
	if (!prompt || !isatty(STDOUT_FILENO))
		return shell_run_file(sh, stdin, prompt);
	history = shell_edit_history();
	return shell_edit_run(sh, prompt, history);
}

static int run(struct conf *conf, char **words, int n)
{
	struct shell_link *link;
	struct err e = { "" };
	struct shell sh;
	int r;

	if (shell_link_open(&conf->link, &link, &e) < 0) {
		log_err("%s", e.msg);
		return CMD_FAILED;
	}
	r = shell_init(&sh, link, conf->link.node_id, stdout, stderr);
	if (r == 0) {
		sh.verbose = conf->verbose;
		r = talk(&sh, words, n);
		shell_deinit(&sh);
	}
	(void)shell_link_close(link);
	return r < 0 ? CMD_FAILED : CMD_OK;
}

/* The first word is a host unless it is a command. */
static bool is_host(const char *word)
{
	return *word != '{' && !shell_has_verb(word) &&
	       !shell_request_known(word);
}

int cmd_shell(int argc, char **argv)
{
	struct conf conf = { .link = { .host = "127.0.0.1",
				       .node_id = 1,
				       .event = show_event } };
	struct err e = { "" };
	int first, r;

	r = optable_parse(&table, argc, argv, &conf, &first, &e);
	if (r == OPTABLE_HELP) {
		optable_help(&table, stdout);
		(void)puts("\nCommands of the Librarian:");
		(void)shell_request_help(stdout, NULL);
		return CMD_OK;
	}
	if (r < 0) {
		log_err("%s", e.msg);
		return CMD_USAGE;
	}
	if (first < argc && is_host(argv[first]))
		conf.link.host = argv[first++];
	return run(&conf, argv + first, argc - first);
}
