/* SPDX-License-Identifier: MIT */

/* lfs_stat.c - Where shelves are in the shared memory
 *
 * It asks the file system, not the Librarian: a node's connection to that is
 * root's, and the file system already knows what this user may see.
 */

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "lfs_map.h"
#include "log.h"
#include "parse.h"
#include "places.h"

#define ROOT "/lfs"

static void usage(FILE *f)
{
	fputs("usage: lfs-stat FILE...\n"
	      "       lfs-stat --map [--color always|never|auto] [DIR]\n\n"
	      "Shows on which node, in which interleave group and at which "
	      "address (LZA) each\npart of a FILE is. --map: all of the "
	      "memory, "
	      "a character a book, as far as this\nuser may see the files "
	      "below "
	      "DIR (" ROOT ").\n",
	      f);
}

/* ---- files ------------------------------------------------------------------- */

static void print_file(const char *path, const struct stat *st,
		       const struct places *p, const struct places_run *runs,
		       size_t n)
{
	char size[FORMAT_SIZE_MAX];
	uint64_t at = 0, books = 0;

	for (size_t i = 0; i < n; i++)
		books += runs[i].n;
	printf("%s: %llu bytes, %llu books of %s\n", path,
	       (unsigned long long)st->st_size, (unsigned long long)books,
	       format_size(p->book_size, size, sizeof(size)));
	for (size_t i = 0; i < n; i++) {
		const struct places_group *g = places_group(p, runs[i].first);
		const uint64_t fam = runs[i].first * p->book_size;

		printf("%14llu %6u  node%02u  group %-3u  LZA 0x%012llx  FAM "
		       "0x%llx\n",
		       (unsigned long long)at, runs[i].n, g->ig + 1, g->ig,
		       (unsigned long long)places_lza(p, runs[i].first),
		       (unsigned long long)fam);
		at += runs[i].n * p->book_size;
	}
}

static int stat_file(const char *path, struct err *e)
{
	CLEANUP_FREE struct places_run *runs = NULL;
	struct places p;
	struct stat st;
	size_t n;
	int r;

	if (stat(path, &st) < 0)
		return err_set(e, -errno, "'%s': %s", path, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return err_set(e, -EINVAL, "'%s' is no regular file", path);
	r = places_of_system(path, &p, e);
	if (r == 0)
		r = places_of_file(path, &p, &runs, &n, e);
	if (r == 0)
		print_file(path, &st, &p, runs, n);
	return r;
}

/* ---- options ----------------------------------------------------------------- */

enum {
	OPT_MAP = 256,
	OPT_COLOR,
	OPT_HELP,
	OPT_VERSION
};

static const struct option options[] = {
	{ "map", no_argument, NULL, OPT_MAP },
	{ "color", required_argument, NULL, OPT_COLOR },
	{ "help", no_argument, NULL, OPT_HELP },
	{ "version", no_argument, NULL, OPT_VERSION },
	{ 0 },
};

struct settings {
	bool map;
	const char *color;
};

/* The exit status, or -1 to go on. */
static int parse_options(int argc, char *argv[], struct settings *s)
{
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == OPT_MAP) {
			s->map = true;
		} else if (c == OPT_COLOR) {
			s->color = optarg;
		} else if (c == OPT_HELP) {
			usage(stdout);
			return 0;
		} else if (c == OPT_VERSION) {
			puts("lfs-stat " FAME_VERSION);
			return 0;
		} else {
			usage(stderr);
			return 2;
		}
	}
	if (s->map ? argc - optind <= 1 : argc > optind)
		return -1;
	usage(stderr);
	return 2;
}

/* 1, 0, or a negative errno */
static int wants_color(const char *how)
{
	const char *term = getenv("TERM");

	if (!strcmp(how, "always"))
		return 1;
	if (!strcmp(how, "never"))
		return 0;
	if (strcmp(how, "auto") != 0)
		return -EINVAL;
	return isatty(STDOUT_FILENO) && term && strcmp(term, "dumb") != 0 &&
	       !getenv("NO_COLOR");
}

int main(int argc, char *argv[])
{
	struct settings s = { .color = "auto" };
	struct err e = { 0 };
	int color, r;

	log_open("lfs-stat", LOG_LEVEL_INFO, false);
	r = parse_options(argc, argv, &s);
	if (r >= 0)
		return r;
	color = wants_color(s.color);
	if (color < 0) {
		log_err("color '%s' is none of always, never, auto", s.color);
		return 2;
	}
	if (s.map) {
		r = lfs_map_print(argc > optind ? argv[optind] : ROOT,
				  color > 0, &e);
		if (r < 0)
			log_err("%s", e.msg);
		return r < 0;
	}
	for (r = 0; optind < argc; optind++)
		if (stat_file(argv[optind], &e) < 0) {
			log_err("%s", e.msg);
			r = 1;
		}
	return r;
}
