/* SPDX-License-Identifier: MIT */

/* cmd_doorbells.c - fame-run doorbells: who has rung whom */

#include <errno.h>
#include <poll.h>
#include <stdio.h>

#include "cleanup.h"
#include "cli.h"
#include "client.h"
#include "cluster.h"
#include "json.h"

#define PERIOD_MS 1000

static int64_t number(const json_t *o, const char *key)
{
	int64_t v = 0;

	(void)json_get_i64(o, key, &v);
	return v;
}

static void show(const json_t *doc)
{
	const json_t *ring;
	size_t i;

	printf("%-8s %-8s %12s\n", "FROM", "TO", "RINGS");
	json_array_foreach(json_object_get(doc, "rings"), i, ring) {
		char from[24] = "host";

		if (number(ring, "from"))
			(void)snprintf(from, sizeof(from), "%lld",
				       (long long)number(ring, "from"));
		printf("%-8s %-8lld %12lld\n", from,
		       (long long)number(ring, "to"),
		       (long long)number(ring, "count"));
	}
	(void)fflush(stdout);
}

static int show_once(struct cluster *c, bool as_json, struct err *e)
{
	CLEANUP_JSON json_t *doc = NULL;
	CLEANUP_FREE char *line = NULL;
	int r;

	r = client_call(c, json_pack("{s:s}", "op", "doorbells"), &doc, e);
	if (r < 0)
		return r;
	if (!number(doc, "vectors"))
		return err_set(e, -ENODEV,
			       "the nodes have no doorbells: start them with "
			       "'fame-run up --doorbell'");
	if (!as_json) {
		show(doc);
		return 0;
	}
	line = json_line(doc);
	if (!line)
		return err_set(e, -ENOMEM, "out of memory");
	(void)puts(line);
	(void)fflush(stdout);
	return 0;
}

int cmd_doorbells(const struct cli_verb *verb, int argc, char **argv)
{
	CLEANUP_CLUSTER struct cluster c = CLUSTER_NULL;
	CLEANUP_SETTINGS struct settings s = { 0 };
	bool as_json = false, follow = false;
	const struct cli_flag flags[] = {
		{ .name = "json",
		  .help = "print the document",
		  .value = &as_json },
		{ .name = "follow",
		  .letter = 'f',
		  .help = "again each second",
		  .value = &follow },
	};
	struct err e = { "" };
	int r, first;

	r = cli_parse(verb, argc, argv, flags, ARRAY_SIZE(flags), &s, &first);
	if (r >= 0)
		return r;
	if (first != argc)
		return cli_usage(verb);
	r = client_open(&c, &s, &e);
	if (r == 0)
		r = show_once(&c, as_json, &e);
	/* poll() of nothing: a signal ends it, and with it the program. */
	while (r == 0 && follow && poll(NULL, 0, PERIOD_MS) == 0)
		r = show_once(&c, as_json, &e);
	return r < 0 ? cli_fail(&e, r) : CLI_OK;
}
