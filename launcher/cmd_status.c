/* SPDX-License-Identifier: MIT */

/* cmd_status.c - fame-run status */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "cleanup.h"
#include "cli.h"
#include "client.h"
#include "cluster.h"
#include "json.h"
#include "parse.h"

static const char *text(const json_t *o, const char *key)
{
	const char *s = "";

	(void)json_get_string(o, key, &s);
	return s;
}

static uint64_t number(const json_t *o, const char *key)
{
	uint64_t v = 0;

	(void)json_get_u64(o, key, 0, INT64_MAX, &v);
	return v;
}

static void show_fam(const json_t *fam)
{
	char size[FORMAT_SIZE_MAX], book[FORMAT_SIZE_MAX];

	printf("memory   %s in books of %s, %s\n",
	       format_size(number(fam, "size"), size, sizeof(size)),
	       format_size(number(fam, "book_size"), book, sizeof(book)),
	       text(fam, "path"));
}

static void show(const json_t *doc)
{
	const json_t *net = json_object_get(doc, "network"), *node;
	size_t i;

	printf("cluster  %s, %s\n", text(doc, "state"), text(doc, "dir"));
	printf("nodes    profile %s, %s\n", text(doc, "profile"),
	       text(doc, "accel"));
	printf("network  %s, torms %s, mode %s\n", text(net, "subnet"),
	       text(net, "torms"), text(net, "mode"));
	show_fam(json_object_get(doc, "fam"));
	printf("\n%-12s %-10s %8s %-16s %8s %9s  %s\n", "NODE", "STATE",
	       "SECONDS", "ADDRESS", "PID", "DISK MiB", "WHY");
	json_array_foreach(json_object_get(doc, "nodes"), i, node)
		printf("%-12s %-10s %8.0f %-16s %8llu %9.1f  %s\n",
		       text(node, "name"), text(node, "state"),
		       json_number_value(json_object_get(node, "seconds")),
		       text(node, "address"),
		       (unsigned long long)number(node, "pid"),
		       (double)number(node, "disk") / (1 << 20),
		       text(node, "why"));
}

static int status(const struct settings *s, bool as_json, struct err *e)
{
	CLEANUP_CLUSTER struct cluster c = CLUSTER_NULL;
	CLEANUP_JSON json_t *doc = NULL;
	CLEANUP_FREE char *line = NULL;
	int r;

	r = client_open(&c, s, e);
	if (r == 0)
		r = client_call(&c, json_pack("{s:s}", "op", "status"), &doc,
				e);
	if (r < 0)
		return r;
	if (!as_json) {
		show(doc);
		return 0;
	}
	line = json_line(doc);
	if (!line)
		return err_set(e, -ENOMEM, "out of memory");
	printf("%s\n", line);
	return 0;
}

int cmd_status(const struct cli_verb *verb, int argc, char **argv)
{
	CLEANUP_SETTINGS struct settings s = { 0 };
	bool as_json = false;
	const struct cli_flag flags[] = {
		{ .name = "json",
		  .help = "print the status document",
		  .value = &as_json },
	};
	struct err e = { "" };
	int r, first;

	r = cli_parse(verb, argc, argv, flags, ARRAY_SIZE(flags), &s, &first);
	if (r >= 0)
		return r;
	if (first != argc)
		return cli_usage(verb);
	r = status(&s, as_json, &e);
	return r < 0 ? cli_fail(&e, r) : CLI_OK;
}
