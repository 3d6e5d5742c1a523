/* SPDX-License-Identifier: MIT */

/* posix.c - Does a directory behave as POSIX and Linux say?
 *
 *	posix [--book BYTES] [--only TEXT] DIR [SCRIPT...]
 *	posix [--book BYTES] --serve DIR
 *
 * Runs the cases of scripts (script.h), or of standard input, in DIR, as root.
 * With --serve it does the lines of standard input (fsop.h), each answered by
 * a line, in which newlines are '|'.
 */

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "fsop.h"
#include "parse.h"
#include "script.h"

#define SCRIPT_MAX ((size_t)4 << 20)

struct options {
	struct script_opts script;
	bool serve;
};

static int serve(const struct options *o)
{
	CLEANUP_FREE char *out = malloc(FSOP_OUT);
	CLEANUP_FREE char *line = NULL;
	struct fsop f;
	size_t size = 0;
	ssize_t n;

	if (!out || fsop_init(&f, o->script.dir, o->script.book) < 0) {
		perror(o->script.dir);
		return 1;
	}
	while ((n = getline(&line, &size, stdin)) > 0) {
		line[strcspn(line, "\n")] = '\0';
		(void)fsop_run(&f, line, out);
		for (char *p = out; (p = strchr(p, '\n'));)
			*p = '|';
		if (printf("%s\n", out) < 0 || fflush(stdout) < 0)
			break;
	}
	fsop_deinit(&f);
	return 0;
}

/* Return: bytes added behind @len, or -1 */
static ssize_t append_file(const char *path, char *text, size_t len)
{
	CLEANUP_FILE FILE *f = strcmp(path, "-") != 0 ? fopen(path, "re") :
							NULL;
	const char *base = strrchr(path, '/');
	size_t n = 0;

	if (f)
		n = (size_t)sprintf(text + len, "file %.200s\n",
				    base ? base + 1 : path);
	else if (strcmp(path, "-") != 0)
		return -1;
	n += fread(text + len + n, 1, SCRIPT_MAX - len - n - 1, f ? f : stdin);
	text[len + n] = '\0';
	return (ssize_t)n;
}

static int run_scripts(const struct options *o, char **files)
{
	CLEANUP_FREE char *text = calloc(1, SCRIPT_MAX + 256);
	size_t len = 0;
	int r;

	for (; text && *files; files++) {
		ssize_t n = append_file(*files, text, len);

		if (n < 0) {
			perror(*files);
			return 2;
		}
		len += (size_t)n;
	}
	r = text ? script_run(&o->script, text) : -ENOMEM;
	if (r < 0)
		(void)fprintf(stderr, "posix: '%s': %s\n", o->script.dir,
			      strerror(-r));
	return r ? 1 : 0;
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "book", required_argument, NULL, 'b' },
		{ "only", required_argument, NULL, 'o' },
		{ "serve", no_argument, NULL, 's' },
		{ "nothing", no_argument, NULL, 'n' },
		{ 0 },
	};
	static char in[] = "-";
	char *from_stdin[] = { in, NULL };
	struct options o = { .script.book = 8 << 20 };
	int c;

	while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		if (c == 'n')
			return 0;
		else if (c == 'o')
			o.script.only = optarg;
		else if (c == 's')
			o.serve = true;
		else if (c != 'b' || parse_size(optarg, &o.script.book) < 0)
			return 2;
	}
	if (optind == argc) {
		(void)fprintf(stderr, "posix: no directory is given\n");
		return 2;
	}
	o.script.dir = argv[optind++];
	(void)signal(SIGPIPE, SIG_IGN);
	if (o.serve)
		return serve(&o);
	return run_scripts(&o, optind < argc ? argv + optind : from_stdin);
}
