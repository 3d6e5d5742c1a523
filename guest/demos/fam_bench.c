/* SPDX-License-Identifier: MIT */

/* fam_bench.c - Measures shared memory from within a node */

#include <errno.h>
#include <getopt.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "bench.h"
#include "cleanup.h"
#include "json.h"
#include "log.h"

static int bench_all(struct bench *b, struct err *e);

static const struct command {
	const char *name;
	const char *args;
	int n_args;
	const char *help;
	int (*run)(struct bench *b, struct err *e);
} commands[] = {
	{ "all", "DIR", 1, "all that begin with DIR", bench_all },
	{ "memcpy", "DIR", 1, "bandwidth, beside anonymous memory",
	  bench_memcpy },
	{ "faults", "DIR", 1, "first touch of pages, beside anonymous memory",
	  bench_faults },
	{ "atomics", "DIR", 1, "libfam_atomic, beside anonymous memory",
	  bench_atomics },
	{ "io", "DIR", 1, "read(2) and write(2), beside the peers", bench_io },
	{ "meta", "DIR", 1, "create, open, stat, beside the peers",
	  bench_meta },
	{ "pingpong", "FILE 0|1", 2,
	  "pass a word to another node, which plays the other side",
	  bench_pingpong },
	{ "contend", "FILE NODES", 2,
	  "add to one word together with that many nodes", bench_contend },
};

static int bench_all(struct bench *b, struct err *e)
{
	int r = 0;

	for (size_t i = 1; r == 0 && i < ARRAY_SIZE(commands); i++)
		if (commands[i].n_args == 1)
			r = commands[i].run(b, e);
	return r;
}

static void usage(FILE *f)
{
	fputs("usage: fam-bench [--json] [--peer DIR]... COMMAND ARGUMENT...\n"
	      "\n",
	      f);
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		fprintf(f, "  %-9s %-11s %s\n", commands[i].name,
			commands[i].args, commands[i].help);
	fputs("\nDIR is a directory on the shared memory, such as /lfs. "
	      "--peer names others to\ncompare with, up to four; without, it "
	      "is "
	      "/dev/shm. --json: one JSON object.\n",
	      f);
}

/* ---- output ---------------------------------------------------------------- */

static double ratio(const struct figure *f)
{
	return f->peer > 0 ? f->value / f->peer : 0;
}

static void print_table(const struct bench *b)
{
	printf("%-36s %11s %-5s  %-24s %11s %7s\n", "FIGURE", "MEDIAN", "UNIT",
	       "AGAINST", "MEDIAN", "RATIO");
	for (size_t i = 0; i < b->n_figures; i++) {
		const struct figure *f = &b->figures[i];

		printf("%-36s %11.1f %-5s", f->what, f->value, f->unit);
		if (*f->against)
			printf("  %-24s %11.1f %7.3f", f->against, f->peer,
			       ratio(f));
		printf("\n");
	}
}

static json_t *to_json(const struct figure *f)
{
	json_t *o = json_pack("{s:s, s:f, s:s}", "what", f->what, "value",
			      f->value, "unit", f->unit);

	if (o && *f->against) {
		(void)json_object_set_new(o, "against",
					  json_string(f->against));
		(void)json_object_set_new(o, "peer", json_real(f->peer));
		(void)json_object_set_new(o, "ratio", json_real(ratio(f)));
	}
	return o;
}

static int print_json(const struct bench *b)
{
	json_t *list = json_array();
	CLEANUP_JSON json_t *o = json_pack("{s:o}", "figures", list);
	CLEANUP_FREE char *text = NULL;

	for (size_t i = 0; o && i < b->n_figures; i++)
		(void)json_array_append_new(list, to_json(&b->figures[i]));
	text = o ? json_line(o) : NULL;
	if (!text)
		return -ENOMEM;
	puts(text);
	return 0;
}

/* ---- options --------------------------------------------------------------- */

enum {
	OPT_JSON = 256,
	OPT_PEER,
	OPT_HELP,
	OPT_VERSION
};

static const struct option options[] = {
	{ "json", no_argument, NULL, OPT_JSON },
	{ "peer", required_argument, NULL, OPT_PEER },
	{ "help", no_argument, NULL, OPT_HELP },
	{ "version", no_argument, NULL, OPT_VERSION },
	{ 0 },
};

/* The exit status, or -1 to go on. */
static int parse_options(int argc, char *argv[], struct bench *b, bool *json)
{
	int c;

	while ((c = getopt_long(argc, argv, "+", options, NULL)) != -1) {
		if (c == OPT_JSON) {
			*json = true;
		} else if (c == OPT_PEER && b->n_peers < BENCH_PEERS_MAX) {
			b->peers[b->n_peers++] = optarg;
		} else if (c == OPT_HELP) {
			usage(stdout);
			return 0;
		} else if (c == OPT_VERSION) {
			puts("fam-bench " FAME_VERSION);
			return 0;
		} else {
			usage(stderr);
			return 2;
		}
	}
	if (!b->n_peers)
		b->peers[b->n_peers++] = "/dev/shm";
	return -1;
}

static const struct command *find_command(int argc, char *argv[])
{
	for (size_t i = 0; argc > 0 && i < ARRAY_SIZE(commands); i++)
		if (!strcmp(argv[0], commands[i].name) &&
		    argc - 1 == commands[i].n_args)
			return &commands[i];
	return NULL;
}

int main(int argc, char *argv[])
{
	struct bench b = { 0 };
	const struct command *c;
	struct err e = { 0 };
	bool json = false;
	int r;

	log_open("fam-bench", LOG_LEVEL_INFO, false);
	r = parse_options(argc, argv, &b, &json);
	if (r >= 0)
		return r;
	c = find_command(argc - optind, argv + optind);
	if (!c) {
		usage(stderr);
		return 2;
	}
	b.argv = argv + optind + 1;
	r = c->run(&b, &e);
	if (r < 0) {
		log_err("%s", *e.msg ? e.msg : strerror(-r));
		return 1;
	}
	if (!json) {
		print_table(&b);
	} else if (print_json(&b) < 0) {
		log_err("no memory");
		return 1;
	}
	return 0;
}
