/* SPDX-License-Identifier: MIT */

/* cmd_ring.c - fame-run ring: a node's doorbell, from the host */

#include <string.h>

#include "cleanup.h"
#include "cli.h"
#include "client.h"
#include "cluster.h"
#include "json.h"
#include "parse.h"
#include "proto_doorbell.h"

static int ring_one(struct cluster *c, const char *name, uint32_t vector,
		    struct err *e)
{
	return client_call(c,
			   json_pack("{s:s, s:s, s:i}", "op", "ring", "node",
				     name, "vector", (int)vector),
			   NULL, e);
}

static int ring_all(struct cluster *c, uint32_t vector, struct err *e)
{
	CLEANUP_JSON json_t *doc = NULL;
	const json_t *node;
	size_t i;
	int r;

	r = client_call(c, json_pack("{s:s}", "op", "status"), &doc, e);
	if (r < 0)
		return r;
	json_array_foreach(json_object_get(doc, "nodes"), i, node) {
		const char *name = "";

		(void)json_get_string(node, "name", &name);
		r = ring_one(c, name, vector, e);
		if (r < 0)
			return r;
	}
	return 0;
}

static int ring(const struct settings *s, const char *name, uint32_t vector,
		struct err *e)
{
	CLEANUP_CLUSTER struct cluster c = CLUSTER_NULL;
	int r;

	r = client_open(&c, s, e);
	if (r < 0)
		return r;
	return !strcmp(name, "all") ? ring_all(&c, vector, e) :
				      ring_one(&c, name, vector, e);
}

int cmd_ring(const struct cli_verb *verb, int argc, char **argv)
{
	CLEANUP_SETTINGS struct settings s = { 0 };
	struct err e = { "" };
	uint32_t vector;
	int r, first;

	r = cli_parse(verb, argc, argv, NULL, 0, &s, &first);
	if (r >= 0)
		return r;
	if (argc - first != 2 ||
	    parse_u32(argv[first + 1], 0, DOORBELL_VECTORS_MAX - 1, &vector) <
		    0)
		return cli_usage(verb);
	r = ring(&s, argv[first], vector, &e);
	return r < 0 ? cli_fail(&e, r) : CLI_OK;
}
