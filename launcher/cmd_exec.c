/* SPDX-License-Identifier: MIT */

/* cmd_exec.c - fame-run exec */

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "cli.h"
#include "client.h"
#include "cluster.h"
#include "json.h"
#include "log.h"
#include "loop.h"
#include "stream.h"

#define ALL "all"
#define EXIT_NODES_MISSING 125

/* One command in one node, accepted by the supervisor. */
static int start(struct cluster *c, const char *node, json_t *argv,
		 struct streams *set, struct err *e)
{
	CLEANUP_EVBUFFER struct evbuffer *rest = evbuffer_new();
	CLEANUP_FD int fd = -1;
	int r;

	if (!rest)
		return err_set(e, -ENOMEM, "out of memory");
	r = client_begin(c,
			 json_pack("{s:s, s:s, s:O}", "op", "exec", "node",
				   node, "argv", argv),
			 rest, &fd, e);
	return r < 0 ? r : streams_add(set, node, take_fd(&fd), rest);
}

static int start_all(struct cluster *c, const json_t *status, json_t *argv,
		     struct streams *set, bool *ret_missing, struct err *e)
{
	const json_t *nodes = json_object_get(status, "nodes"), *node;
	const char *name, *state;
	unsigned started = 0;
	size_t i;
	int r;

	json_array_foreach(nodes, i, node) {
		if (json_get_string(node, "name", &name) < 0 ||
		    json_get_string(node, "state", &state) < 0)
			continue;
		if (strcmp(state, "ready") != 0) {
			log_warn("node '%s' is %s: left out", name, state);
			continue;
		}
		r = start(c, name, argv, set, e);
		if (r < 0)
			return r;
		started++;
	}
	if (started && started < json_array_size(nodes))
		*ret_missing = true;
	return started ? 0 :
			 err_set(e, -ENOTCONN,
				 "no node is ready: see "
				 "'fame-run status'");
}

static int exec(const struct settings *s, const char *node, json_t *argv,
		struct streams *set, struct err *e)
{
	CLEANUP_CLUSTER struct cluster c = CLUSTER_NULL;
	CLEANUP_JSON json_t *status = NULL;
	bool missing = false;
	int r;

	r = client_open(&c, s, e);
	if (r < 0)
		return r;
	if (strcmp(node, ALL) != 0) {
		r = start(&c, node, argv, set, e);
		return r < 0 ? r : streams_run(set, e);
	}
	r = client_call(&c, json_pack("{s:s}", "op", "status"), &status, e);
	if (r == 0)
		r = start_all(&c, status, argv, set, &missing, e);
	/* The names of the streams are in the status. */
	if (r == 0)
		r = streams_run(set, e);
	/* A test that passes on too few nodes has not passed. */
	return r == 0 && missing ? EXIT_NODES_MISSING : r;
}

static json_t *strings(char **argv)
{
	json_t *a = json_array();

	for (; *argv; argv++)
		if (json_array_append_new(a, json_string(*argv)) < 0) {
			json_decref(a);
			return NULL;
		}
	return a;
}

int cmd_exec(const struct cli_verb *verb, int argc, char **argv)
{
	CLEANUP_SETTINGS struct settings s = { 0 };
	CLEANUP_JSON json_t *command = NULL;
	struct streams *set = NULL;
	bool no_input = false;
	const struct cli_flag flags[] = {
		{ .name = "no-input",
		  .letter = 'n',
		  .help = "give the command no standard input",
		  .value = &no_input },
	};
	struct err e = { "" };
	const char *node;
	int r, at;

	r = cli_parse(verb, argc, argv, flags, ARRAY_SIZE(flags), &s, &at);
	if (r >= 0)
		return r;
	node = at < argc ? argv[at++] : "";
	if (at < argc && !strcmp(argv[at], "--"))
		at++;
	else if (at < argc && argv[at][0] == '-') {
		log_err("'%s' behind the node: options go before it, and '--' "
			"before a command that begins with '-'",
			argv[at]);
		return CLI_USAGE;
	}
	if (!*node || at >= argc)
		return cli_usage(verb);
	command = strings(argv + at);
	if (!command) {
		log_err("the command is not UTF-8 text");
		return CLI_USAGE;
	}
	r = streams_new(!strcmp(node, ALL), !no_input, &set);
	if (r == 0)
		r = exec(&s, node, command, set, &e);
	(void)streams_free(set);
	return r < 0 ? cli_fail(&e, r) : r;
}
