/* SPDX-License-Identifier: MIT */

/* cmd_node.c - fame-run start, stop, restart, destroy, crash, pause, resume,
 * wait: one node's machine
 *
 * All nodes are asked before the first answer is waited for.
 */

#include <errno.h>
#include <string.h>

#include "cleanup.h"
#include "cli.h"
#include "client.h"
#include "cluster.h"
#include "json.h"
#include "log.h"
#include "topology.h"

/* What a verb asks for, one after the other. */
static const struct {
	const char *verb;
	const char *ops[3];
} steps[] = {
	{ "start", { "start" } },
	{ "stop", { "stop" } },
	{ "restart", { "stop", "start" } },
	{ "crash", { "crash" } },
	{ "destroy", { "destroy" } },
	{ "pause", { "pause" } },
	{ "resume", { "resume" } },
	{ "ready", { "await_ready" } }, /* fame-run wait */
	{ "stopped", { "await_stopped" } },
};

/* The names that are meant; those of the document are borrowed from it. */
struct names {
	const char *name[TOPOLOGY_NODES_MAX];
	unsigned n;
};

static int all_names(struct cluster *c, json_t **ret_doc,
		     struct names *ret_names, struct err *e)
{
	const json_t *node;
	size_t i;
	int r;

	r = client_call(c, json_pack("{s:s}", "op", "status"), ret_doc, e);
	if (r < 0)
		return r;
	json_array_foreach(json_object_get(*ret_doc, "nodes"), i, node)
		if (ret_names->n < TOPOLOGY_NODES_MAX &&
		    json_get_string(node, "name",
				    &ret_names->name[ret_names->n]) == 0)
			ret_names->n++;
	return 0;
}

static int given_names(int argc, char **argv, struct names *ret_names,
		       struct err *e)
{
	if (argc > (int)TOPOLOGY_NODES_MAX)
		return err_set(e, -E2BIG, "more nodes than a cluster has");
	for (int i = 0; i < argc; i++)
		ret_names->name[ret_names->n++] = argv[i];
	return 0;
}

static int ask(struct cluster *c, const char *op, const char *name, int *ret_fd,
	       struct err *e)
{
	CLEANUP_FD int fd = -1;
	int r;

	r = client_connect(c, &fd, e);
	if (r == 0)
		r = client_request(
			fd, json_pack("{s:s, s:s}", "op", op, "node", name), e);
	if (r == 0)
		*ret_fd = take_fd(&fd);
	return r;
}

/* The first failure is returned, others are printed. */
static int ask_all(struct cluster *c, const char *op, const struct names *names,
		   struct err *e)
{
	int fds[TOPOLOGY_NODES_MAX];
	unsigned asked = 0;
	int r = 0;

	while (r == 0 && asked < names->n) {
		r = ask(c, op, names->name[asked], &fds[asked], e);
		asked += r == 0;
	}
	for (unsigned i = 0; i < asked; i++) {
		struct client_answer a = { 0 };
		struct err why = { "" };
		int k = client_answer(fds[i], &a, NULL, &why);

		json_decref(a.reply);
		close_fd(&fds[i]);
		if (k < 0 && r < 0)
			log_err("%s", why.msg);
		if (k < 0 && r == 0) {
			r = k;
			*e = why;
		}
	}
	return r;
}

static int run(const struct settings *s, const char *verb, int argc,
	       char **argv, struct err *e)
{
	CLEANUP_CLUSTER struct cluster c = CLUSTER_NULL;
	CLEANUP_JSON json_t *doc = NULL;
	struct names names = { .n = 0 };
	size_t v = 0;
	int r;

	r = client_open(&c, s, e);
	if (r < 0)
		return r;
	r = !strcmp(argv[0], "all") && argc == 1 ?
		    all_names(&c, &doc, &names, e) :
		    given_names(argc, argv, &names, e);
	while (strcmp(steps[v].verb, verb) != 0)
		v++;
	for (size_t i = 0; r == 0 && steps[v].ops[i]; i++)
		r = ask_all(&c, steps[v].ops[i], &names, e);
	return r;
}

int cmd_node(const struct cli_verb *verb, int argc, char **argv)
{
	CLEANUP_SETTINGS struct settings s = { 0 };
	struct err e = { "" };
	int r, first;

	r = cli_parse(verb, argc, argv, NULL, 0, &s, &first);
	if (r >= 0)
		return r;
	if (first == argc)
		return cli_usage(verb);
	r = run(&s, verb->name, argc - first, argv + first, &e);
	return r < 0 ? cli_fail(&e, r) : CLI_OK;
}

/* The last argument says for what. */
int cmd_wait(const struct cli_verb *verb, int argc, char **argv)
{
	CLEANUP_SETTINGS struct settings s = { 0 };
	struct err e = { "" };
	int r, first;

	r = cli_parse(verb, argc, argv, NULL, 0, &s, &first);
	if (r >= 0)
		return r;
	if (argc - first < 2 || (strcmp(argv[argc - 1], "ready") != 0 &&
				 strcmp(argv[argc - 1], "stopped") != 0))
		return cli_usage(verb);
	r = run(&s, argv[argc - 1], argc - first - 1, argv + first, &e);
	return r < 0 ? cli_fail(&e, r) : CLI_OK;
}
