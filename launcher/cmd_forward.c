/* SPDX-License-Identifier: MIT */

/* cmd_forward.c - fame-run forward, proxy: ports of the host lead to nodes */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cleanup.h"
#include "cli.h"
#include "client.h"
#include "gate.h"
#include "json.h"
#include "log.h"
#include "loop.h"

#define SOCKS_AT "1080"

/* Until a signal, or the cluster's end. */
static int serve(const struct gate_conf *conf, const char *to, struct err *e)
{
	CLEANUP_EVENT_BASE struct event_base *base = loop_new();
	char text[ENDPOINT_TEXT_MAX];
	struct gate *g = NULL;
	int r;

	if (!base || loop_stop_on_signals(base) < 0)
		return err_set(e, -ENOMEM, "out of memory");
	r = gate_new(base, conf, &g, e);
	if (r < 0)
		return r;
	printf("%s leads to %s\n", endpoint_text(gate_at(g), text), to);
	(void)fflush(stdout);
	(void)event_base_dispatch(base);
	if (gate_is_over(g))
		r = err_set(e, -ENOTCONN, "the cluster in '%s' has ended",
			    conf->cluster->dir);
	(void)gate_free(g);
	return r;
}

/* The first of the nodes that is @name, if it is not NULL, or else is ready. */
static const char *find_node(const json_t *status, const char *name)
{
	const json_t *node;
	size_t i;

	json_array_foreach(json_object_get(status, "nodes"), i, node) {
		const char *have = "", *state = "";

		(void)json_get_string(node, "name", &have);
		(void)json_get_string(node, "state", &state);
		if (name ? !strcmp(have, name) : !strcmp(state, "ready"))
			return have;
	}
	return NULL;
}

static int open_cluster(struct cluster *c, const struct settings *s,
			json_t **ret_status, struct err *e)
{
	int r = client_open(c, s, e);

	return r < 0 ? r :
		       client_call(c, json_pack("{s:s}", "op", "status"),
				   ret_status, e);
}

static int forward(const struct settings *s, const char *text,
		   const struct endpoint_node *to,
		   const struct endpoint_host *at, struct err *e)
{
	CLEANUP_CLUSTER struct cluster c = CLUSTER_NULL;
	CLEANUP_JSON json_t *status = NULL;
	const struct gate_conf conf = {
		.cluster = &c,
		.at = *at,
		.target = { .node = to->node, .port = to->port },
	};
	int r;

	r = open_cluster(&c, s, &status, e);
	if (r < 0)
		return r;
	if (!find_node(status, to->node))
		return err_set(e, -ENOENT,
			       "no node '%s': see 'fame-run status%s'",
			       to->node, c.which);
	return serve(&conf, text, e);
}

static int proxy(const struct settings *s, const char *via,
		 const struct endpoint_host *at, struct err *e)
{
	CLEANUP_CLUSTER struct cluster c = CLUSTER_NULL;
	CLEANUP_JSON json_t *status = NULL;
	struct gate_conf conf = { .cluster = &c, .at = *at };
	int r;

	r = open_cluster(&c, s, &status, e);
	if (r < 0)
		return r;
	conf.nodes = json_object_get(status, "nodes");
	conf.via = find_node(status, via);
	if (!conf.via && via)
		return err_set(e, -ENOENT,
			       "no node '%s': see 'fame-run status%s'", via,
			       c.which);
	if (!conf.via)
		return err_set(e, -EHOSTDOWN,
			       "no node is ready: see 'fame-run status%s'",
			       c.which);
	return serve(&conf, "the cluster, by SOCKS 5", e);
}

int cmd_forward(const struct cli_verb *verb, int argc, char **argv)
{
	CLEANUP_SETTINGS struct settings s = { 0 };
	struct endpoint_node to;
	struct endpoint_host at;
	struct err e = { "" };
	int r, first;

	r = cli_parse(verb, argc, argv, NULL, 0, &s, &first);
	if (r >= 0)
		return r;
	if (argc - first != 2)
		return cli_usage(verb);
	if (endpoint_parse_node(argv[first], &to, &e) < 0 ||
	    endpoint_parse_host(argv[first + 1], &at, &e) < 0) {
		log_err("%s", e.msg);
		return CLI_USAGE;
	}
	r = forward(&s, argv[first], &to, &at, &e);
	return r < 0 ? cli_fail(&e, r) : CLI_OK;
}

int cmd_proxy(const struct cli_verb *verb, int argc, char **argv)
{
	CLEANUP_SETTINGS struct settings s = { 0 };
	const char *via = NULL;
	const struct cli_flag flags[] = {
		{ .name = "via",
		  .help = "who connects to what is no node [the first]",
		  .text = &via,
		  .arg = "NODE" },
	};
	struct endpoint_host at;
	struct err e = { "" };
	int r, first;

	r = cli_parse(verb, argc, argv, flags, ARRAY_SIZE(flags), &s, &first);
	if (r >= 0)
		return r;
	if (argc - first > 1)
		return cli_usage(verb);
	if (endpoint_parse_host(first < argc ? argv[first] : SOCKS_AT, &at,
				&e) < 0) {
		log_err("%s", e.msg);
		return CLI_USAGE;
	}
	r = proxy(&s, via, &at, &e);
	return r < 0 ? cli_fail(&e, r) : CLI_OK;
}
