/* SPDX-License-Identifier: MIT */

/* options.c - Command line options as a table */

#include "options.h"

#include <assert.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

/* Values of options without a letter: beyond all characters. */
#define LONG_ONLY 256

static int value_of(const struct option_def *d, size_t i)
{
	return d->letter ? d->letter : LONG_ONLY + (int)i;
}

/* getopt's two forms of the table. */
struct getopt_table {
	struct option longs[OPTIONS_MAX + 2];
	char shorts[2 * OPTIONS_MAX + 4];
};

static void translate(const struct option_table *t, struct getopt_table *g)
{
	char *p = g->shorts;
	size_t i;

	*p++ = ':'; /* say which of the two errors it is */
	*p++ = 'h';
	for (i = 0; i < t->n; i++) {
		const struct option_def *d = &t->defs[i];

		g->longs[i] = (struct option){ d->name,
					       d->arg ? required_argument :
							no_argument,
					       NULL, value_of(d, i) };
		if (!d->letter)
			continue;
		*p++ = (char)d->letter;
		if (d->arg)
			*p++ = ':';
	}
	*p = '\0';
	g->longs[i++] = (struct option){ "help", no_argument, NULL, 'h' };
	g->longs[i] = (struct option){ 0 };
}

static const struct option_def *find(const struct option_table *t, int value)
{
	for (size_t i = 0; i < t->n; i++)
		if (value_of(&t->defs[i], i) == value)
			return &t->defs[i];
	return NULL;
}

int options_parse(const struct option_table *t, int argc, char **argv,
		  void *conf, int *ret_first, struct err *e)
{
	struct getopt_table g = { 0 };
	int c, r;

	assert(t->n <= OPTIONS_MAX);
	translate(t, &g);
	opterr = 0;
	optind = 0; /* start anew, whoever parsed before */
	while ((c = getopt_long(argc, argv, g.shorts, g.longs, NULL)) != -1) {
		const struct option_def *d = find(t, c);

		if (c == 'h') {
			options_help(t);
			return OPTIONS_HELP;
		}
		if (!d)
			return err_set(e, -EINVAL,
				       c == ':' ? "'%s' needs a value; see "
						  "--help" :
						  "'%s' is not an option; see "
						  "--help",
				       argv[optind - 1]);
		r = d->set(conf, optarg, e);
		if (r < 0)
			return r;
	}
	*ret_first = optind;
	return 0;
}

void options_help(const struct option_table *t)
{
	(void)printf("usage: fame-librarian %s\n\n", t->usage);
	for (size_t i = 0; i < t->n; i++) {
		const struct option_def *d = &t->defs[i];
		char left[48];

		(void)snprintf(left, sizeof(left), "%c%c%s--%s%s%s",
			       d->letter ? '-' : ' ',
			       d->letter ? d->letter : ' ',
			       d->letter ? ", " : "  ", d->name,
			       d->arg ? " " : "", d->arg ? d->arg : "");
		(void)printf("  %-26s %s\n", left, d->help);
	}
}
