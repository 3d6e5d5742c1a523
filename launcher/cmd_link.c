/* SPDX-License-Identifier: MIT */

/* cmd_link.c - fame-run link: make a node's cable worse, or good again */

#include "cleanup.h"
#include "cli.h"
#include "client.h"
#include "cluster.h"
#include "json.h"
#include "link_spec.h"
#include "log.h"

static int set_link(const struct settings *s, const char *node,
		    const struct switch_link *k, struct err *e)
{
	CLEANUP_CLUSTER struct cluster c = CLUSTER_NULL;
	int r;

	r = client_open(&c, s, e);
	if (r < 0)
		return r;
	return client_call(&c,
			   json_pack("{s:s, s:s, s:b, s:I, s:I, s:I}", "op",
				     "link", "node", node, "down", k->down,
				     "loss_ppm", (json_int_t)k->loss_ppm,
				     "delay_us", (json_int_t)k->delay_us,
				     "rate", (json_int_t)k->rate),
			   NULL, e);
}

int cmd_link(const struct cli_verb *verb, int argc, char **argv)
{
	CLEANUP_SETTINGS struct settings s = { 0 };
	struct switch_link k = { 0 };
	struct err e = { "" };
	int r, first;

	r = cli_parse(verb, argc, argv, NULL, 0, &s, &first);
	if (r >= 0)
		return r;
	if (argc - first < 2)
		return cli_usage(verb);
	if (link_spec_parse(argv + first + 1, argc - first - 1, &k, &e) < 0) {
		log_err("%s", e.msg);
		return CLI_USAGE;
	}
	r = set_link(&s, argv[first], &k, &e);
	return r < 0 ? cli_fail(&e, r) : CLI_OK;
}
